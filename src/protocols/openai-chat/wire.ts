/*
 * OpenAI's chat completions, in the words of OpenAI and of those who speak its language.
 * https://platform.openai.com/docs/api-reference/chat
 * https://openrouter.ai/docs/use-cases/reasoning-tokens, https://docs.mistral.ai/capabilities/reasoning,
 * https://api-docs.deepseek.com/guides/reasoning_model, https://docs.vllm.ai/en/latest/serving/openai_compatible_server
 *
 * Only what we read or write is named; what else arrives is kept as it is.
 */
import type { ModelErrorKind } from "../../llm/errors.ts";
import type { StopReason } from "../../llm/response.ts";

export const PROTOCOL = "openai-chat" as const;

/** The mark that ends a stream. */
export const END_MARK = "[DONE]";

/** Fields of a chunk, or of a whole answer, that are read or that say nothing (padding, the kind of the object). */
export const answerFields: ReadonlySet<string> = new Set([
  "id",
  "object",
  "model",
  "choices",
  "usage",
  "error",
  "obfuscation",
  "p",
]);

export const choiceFields: ReadonlySet<string> = new Set([
  "index",
  "delta",
  "message",
  "finish_reason",
  "logprobs",
  "error",
]);

/** Fields of a message that are read; `tool_call_id` and `name` are those of requests. */
export const messageFields: ReadonlySet<string> = new Set([
  "role",
  "content",
  "refusal",
  "tool_calls",
  "function_call",
  "audio",
  "images",
  "annotations",
]);

/** Fields that hold readable reasoning, in the order in which they are believed. */
export const reasoningFields = ["reasoning_content", "reasoning"] as const;

/** Fields that prove or hide reasoning: they belong to the thinking part and go back with it. */
export const reasoningProofs: ReadonlySet<string> = new Set([
  "reasoning_details",
  "extra_content",
  "thought_signature",
  "reasoning_signature",
]);

/**
 * https://platform.openai.com/docs/api-reference/chat/object, and the words that others add: Mistral (`model_length`),
 * Together (`eos`), Z.ai (`sensitive`), and what proxies leave in Anthropic's words.
 */
export const stopReasons: Readonly<Record<string, StopReason>> = {
  stop: "end_turn",
  eos: "end_turn",
  eos_token: "end_turn",
  end_turn: "end_turn",
  length: "max_tokens",
  max_tokens: "max_tokens",
  tool_calls: "tool_use",
  tool_use: "tool_use",
  function_call: "tool_use",
  stop_sequence: "stop_sequence",
  content_filter: "content_filter",
  sensitive: "content_filter",
  refusal: "refusal",
  model_length: "context_overflow",
  model_context_window_exceeded: "context_overflow",
};

/** The formats of `input_audio` whose media type is not `audio/` and the format. */
export const audioTypes = { mp3: "audio/mpeg" } as const;

/** `reasoning_effort`, https://platform.openai.com/docs/guides/reasoning. */
export const efforts = {
  off: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  max: "xhigh",
} as const;

/** Codes and types of errors that say what is wrong by themselves. */
export const errorKinds: Readonly<Record<string, ModelErrorKind>> = {
  invalid_api_key: "authentication",
  wrong_api_key: "authentication",
  invalid_key: "authentication",
  authentication_error: "authentication",
  invalid_authentication_error: "authentication",
  unauthorized: "authentication",
  permission_error: "permission",
  permission_denied: "permission",
  insufficient_permissions: "permission",
  insufficient_quota: "quota",
  insufficient_balance: "quota",
  insufficient_credits: "quota",
  exceeded_current_quota_error: "quota",
  billing_hard_limit_reached: "quota",
  billing_not_active: "quota",
  model_not_found: "not-found",
  model_not_available: "not-found",
  invalid_model: "not-found",
  not_found_error: "not-found",
  deploymentnotfound: "not-found",
  context_length_exceeded: "context-overflow",
  exceed_context_size_error: "context-overflow",
  too_many_prompt_tokens: "context-overflow",
  content_filter: "content-filter",
  content_policy_violation: "content-filter",
  responsibleaipolicyviolation: "content-filter",
  data_inspection_failed: "content-filter",
  rate_limit_exceeded: "rate-limit",
  rate_limit_error: "rate-limit",
  ratelimitreached: "rate-limit",
  too_many_requests: "rate-limit",
  resource_exhausted: "rate-limit",
  overloaded_error: "overloaded",
  engine_overloaded: "overloaded",
  engine_overloaded_error: "overloaded",
  service_unavailable: "overloaded",
};

/** Types that say little: where there is a status, it knows better. */
export const vagueErrorKinds: Readonly<Record<string, ModelErrorKind>> = {
  invalid_request_error: "invalid-request",
  invalid_request: "invalid-request",
  bad_request: "invalid-request",
  invalid_parameter_error: "invalid-request",
  invalid_value: "invalid-request",
  tool_use_failed: "invalid-request",
  provider_unavailable: "server",
  server_error: "server",
  internal_server_error: "server",
  api_error: "server",
};
