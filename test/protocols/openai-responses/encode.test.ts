import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError, ModelError } from "../../../src/llm/errors.ts";
import { History } from "../../../src/llm/history.ts";
import type { JsonObject } from "../../../src/llm/json.ts";
import { text, userMessage, type Message, type Part } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import { bodyOf, rebuilt, target } from "./support.ts";

const PROTOCOL = "openai-responses";

function itemsOf(...messages: Message[]): unknown {
  return bodyOf({ messages })["input"];
}

function assistant(...parts: Part[]): Message {
  return { role: "assistant", parts };
}

/** The fields of a request beside its model and messages. */
function fieldsOf(request: Partial<Request>, facts: Parameters<typeof bodyOf>[1] = {}): JsonObject {
  const { model: _, input: __, ...fields } = bodyOf({ messages: [], ...request }, facts);
  return fields;
}

const stateless = { store: false, include: ["reasoning.encrypted_content"] };

test("openai-responses: settings", () => {
  const table: [Partial<Request>, JsonObject][] = [
    [{}, {}],
    [
      { maxOutputTokens: 9, temperature: 0, topP: 0.5 },
      { max_output_tokens: 9, temperature: 0, top_p: 0.5 },
    ],
    [{ system: [text("Be"), text("brief")] }, { instructions: "Be\n\nbrief" }],
    [{ toolChoice: { mode: "any" } }, { tool_choice: "required" }],
    [{ toolChoice: { mode: "auto", parallel: false } }, { tool_choice: "auto", parallel_tool_calls: false }],
    [{ toolChoice: { mode: "none" } }, { tool_choice: "none" }],
    [{ toolChoice: { mode: "tool", name: "f" } }, { tool_choice: { type: "function", name: "f" } }],
    [{ thinking: "off" }, { reasoning: { effort: "none" } }],
    [{ thinking: "max" }, { reasoning: { effort: "xhigh" } }],
    [{ thinking: { budgetTokens: 5000 } }, { reasoning: { effort: "medium" } }],
    [
      { thinking: "low", providerOptions: { reasoning: { summary: "auto" } } },
      { reasoning: { effort: "low", summary: "auto" } },
    ],
    [
      { providerOptions: { previous_response_id: "resp_1", store: true } },
      { previous_response_id: "resp_1", store: true },
    ],
    [
      { responseSchema: { schema: { type: "object" } }, providerOptions: { text: { verbosity: "low" } } },
      {
        text: {
          format: { type: "json_schema", name: "response", schema: { type: "object" }, strict: false },
          verbosity: "low",
        },
      },
    ],
  ];
  for (const [request, fields] of table) assert.deepEqual(fieldsOf(request), { ...stateless, ...fields });
});

test("openai-responses: the history is ours unless somebody says otherwise", () => {
  assert.deepEqual(fieldsOf({}), stateless);
  assert.deepEqual(fieldsOf({}, { thinking: "none" }), { store: false });
  assert.deepEqual(fieldsOf({}, { dialect: { stateless: false } }), {});
  assert.deepEqual(fieldsOf({ providerOptions: { store: null, include: null } }), {});
});

test("openai-responses: a model that cannot think less is not told to", () => {
  const dialect = { leastThinking: "low" } as const;
  for (const [thinking, effort] of Object.entries({ off: "low", minimal: "low", high: "high" } as const)) {
    const { reasoning } = fieldsOf({ thinking: thinking as "off" | "minimal" | "high" }, { dialect });
    assert.deepEqual(reasoning, { effort });
  }
});

test("openai-responses: the bound of the answer", () => {
  assert.equal(fieldsOf({}, { maxOutputTokens: 7 })["max_output_tokens"], 7);
  assert.equal(fieldsOf({ maxOutputTokens: 3 }, { maxOutputTokens: 7 })["max_output_tokens"], 3);
  assert.equal("max_output_tokens" in fieldsOf({}, { maxOutputTokens: 0 }), false);
});

test("openai-responses: what the wire cannot say is refused", () => {
  for (const request of [{ topK: 3 }, { stopSequences: ["x"] }, { providerOptions: { input: [] } }]) {
    assert.throws(() => fieldsOf(request), ConfigurationError);
  }
  assert.deepEqual(fieldsOf({ stopSequences: [] }), stateless);
});

