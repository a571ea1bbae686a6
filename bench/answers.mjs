// Large answers in each protocol: one text in a single event of 16 MB, and a tool call whose arguments come in 20,000
// deltas. `text` and `input` are what must have been understood.

const text = "A line of text, said at length. ".repeat((16 * 2 ** 20) / 32);
const input = "word ".repeat(24_000);
const json = JSON.stringify({ text: input });
const pieces = cut(json, 20_000);

export const answers = {
  "anthropic-messages": {
    event: () => ({ text, body: anthropic({ type: "text", text: "" }, [{ type: "text_delta", text }]) }),
    tool: () => ({
      input,
      body: anthropic(
        { type: "tool_use", id: "toolu_1", name: "write", input: {} },
        pieces.map((partial_json) => ({ type: "input_json_delta", partial_json })),
      ),
    }),
  },
  "openai-chat": {
    event: () => ({ text, body: chat([{ content: text }], "stop") }),
    tool: () => ({
      input,
      body: chat(
        [
          call({ id: "call_1", type: "function", function: { name: "write", arguments: "" } }),
          ...pieces.map((piece) => call({ function: { arguments: piece } })),
        ],
        "tool_calls",
      ),
    }),
  },
  // The service says a text up to five times, the last events included; here the last one leaves it out, so that one
  // event has 16 MB.
  "openai-responses": {
    event: () => ({
      text,
      body: responses(
        [
          {
            type: "response.output_item.added",
            output_index: 0,
            item: { id: "msg_1", type: "message", status: "in_progress", role: "assistant", content: [] },
          },
          {
            type: "response.content_part.added",
            item_id: "msg_1",
            output_index: 0,
            content_index: 0,
            part: { type: "output_text", text: "", annotations: [] },
          },
          {
            type: "response.output_text.delta",
            item_id: "msg_1",
            output_index: 0,
            content_index: 0,
            delta: text,
          },
        ],
        [],
      ),
    }),
    tool: () => {
      const item = { id: "fc_1", type: "function_call", call_id: "call_1", name: "write" };
      const done = { ...item, status: "completed", arguments: json };
      const place = { item_id: "fc_1", output_index: 0 };
      return {
        input,
        body: responses(
          [
            {
              type: "response.output_item.added",
              output_index: 0,
              item: { ...item, status: "in_progress", arguments: "" },
            },
            ...pieces.map((delta) => ({ type: "response.function_call_arguments.delta", ...place, delta })),
            { type: "response.function_call_arguments.done", ...place, arguments: json },
            { type: "response.output_item.done", output_index: 0, item: done },
          ],
          [done],
        ),
      };
    },
  },
  gemini: {
    event: () => ({ text, body: gemini([[{ text }]]) }),
    // As Vertex streams the arguments of a call: by the place where each piece belongs.
    tool: () => ({
      input,
      body: gemini([
        [{ functionCall: { name: "write", willContinue: true } }],
        ...cut(input, 20_000).map((stringValue) => [
          {
            functionCall: {
              partialArgs: [{ jsonPath: "$.text", stringValue, willContinue: true }],
              willContinue: true,
            },
          },
        ]),
        [{ functionCall: {} }],
      ]),
    }),
  },
};

/** In so many pieces, of the same length but for the last. */
function cut(whole, count) {
  const size = Math.floor(whole.length / count);
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? whole.slice(i * size) : whole.slice(i * size, (i + 1) * size),
  );
}

function anthropic(content_block, deltas) {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
  };
  const events = [
    { type: "message_start", message: { ...message, usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

function call(fields) {
  return { tool_calls: [{ index: 0, ...fields }] };
}

function chat(deltas, finish) {
  const chunk = (delta, finish_reason) => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1767225600,
    model: "m",
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  const chunks = [
    chunk({ role: "assistant", content: null }, null),
    ...deltas.map((delta) => chunk(delta, null)),
    chunk({}, finish),
  ];
  return `${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`;
}

function responses(events, output) {
  const response = { id: "resp_1", object: "response", model: "m" };
  const all = [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    ...events,
    { type: "response.completed", response: { ...response, status: "completed", output } },
  ];
  return all
    .map((event, sequence_number) => {
      const data = JSON.stringify({ ...event, sequence_number });
      return `event: ${event.type}\ndata: ${data}\n\n`;
    })
    .join("");
}

function gemini(chunks) {
  const answer = { modelVersion: "m", responseId: "resp-1" };
  const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 9, totalTokenCount: 10 };
  const candidates = (parts, finish) => [{ content: { role: "model", parts }, index: 0, ...finish }];
  return [
    ...chunks.map((parts) => ({ candidates: candidates(parts), usageMetadata, ...answer })),
    { candidates: candidates([{ text: "" }], { finishReason: "STOP" }), usageMetadata, ...answer },
  ]
    .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
    .join("");
}
