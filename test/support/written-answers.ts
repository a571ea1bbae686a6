import type { JsonObject, JsonValue } from "../../src/llm/json.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";

/*
 * Answers by schema in each language, written by hand: as text, or as the call of a tool named `answer`; as a stream in
 * pieces, or whole.
 */

/** What an answer is to look like. */
export interface Written {
  readonly protocol: ProtocolId;
  readonly as: "text" | "call";
  readonly streaming: boolean;
  /** What is said, in these pieces; for a whole answer they are joined. */
  readonly pieces: readonly string[];
  /** Whether it stops because it may not be longer. */
  readonly full?: boolean;
}

/** The body of such an answer. */
export function written(answer: Written): string {
  const { streaming, protocol } = answer;
  return (streaming ? streams : wholes)[protocol](answer);
}

type Writer = (answer: Written) => string;

const data = (...events: readonly JsonValue[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

const named = (...events: readonly (JsonObject & { readonly type: string })[]): string =>
  events.map((event) => `event: ${event.type}\n${data(event)}`).join("");

const anthropicHead = { id: "msg_1", type: "message", role: "assistant", model: "m", stop_sequence: null };
const anthropicStop = ({ as, full = false }: Written): string =>
  full ? "max_tokens" : as === "call" ? "tool_use" : "end_turn";
const call = { type: "tool_use", id: "toolu_1", name: "answer" };

const chatFinish = ({ as, full = false }: Written): string =>
  full ? "length" : as === "call" ? "tool_calls" : "stop";
const chatCall = (text: string): JsonObject => ({
  index: 0,
  id: "call_1",
  type: "function",
  function: { name: "answer", arguments: text },
});

const geminiUsage = { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 };
const geminiPart = (as: Written["as"], text: string): JsonObject =>
  as === "text" ? { text } : { functionCall: { name: "answer", args: JSON.parse(text) as JsonValue } };
const geminiEnd = ({ full = false }: Written): string => (full ? "MAX_TOKENS" : "STOP");

const responsesUsage = { input_tokens: 3, output_tokens: 5, total_tokens: 8 };
const item = (as: Written["as"], text: string): JsonObject =>
  as === "text"
    ? {
        id: "msg_1",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text, annotations: [] }],
      }
    : {
        id: "fc_1",
        type: "function_call",
        call_id: "call_1",
        name: "answer",
        arguments: text,
        status: "completed",
      };
const responsesEnd = ({ full = false, as, pieces }: Written): JsonObject => ({
  id: "resp_1",
  object: "response",
  model: "m",
  status: full ? "incomplete" : "completed",
  incomplete_details: full ? { reason: "max_output_tokens" } : null,
  output: [item(as, pieces.join(""))],
  usage: responsesUsage,
});

const streams: Readonly<Record<ProtocolId, Writer>> = {
  "anthropic-messages": (answer) => {
    const { as, pieces } = answer;
    return named(
      {
        type: "message_start",
        message: {
          ...anthropicHead,
          content: [],
          stop_reason: null,
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      },
      {
        type: "content_block_start",
        index: 0,
        content_block: as === "text" ? { type: "text", text: "" } : { ...call, input: {} },
      },
      ...pieces.map((piece) => ({
        type: "content_block_delta",
        index: 0,
        delta:
          as === "text"
            ? { type: "text_delta", text: piece }
            : { type: "input_json_delta", partial_json: piece },
      })),
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: anthropicStop(answer), stop_sequence: null },
        usage: { output_tokens: 5 },
      },
      { type: "message_stop" },
    );
  },
  "openai-chat": (answer) => {
    const { as, pieces } = answer;
    const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
      id: "c_1",
      object: "chat.completion.chunk",
      model: "m",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const deltas = pieces.map((piece, at) => {
      if (as === "text") return chunk({ content: piece });
      const more = { index: 0, function: { arguments: piece } };
      return chunk({ tool_calls: [at === 0 ? chatCall(piece) : more] });
    });
    const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
    const end = { ...chunk({}, chatFinish(answer)), usage };
    return `${data(chunk({ role: "assistant", content: as === "text" ? "" : null }), ...deltas, end)}data: [DONE]\n\n`;
  },
  "openai-responses": (answer) => {
    const { as, pieces, full = false } = answer;
    const text = pieces.join("");
    const place = { item_id: as === "text" ? "msg_1" : "fc_1", output_index: 0 };
    const inside = { ...place, content_index: 0 };
    const open =
      as === "text"
        ? { ...item(as, ""), content: [], status: "in_progress" }
        : { ...item(as, ""), status: "in_progress" };
    const events: (JsonObject & { readonly type: string })[] = [
      {
        type: "response.created",
        response: { ...responsesEnd(answer), status: "in_progress", output: [], usage: null },
      },
      { type: "response.output_item.added", output_index: 0, item: open },
    ];
    if (as === "text") {
      const part = { type: "output_text", text: "", annotations: [] };
      events.push({ type: "response.content_part.added", ...inside, part });
      for (const delta of pieces) events.push({ type: "response.output_text.delta", ...inside, delta });
      events.push({ type: "response.output_text.done", ...inside, text });
      events.push({ type: "response.content_part.done", ...inside, part: { ...part, text } });
    } else {
      for (const delta of pieces)
        events.push({ type: "response.function_call_arguments.delta", ...place, delta });
      events.push({ type: "response.function_call_arguments.done", ...place, arguments: text });
    }
    events.push({ type: "response.output_item.done", output_index: 0, item: item(as, text) });
    events.push({
      type: full ? "response.incomplete" : "response.completed",
      response: responsesEnd(answer),
    });
    return named(...events);
  },
  gemini: (answer) => {
    const { as, pieces } = answer;
    const parts = as === "text" ? [...pieces] : [pieces.join("")];
    return data(
      ...parts.map((piece, at) => ({
        candidates: [
          {
            content: { role: "model", parts: [geminiPart(as, piece)] },
            ...(at === parts.length - 1 && { finishReason: geminiEnd(answer) }),
            index: 0,
          },
        ],
        usageMetadata: geminiUsage,
        modelVersion: "m",
        responseId: "r_1",
      })),
    );
  },
};

const wholes: Readonly<Record<ProtocolId, Writer>> = {
  "anthropic-messages": (answer) => {
    const text = answer.pieces.join("");
    const content =
      answer.as === "text" ? { type: "text", text } : { ...call, input: JSON.parse(text) as JsonValue };
    return JSON.stringify({
      ...anthropicHead,
      content: [content],
      stop_reason: anthropicStop(answer),
      usage: { input_tokens: 3, output_tokens: 5 },
    });
  },
  "openai-chat": (answer) => {
    const text = answer.pieces.join("");
    const message =
      answer.as === "text"
        ? { role: "assistant", content: text }
        : { role: "assistant", content: null, tool_calls: [chatCall(text)] };
    return JSON.stringify({
      id: "c_1",
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, message, finish_reason: chatFinish(answer) }],
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    });
  },
  "openai-responses": (answer) => JSON.stringify(responsesEnd(answer)),
  gemini: (answer) =>
    JSON.stringify({
      candidates: [
        {
          content: { role: "model", parts: [geminiPart(answer.as, answer.pieces.join(""))] },
          finishReason: geminiEnd(answer),
          index: 0,
        },
      ],
      usageMetadata: geminiUsage,
      modelVersion: "m",
      responseId: "r_1",
    }),
};