test("openai-responses: tools", () => {
  const tools = [
    { name: "f", description: "d", inputSchema: { type: "object" } },
    {
      name: "g",
      inputSchema: {},
      vendor: { protocol: PROTOCOL, fields: { strict: true, defer_loading: true } },
    },
    { name: "h", inputSchema: {}, vendor: { protocol: PROTOCOL, fields: { strict: null } } },
    { type: "vendor" as const, protocol: PROTOCOL, value: { type: "web_search" } },
    { type: "vendor" as const, protocol: "gemini", value: { googleSearch: {} } },
  ];
  assert.deepEqual(fieldsOf({ tools })["tools"], [
    { type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: false },
    { type: "function", name: "g", parameters: {}, strict: true, defer_loading: true },
    { type: "function", name: "h", parameters: {} },
    { type: "web_search" },
  ]);
});

test("openai-responses: messages of the user", () => {
  const png = { kind: "base64", mediaType: "image/png", data: "aGk=" } as const;
  const pdf = { kind: "base64", mediaType: "application/pdf", data: "aGk=" } as const;
  const table: [Part[], unknown][] = [
    [[text("Hi")], "Hi"],
    [
      [text("a"), text("b")],
      [
        { type: "input_text", text: "a" },
        { type: "input_text", text: "b" },
      ],
    ],
    [[{ type: "image", source: png }], [{ type: "input_image", image_url: "data:image/png;base64,aGk=" }]],
    [
      [{ type: "image", source: { kind: "url", url: "https://x.y" } }],
      [{ type: "input_image", image_url: "https://x.y" }],
    ],
    [
      [{ type: "image", source: { kind: "file-id", id: "file_1" } }],
      [{ type: "input_image", file_id: "file_1" }],
    ],
    [
      [{ type: "file", source: pdf }],
      [{ type: "input_file", file_data: "data:application/pdf;base64,aGk=", filename: "file.pdf" }],
    ],
    [
      [{ type: "file", source: { kind: "url", url: "https://x.y" }, name: "a.pdf" }],
      [{ type: "input_file", file_url: "https://x.y", filename: "a.pdf" }],
    ],
    [
      [{ type: "file", source: { kind: "text", mediaType: "text/plain", text: "T" }, name: "a.txt" }],
      "a.txt:\n\nT",
    ],
    [
      [{ type: "file", source: { ...pdf, mediaType: "audio/ogg" } }],
      "[file (audio/ogg) omitted: this model cannot take it here]",
    ],
  ];
  for (const [parts, content] of table) {
    assert.deepEqual(itemsOf(userMessage(parts)), [{ type: "message", role: "user", content }]);
  }
});

test("openai-responses: results stand before what else the user says, errors say so", () => {
  const image: Part = { type: "image", source: { kind: "url", url: "https://x.y" } };
  const messages = userMessage([
    text("And?"),
    { type: "tool-result", callId: "a", content: [text("no such file")], isError: true },
    { type: "tool-result", callId: "b", content: [image], isError: true },
    { type: "tool-result", callId: "c", content: [] },
  ]);
  assert.deepEqual(itemsOf(messages), [
    { type: "function_call_output", call_id: "a", output: "Error: no such file" },
    {
      type: "function_call_output",
      call_id: "b",
      output: [
        { type: "input_text", text: "Error:" },
        { type: "input_image", image_url: "https://x.y" },
      ],
    },
    { type: "function_call_output", call_id: "c", output: "" },
    { type: "message", role: "user", content: "And?" },
  ]);
});

test("openai-responses: what other vendors said", () => {
  const long = `toolu_${"x".repeat(70)}`;
  const foreign = { protocol: "anthropic-messages", fields: { caller: "x" } };
  const items = itemsOf(
    assistant(
      { type: "thinking", text: "hm", signature: "s", protocol: "anthropic-messages" },
      { type: "text", text: "Hi", citations: [{ type: "char_location" }], vendor: foreign },
      { type: "image", source: { kind: "url", url: "https://x.y" } },
      { type: "opaque", protocol: "anthropic-messages", value: { type: "server_tool_use" } },
      { type: "tool-call", id: long, name: "f", argumentsText: "", input: {}, vendor: foreign },
    ),
    userMessage([{ type: "tool-result", callId: long, content: [text("ok")] }]),
  ) as JsonObject[];
  const [message, call, result] = items;
  assert.deepEqual(message, {
    type: "message",
    role: "assistant",
    content: [
      { type: "output_text", text: "Hi" },
      { type: "output_text", text: "[image https://x.y omitted: this model cannot take it here]" },
    ],
  });
  assert.equal(call?.["arguments"], "{}");
  assert.match(JSON.stringify(call?.["call_id"]), /^"call_[0-9a-f]{16}"$/);
  assert.equal(call?.["call_id"], result?.["call_id"]);
  assert.equal(items.length, 3);
  assert.equal(openaiResponses.message(assistant({ type: "thinking", text: "by hand" }), target()), "");
});

