import { asksForStream } from "./ask.ts";
import type { Refusal, Wire, WireStream } from "./wire.ts";

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

function errorOf(why: Refusal): object {
  const [, type, said] = refusals[why];
  return { error: { type, message: said } };
}

const refusal: Wire["refusal"] = (why) => ({
  status: refusals[why][0],
  body: JSON.stringify({ type: "error", ...errorOf(why), request_id: "req_fault" }),
});

function stream(): WireStream {
  let index = 0;
  const close = (): string => event("content_block_stop", { index: index++ });
  return {
    begin: () => event("message_start", { message }),
    open: () => event("content_block_start", { index, content_block: { type: "text", text: "" } }),
    piece: (text) => event("content_block_delta", { index, delta: { type: "text_delta", text } }),
    close,
    call: (id, argumentsText) =>
      event("content_block_start", {
        index,
        content_block: { type: "tool_use", id, name: "look", input: {} },
      }) +
      event("content_block_delta", {
        index,
        delta: { type: "input_json_delta", partial_json: argumentsText },
      }) +
      close(),
    end: (reason) =>
      event("message_delta", {
        delta: { stop_reason: reason === "tool" ? "tool_use" : "end_turn", stop_sequence: null },
        usage: { output_tokens: 5 },
      }) + event("message_stop"),
    ping: () => event("ping"),
    failure: (why) => event("error", errorOf(why)),
  };
}

/** Anthropic's Messages API (https://platform.claude.com/docs/en/api/messages). */
export const anthropicMessages: Wire = {
  headers: { "request-id": "req_fault" },
  streams: (_, body) => asksForStream(body),
  whole: (text) =>
    JSON.stringify({
      ...message,
      content: [{ type: "text", text }],
      stop_reason: "end_turn",
      usage: { ...message.usage, output_tokens: 5 },
    }),
  stream,
  refusal,
  usedUp: (waitMs, now) => ({
    ...refusal("rate-limit"),
    headers: {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": new Date(now + waitMs).toISOString(),
    },
  }),
};
