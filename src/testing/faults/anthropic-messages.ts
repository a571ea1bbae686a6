import type { Refusal, Wire } from "./wire.ts";

const event = (type: string, fields: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

const message = {
  id: "msg_fault",
  type: "message",
  role: "assistant",
  model: "fault-server",
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
};

const refusals: Readonly<Record<Refusal, readonly [status: number, type: string, message: string]>> = {
  "rate-limit": [429, "rate_limit_error", "This request would exceed your organization's rate limit"],
  overloaded: [529, "overloaded_error", "Overloaded"],
  "orphan-call": [
    400,
    "invalid_request_error",
    "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. " +
      "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
  ],
  "bad-signature": [
    400,
    "invalid_request_error",
    "messages.1.content.0: Invalid `signature` in `thinking` block",
  ],
  "context-overflow": [400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"],
};

const errorOf = (why: Refusal, said: string = refusals[why][2]): object => ({
  error: { type: refusals[why][1], message: said },
});

const open = (index: number): string =>
  event("content_block_start", { index, content_block: { type: "text", text: "" } });

const piece = (index: number, text: string): string =>
  event("content_block_delta", { index, delta: { type: "text_delta", text } });

const close = (index: number): string => event("content_block_stop", { index });

/** Anthropic's Messages API (https://platform.claude.com/docs/en/api/messages). */
export const anthropicMessages: Wire = {
  streams: (_, body) => typeof body === "object" && body !== null && "stream" in body && body.stream === true,
  whole: (text) =>
    JSON.stringify({
      ...message,
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      usage: { ...message.usage, output_tokens: 5 },
    }),
  begin: event("message_start", { message }),
  open,
  piece,
  close,
  text: (index, pieces) => open(index) + pieces.map((text) => piece(index, text)).join("") + close(index),
  call: (index, id, argumentsText) =>
    event("content_block_start", {
      index,
      content_block: { type: "tool_use", id, name: "look", input: {} },
    }) +
    event("content_block_delta", {
      index,
      delta: { type: "input_json_delta", partial_json: argumentsText },
    }) +
    close(index),
  end: (reason) =>
    event("message_delta", {
      delta: { stop_reason: reason === "tool" ? "tool_use" : "end_turn", stop_sequence: null },
      usage: { output_tokens: 5 },
    }) + event("message_stop"),
  ping: event("ping"),
  failure: (why, said) => event("error", errorOf(why, said)),
  refusal: (why) => ({
    status: refusals[why][0],
    body: JSON.stringify({ type: "error", ...errorOf(why), request_id: "req_fault" }),
  }),
  usedUp: (resetsAt) => ({
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": new Date(resetsAt).toISOString(),
  }),
};