test("openai-responses: thinking goes back with what follows it, and only where it can be read", () => {
  const thinking: Part = {
    type: "thinking",
    text: "hm",
    encrypted: "eA==",
    protocol: PROTOCOL,
    vendor: { protocol: PROTOCOL, fields: { id: "rs_1" } },
  };
  const item = {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "hm" }],
    encrypted_content: "eA==",
  };
  assert.deepEqual(itemsOf(assistant(thinking, text("Hi"))), [
    item,
    { type: "message", role: "assistant", content: "Hi" },
  ]);
  assert.deepEqual(itemsOf(assistant(text("Hi"), thinking)), [
    { type: "message", role: "assistant", content: "Hi" },
  ]);
  const stored: Part = {
    type: "thinking",
    text: "hm",
    protocol: PROTOCOL,
    vendor: { protocol: PROTOCOL, fields: { id: "rs_1" } },
  };
  assert.equal((itemsOf(assistant(stored, text("Hi"))) as unknown[]).length, 1);
  const kept = openaiResponses.message(assistant(stored, text("Hi")), target({ stateless: false }));
  assert.match(kept, /"id":"rs_1"/);
});

const requests: Readonly<Record<string, JsonObject>> = {
  "a text alone": { input: "Hi" },
  "no input": {},
  "leading instructions as messages": {
    instructions: "A",
    input: [
      { role: "developer", content: "B", id: "x" },
      {
        role: "system",
        content: [
          { type: "input_text", text: "C" },
          { type: "input_text", text: "D", prompt_cache_breakpoint: { mode: "explicit" } },
        ],
      },
      { role: "user", content: "E" },
    ],
  },
  "instructions and no message": { input: [{ role: "developer", content: "B" }] },
  "instructions in the middle": {
    input: [
      { role: "user", content: "E" },
      { role: "developer", content: "B" },
      { role: "user", content: "E" },
    ],
  },
  "several messages of one side": {
    input: [
      { role: "user", content: "E" },
      { role: "user", content: "F" },
      { role: "assistant", content: "G" },
      { role: "assistant", content: "H" },
      {
        type: "message",
        role: "assistant",
        phase: "commentary",
        content: [
          { type: "output_text", text: "I", annotations: [] },
          { type: "refusal", refusal: "J" },
        ],
      },
    ],
  },
  "reasoning that nothing follows": {
    input: [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" },
      { role: "user", content: "E" },
    ],
  },
  "reasoning that is stored elsewhere": {
    input: [
      { type: "reasoning", id: "rs_1", summary: [] },
      { role: "assistant", content: "E" },
    ],
  },
  "reasoning without a summary": {
    input: [
      { type: "reasoning", encrypted_content: "x" },
      { role: "assistant", content: "E" },
    ],
  },
  "reasoning in pieces": {
    input: [
      {
        type: "reasoning",
        summary: [
          { type: "summary_text", text: "" },
          { type: "summary_text", text: "b\n\nc", x: 1 },
        ],
        content: [{ type: "reasoning_text", text: "d" }],
        encrypted_content: null,
      },
      { role: "assistant", content: "E" },
    ],
  },
  "reasoning of an unknown form": {
    input: [
      { type: "reasoning", summary: ["s"], content: null, encrypted_content: "x" },
      { role: "assistant", content: "E" },
    ],
  },
  "calls and results": {
    input: [
      { type: "function_call", call_id: "a", name: "f", arguments: '{"a":  1}', id: "fc_1", namespace: "n" },
      { type: "function_call", call_id: "b", name: "f", arguments: "" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{oops" },
      {
        type: "function_call_output",
        call_id: "a",
        output: [{ type: "input_image", image_url: "https://x.y", detail: "auto" }],
      },
      { type: "function_call_output", call_id: "b", output: [] },
      { type: "function_call_output", call_id: "c", output: "", id: "x" },
      { type: "function_call_output", output: "without an id" },
    ],
  },
  "items of all kinds": {
    input: [
      { role: "user", content: "E" },
      { type: "web_search_call", id: "ws_1", action: { type: "search" } },
      { type: "custom_tool_call", call_id: "c", input: "x", name: "n" },
      { type: "custom_tool_call_output", call_id: "c", output: "x" },
      { type: "additional_tools", role: "developer", tools: [] },
      { type: "function_call_output", call_id: "d", output: "x" },
      { type: "item_reference", id: "x" },
      { type: "compaction", encrypted_content: "x" },
      { role: "tool", content: [] },
      { role: "assistant", content: null },
      { type: "news" },
    ],
  },
  "content of all kinds": {
    input: [
      {
        role: "user",
        content: [
          { type: "input_file", file_data: "data:application/pdf;base64,aGk=", filename: "a.pdf" },
          { type: "input_file", file_data: "data:application/pdf;base64,aGk=" },
          { type: "input_file", file_data: "data:audio/ogg;base64,aGk=", filename: "a.ogg" },
          { type: "input_file", file_data: "aGk=", filename: "a.pdf" },
          { type: "input_file", file_url: "data:application/pdf;base64,aGk=" },
          { type: "input_file", file_id: "x", file_url: "y" },
          { type: "input_image", file_id: "x", detail: "high" },
          { type: "input_image" },
          { type: "input_audio", data: "aGk=" },
          { type: "output_text", text: "x" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "input_image", image_url: "https://x.y" },
          { type: "input_text", text: "x", annotations: [{}] },
        ],
      },
    ],
  },
  settings: {
    max_output_tokens: 5,
    temperature: 1,
    top_p: 1,
    reasoning: { effort: "high", summary: "auto" },
    text: { format: { type: "json_schema", name: "n", schema: {}, description: "d" }, verbosity: "low" },
    tools: [
      { type: "function", name: "f", description: "d", parameters: {} },
      { type: "function", name: "g", parameters: {}, strict: true, defer_loading: true },
      { type: "mcp", server_label: "x" },
    ],
    tool_choice: { type: "allowed_tools", mode: "auto", tools: [] },
    parallel_tool_calls: true,
    store: true,
    include: ["x"],
    service_tier: "flex",
    metadata: { a: "b" },
    previous_response_id: "resp_1",
    stop: ["x"],
    top_k: 7,
  },
  "settings of unknown forms": {
    tools: [],
    reasoning: { effort: "extreme" },
    tool_choice: "news",
    text: { format: { type: "text" } },
    instructions: ["x"],
    temperature: "hot",
  },
};

for (const [what, fields] of Object.entries(requests)) {
  test(`openai-responses: a request is read and made again: ${what}`, () => {
    const body = { model: "m", input: [], ...fields };
    const { stream: _, ...again } = rebuilt(body);
    assert.deepEqual(plain(again), plain(body));
  });
}

/** A body with what the README of the recordings lets differ in one form. */
function plain(body: JsonObject): unknown {
  const input =
    typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : body["input"];
  const items = (input as JsonObject[]).map((item) => {
    const { type, ...fields } = item;
    if (type !== undefined && type !== "message") return item;
    const usual = fields["role"] === "assistant" ? "output_text" : "input_text";
    const { content = null } = fields;
    return { ...fields, content: typeof content === "string" ? [{ type: usual, text: content }] : content };
  });
  return { ...body, input: items };
}

test("openai-responses: neutral words for what is read", () => {
  const { model, stream, request } = openaiResponses.readRequest(
    {
      model: "m",
      stream: true,
      instructions: "Be brief",
      reasoning: { effort: "xhigh" },
      tool_choice: "required",
      input: [
        { role: "user", content: "Hi" },
        { type: "reasoning", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "x" },
        { type: "function_call", call_id: "a", name: "f", arguments: '{"a":1}' },
        { type: "function_call_output", call_id: "a", output: "ok" },
        { role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,aGk=" }] },
      ],
    },
    "/responses",
  );
  assert.deepEqual([model, stream], ["m", true]);
  assert.deepEqual(request, {
    system: [text("Be brief")],
    thinking: "max",
    toolChoice: { mode: "any" },
    providerOptions: { store: null, include: null, reasoning: { effort: "xhigh" } },
    messages: [
      userMessage("Hi"),
      assistant(
        { type: "thinking", text: "hm", encrypted: "x", protocol: PROTOCOL },
        { type: "tool-call", id: "a", name: "f", argumentsText: '{"a":1}', input: { a: 1 } },
      ),
      userMessage([{ type: "tool-result", callId: "a", name: "f", content: [text("ok")] }]),
      userMessage([{ type: "image", source: { kind: "base64", mediaType: "image/png", data: "aGk=" } }]),
    ],
  });
  assert.throws(() => openaiResponses.readRequest({ model: "m", input: 7 }, "/responses"), ModelError);
});

test("openai-responses: a head with messages of its own is followed by a comma only where one is due", () => {
  const system = [{ ...text("B"), vendor: { protocol: PROTOCOL, fields: { item: { role: "developer" } } } }];
  const empty = assistant();
  for (const messages of [[], [empty], [userMessage("x"), empty], [empty, userMessage("x")]]) {
    const array = bodyOf({ system, messages })["input"] as unknown[];
    assert.equal(array.length, messages.some(({ parts }) => parts.length > 0) ? 2 : 1);
    const head = openaiResponses.head({ system, messages: History.of(messages) }, target());
    assert.equal(head, openaiResponses.head({ system, messages }, target()));
  }
});
