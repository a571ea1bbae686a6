/*
 * Anthropic's Messages API, in its own words.
 * https://docs.anthropic.com/en/api/messages, https://docs.anthropic.com/en/docs/build-with-claude/streaming
 *
 * Only what we read or write is named; what else arrives is kept as it is.
 */
import type { JsonObject, JsonValue } from "../../llm/json.ts";

export const PROTOCOL = "anthropic-messages";

export const API_VERSION = "2023-06-01";

export interface WireCacheControl {
  type: "ephemeral";
  ttl?: "5m" | "1h";
}

export type WireSource =
  | { type: "base64"; media_type: string; data: string }
  | { type: "url"; url: string }
  | { type: "text"; media_type: string; data: string }
  | { type: "file"; file_id: string };

/** A content block on its way out. */
export type WireBlock = { type: string; cache_control?: WireCacheControl } & { [key: string]: unknown };

/** `message` of a stream's `message_start`, and the body of an answer without a stream. */
export const messageFields: ReadonlySet<string> = new Set([
  "id",
  "type",
  "role",
  "model",
  "content",
  "stop_reason",
  "stop_sequence",
  "usage",
]);

/** A block as it arrives: its fields by name, to be checked where they are read. */
export type ReceivedBlock = JsonObject & { readonly type: string };

export type ReceivedDelta = JsonObject & { readonly type?: JsonValue };

/** https://docs.anthropic.com/en/api/handling-stop-reasons */
export const stopReasons = {
  end_turn: "end_turn",
  max_tokens: "max_tokens",
  stop_sequence: "stop_sequence",
  tool_use: "tool_use",
  pause_turn: "pause",
  refusal: "refusal",
  model_context_window_exceeded: "context_overflow",
} as const;

/** https://docs.anthropic.com/en/api/errors */
export const errorKinds = {
  invalid_request_error: "invalid-request",
  authentication_error: "authentication",
  billing_error: "quota",
  permission_error: "permission",
  not_found_error: "not-found",
  request_too_large: "context-overflow",
  rate_limit_error: "rate-limit",
  timeout_error: "timeout",
  api_error: "server",
  overloaded_error: "overloaded",
} as const;
