// Anthropic Messages, both ways: what the mock server sends, and how the hand-written clients read it.
// Another wire is another file with these exports, a row in wires.mjs, and a branch in the clients that speak it.

import { firstMessages, maxOutputTokens } from "../work.mjs";

/** What the SDKs and Colloquy want as the end of their base URL. */
export const base = "";
export const path = "/v1/messages";

// --- the server's side

export function reply(work) {
  return JSON.stringify({
    ...head(work),
    content: [{ type: "text", text: work.text }],
    ...end,
    usage: usage(work),
  });
}

/** The events of a streamed answer, each as the text that goes into the body. */
export function events(work) {
  const start = { ...head(work), content: [], stop_reason: null, stop_sequence: null, usage: usage(work, 1) };
  return [
    sse("message_start", { message: start }),
    sse("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    sse("ping", {}),
    ...work.pieces.map(({ text, pad }) =>
      sse("content_block_delta", { index: 0, delta: { type: "text_delta", text } }, pad),
    ),
    sse("content_block_stop", { index: 0 }),
    sse("message_delta", { delta: end, usage: usage(work) }),
    sse("message_stop", {}),
  ];
}

const end = { stop_reason: "end_turn", stop_sequence: null };

function head(work) {
  return { id: "msg_01BenchBenchBenchBenchBe", type: "message", role: "assistant", model: work.model };
}

function usage({ usage: { input, cacheRead, output } }, sofar = output) {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: sofar,
    service_tier: "standard",
  };
}

// The blanks before the last brace are there in the real service too.
function sse(type, fields, pad = 0) {
  const data = JSON.stringify({ type, ...fields });
  return `event: ${type}\ndata: ${data.slice(0, -1)}${" ".repeat(pad)}}\n\n`;
}

// --- the side of a client written by hand

export const headers = {
  "content-type": "application/json",
  "x-api-key": "not-a-key",
  "anthropic-version": "2023-06-01",
};

/** What a stream ends with that is no JSON, where it does. */
export const endMark = undefined;

export function request(model, stream, messages = firstMessages) {
  return { model, max_tokens: maxOutputTokens, stream, messages };
}

export function readReply(message) {
  return { text: message.content.map((block) => block.text).join(""), usage: readUsage(message.usage) };
}

/** Takes one event into `answer`, which begins as { deltas: 0, text: "" }. */
export function readEvent(answer, event) {
  switch (event.type) {
    case "content_block_delta":
      if (event.delta.type === "text_delta") {
        answer.deltas++;
        answer.text += event.delta.text;
      }
      break;
    case "message_start":
      answer.usage = readUsage(event.message.usage);
      break;
    case "message_delta":
      answer.usage.output = event.usage.output_tokens;
      break;
    case "error":
      throw new Error(event.error.message);
  }
}

export function readUsage(usage) {
  return { input: usage.input_tokens, cacheRead: usage.cache_read_input_tokens, output: usage.output_tokens };
}
