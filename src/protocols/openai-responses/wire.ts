/*
 * OpenAI's Responses API, in its own words. Azure, xAI, DeepSeek, LM Studio, Bedrock and OpenRouter speak it too.
 * https://platform.openai.com/docs/api-reference/responses
 * https://platform.openai.com/docs/api-reference/responses-streaming
 *
 * Only what we read or write is named; what else arrives is kept as it is.
 */
import type { ModelErrorKind } from "../../llm/errors.ts";
import { isObject, own, rest, type JsonObject } from "../../llm/json.ts";
import type { Part, VendorFields } from "../../llm/message.ts";
import type { Effort } from "../../llm/request.ts";
import type { StopReason } from "../../llm/response.ts";

export const PROTOCOL = "openai-responses";

/** An item of `input` or `output`, or a content part of one, on its way out. */
export type WireObject = { type: string } & { [key: string]: unknown };

/** Fields of the answer that have neutral names; the others go along as vendor fields. */
export const responseFields: ReadonlySet<string> = new Set([
  "id",
  "object",
  "model",
  "status",
  "output",
  "usage",
  "error",
]);

/** Why an answer is `incomplete`, by `incomplete_details.reason`. */
export const incompleteReasons: Readonly<Record<string, StopReason>> = {
  max_output_tokens: "max_tokens",
  content_filter: "content_filter",
};

/** https://platform.openai.com/docs/guides/reasoning: our efforts, and theirs. */
export const efforts: Readonly<Record<Effort, string>> = {
  off: "none",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  max: "xhigh",
};

/** Their efforts, and ours. */
export const effortsBack: Readonly<Record<string, Effort>> = Object.fromEntries(
  Object.entries(efforts).map(([ours, theirs]) => [theirs, ours as Effort]),
);

/** Items that the client's side says; all others are the model's side. */
export const clientItems: ReadonlySet<string> = new Set([
  "function_call_output",
  "custom_tool_call_output",
  "computer_call_output",
  "local_shell_call_output",
  "shell_call_output",
  "apply_patch_call_output",
  "mcp_approval_response",
  "additional_tools",
  "item_reference",
]);

/** https://platform.openai.com/docs/guides/error-codes: by `code`, else by `type`. */
export const errorKinds: Readonly<Record<string, ModelErrorKind>> = {
  invalid_api_key: "authentication",
  authentication_error: "authentication",
  permission_error: "permission",
  permission_denied: "permission",
  unsupported_country_region_territory: "permission",
  model_not_found: "not-found",
  not_found_error: "not-found",
  DeploymentNotFound: "not-found",
  insufficient_quota: "quota",
  billing_hard_limit_reached: "quota",
  billing_not_active: "quota",
  credit_balance_too_low: "quota",
  context_length_exceeded: "context-overflow",
  string_above_max_length: "context-overflow",
  content_filter: "content-filter",
  content_policy_violation: "content-filter",
  invalid_prompt: "content-filter",
  rate_limit_exceeded: "rate-limit",
  rate_limit_error: "rate-limit",
  RateLimitReached: "rate-limit",
  server_is_overloaded: "overloaded",
  overloaded_error: "overloaded",
  slow_down: "overloaded",
  service_unavailable: "overloaded",
  server_error: "server",
  internal_error: "server",
  internal_server_error: "server",
};

/** Vendor fields of this protocol; none for parts that came from another. */
export function ownFields(vendor: VendorFields | undefined): JsonObject {
  return vendor?.protocol === PROTOCOL ? vendor.fields : {};
}

/** Vendor fields, or nothing where there are none. */
export function vendor(fields: JsonObject | undefined): Pick<Part, "vendor"> {
  if (fields === undefined || Object.keys(fields).length === 0) return {};
  return { vendor: { protocol: PROTOCOL, fields } };
}

const messageFields: ReadonlySet<string> = new Set(["type", "role", "content"]);

/** What a message item says besides its content: its id, status and phase, and its role where it is not the usual. */
export function messageHeader(item: JsonObject, usualRole: string): JsonObject {
  const role = own(item, "role");
  const odd = typeof role === "string" && role !== usualRole;
  return { ...(odd && { role }), ...rest(item, messageFields) };
}

/** Whether an item is a message: those of a role may leave out their type. */
export function isMessage(item: JsonObject): boolean {
  const type = own(item, "type");
  return (type === "message" || type === undefined || type === null) && typeof own(item, "role") === "string";
}

/** An object's members without those that are null, which is our word for "leave it out". */
export function withoutNulls(object: { readonly [key: string]: unknown }): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null)) as JsonObject;
}

/** A member that is an object; an empty one where it is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : {};
}
