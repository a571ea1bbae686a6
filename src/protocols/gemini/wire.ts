/*
 * Google's generateContent, in its own words, as the Gemini API and Vertex speak it.
 * https://ai.google.dev/api/generate-content, https://ai.google.dev/gemini-api/docs/thought-signatures,
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 *
 * Only what we read or write is named; what else arrives is kept as it is. The API takes names in camelCase and in
 * snake_case; we write the first and read both (see names.ts).
 */
import type { ModelErrorKind } from "../../llm/errors.ts";
import type { JsonValue } from "../../llm/json.ts";
import type { StopReason } from "../../llm/response.ts";

export const PROTOCOL = "gemini";

/** `Content.role`. Absent means the user. */
export const roles = { user: "user", assistant: "model" } as const;

/** The fields of an answer, or of one chunk of it, that have neutral names. */
export const answerFields: ReadonlySet<string> = new Set([
  "candidates",
  "usageMetadata",
  "modelVersion",
  "responseId",
]);

/** The fields of a candidate that have neutral names, or say nothing. */
export const candidateFields: ReadonlySet<string> = new Set(["content", "finishReason", "index"]);

/** `Candidate.FinishReason` of both hosts. What is not here is `unknown`, and so is `OTHER`. */
export const finishReasons: Readonly<Record<string, StopReason>> = {
  STOP: "end_turn",
  MAX_TOKENS: "max_tokens",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  MODEL_ARMOR: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
};

/**
 * The same as numbers, for clients that ask for `enum-encoding=int`. From 6 on the two hosts count differently: 6 to 8
 * are filters on both, and what follows is a filter on one and a failed call on the other, so it is unknown.
 */
export const finishNumbers: Readonly<Record<string, StopReason>> = {
  1: "end_turn",
  2: "max_tokens",
  3: "content_filter",
  4: "content_filter",
  6: "content_filter",
  7: "content_filter",
  8: "content_filter",
};

/** `Modality` of a token count, by name and by number. */
export const modalities: Readonly<Record<string, "text" | "image" | "video" | "audio" | "document">> = {
  TEXT: "text",
  IMAGE: "image",
  VIDEO: "video",
  AUDIO: "audio",
  DOCUMENT: "document",
  1: "text",
  2: "image",
  3: "video",
  4: "audio",
  5: "document",
};

/** `Schema.type` of the API's own schemas, by name and by number, as JSON Schema says it. */
export const schemaTypes: Readonly<Record<string, string>> = {
  STRING: "string",
  NUMBER: "number",
  INTEGER: "integer",
  BOOLEAN: "boolean",
  ARRAY: "array",
  OBJECT: "object",
  NULL: "null",
  1: "string",
  2: "number",
  3: "integer",
  4: "boolean",
  5: "array",
  6: "object",
  7: "null",
};

/** `google.rpc.Code`, the `status` of an error. https://cloud.google.com/apis/design/errors */
export const errorKinds: Readonly<Record<string, ModelErrorKind>> = {
  INVALID_ARGUMENT: "invalid-request",
  FAILED_PRECONDITION: "invalid-request",
  OUT_OF_RANGE: "invalid-request",
  ALREADY_EXISTS: "invalid-request",
  UNIMPLEMENTED: "invalid-request",
  UNAUTHENTICATED: "authentication",
  PERMISSION_DENIED: "permission",
  NOT_FOUND: "not-found",
  RESOURCE_EXHAUSTED: "rate-limit",
  DEADLINE_EXCEEDED: "timeout",
  UNAVAILABLE: "overloaded",
  ABORTED: "server",
  CANCELLED: "server",
  DATA_LOSS: "server",
  INTERNAL: "server",
  UNKNOWN: "server",
};

/** `google.rpc.ErrorInfo.reason`, where it says more than the status. */
export const errorReasons: Readonly<Record<string, ModelErrorKind>> = {
  API_KEY_INVALID: "authentication",
  API_KEY_EXPIRED: "authentication",
  CREDENTIALS_MISSING: "authentication",
  ACCESS_TOKEN_EXPIRED: "authentication",
  BILLING_DISABLED: "quota",
};

/** A table's entry for a vendor's word, which may be a number. */
export function entry<Value>(
  table: Readonly<Record<string, Value>>,
  word: JsonValue | undefined,
): Value | undefined {
  const key = typeof word === "number" ? String(word) : word;
  return typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** `thoughtSignature` that has the API take a call which another model made. */
export const FOREIGN_CALL_SIGNATURE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";
