import type { JsonObject, JsonValue } from "../../src/llm/json.ts";

/** Answers of Anthropic's Messages API, written by hand. */

const tokens = { input_tokens: 11, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

/** An answer that did not come as a stream. */
export function wholeAnswer(text: string, more: JsonObject = {}): JsonObject {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "test-model",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { ...tokens, output_tokens: 7 },
    ...more,
  };
}

/** An error as the API words it. */
export function errorBody(type: string, message: string): JsonObject {
  return { type: "error", error: { type, message }, request_id: "req_body" };
}

/** One event of a stream, named by its type. */
function sse(event: { readonly type: string; readonly [key: string]: JsonValue }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

export const messageStart: string = sse({
  type: "message_start",
  message: { ...wholeAnswer(""), content: [], stop_reason: null, usage: { ...tokens, output_tokens: 1 } },
});
export const ping: string = sse({ type: "ping" });
export const textStart = (index = 0): string =>
  sse({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
export const textDelta = (text: string, index = 0): string =>
  sse({ type: "content_block_delta", index, delta: { type: "text_delta", text } });
export const blockStop = (index = 0): string => sse({ type: "content_block_stop", index });
const toolStart = (index: number, id = "toolu_1", name = "look"): string =>
  sse({ type: "content_block_start", index, content_block: { type: "tool_use", id, name, input: {} } });
export const toolDelta = (json: string, index: number): string =>
  sse({ type: "content_block_delta", index, delta: { type: "input_json_delta", partial_json: json } });
export const messageDelta: string = sse({
  type: "message_delta",
  delta: { stop_reason: "end_turn", stop_sequence: null },
  usage: { output_tokens: 7 },
});
export const messageStop: string = sse({ type: "message_stop" });
export const errorEvent = (type: string, message: string): string =>
  sse({ type: "error", error: { type, message } });

/** Begins with a finished part and a part that is open. */
export const halfStream: string =
  messageStart +
  textStart() +
  textDelta("Let me see.") +
  blockStop() +
  toolStart(1) +
  toolDelta('{"path":"a', 1);

/** A whole stream that says the text in these pieces. */
export function stream(...pieces: readonly string[]): string {
  return (
    messageStart +
    textStart() +
    pieces.map((piece) => textDelta(piece)).join("") +
    blockStop() +
    messageDelta +
    messageStop
  );
}
