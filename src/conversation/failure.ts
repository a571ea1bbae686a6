import { TraceError } from "../httprr/errors.ts";
import { ConfigurationError, ModelError, type ModelErrorKind } from "../llm/errors.ts";

/**
 * Failures by which a provider says no before it begins to answer. Anthropic, OpenAI and Google charge nothing for them.
 * Not among them: `content-filter` and `timeout`, for which Azure charges
 * (https://learn.microsoft.com/azure/ai-services/openai/how-to/manage-costs, "HTTP Error response code and billing
 * status"), and what breaks on the way back, of which nobody here knows how far the answer had come.
 */
const refusals: ReadonlySet<ModelErrorKind> = new Set([
  "authentication",
  "permission",
  "not-found",
  "quota",
  "invalid-request",
  "context-overflow",
  "rate-limit",
  "overloaded",
  "server",
]);

/** Statuses of something in between, which does not know what became of the request behind it. */
const inBetween: ReadonlySet<number> = new Set([408, 502, 504, 520, 521, 522, 523, 524]);

/** Codes of connections that never came about; any other may have broken after the request was sent. */
const neverConnected =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|EADDRNOTAVAIL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|UND_ERR_CONNECT)/;

/** Whether it is certain that an attempt which failed before its answer began cost nothing. */
export function isFreeOfCharge(error: unknown): boolean {
  if (error instanceof ConfigurationError) return true;
  // A recording answers instead of a provider, or takes no more requests.
  if (error instanceof TraceError) return error.code === "miss" || error.code === "closed";
  if (!(error instanceof ModelError)) return false;
  const { kind, status, cause } = error;
  if (kind === "connection") return cause === undefined || neverConnected.test(codeOf(cause));
  return refusals.has(kind) && !(status !== undefined && inBetween.has(status));
}

/**
 * Whether an answer that was cut had come here as far as it was made, but for what was on its way: we ended it, or the
 * model's provider said that it failed.
 */
export function isCutHere(error: unknown): boolean {
  return !(error instanceof ModelError) || refusals.has(error.kind);
}

/** The code of an error, or of what caused it: a `fetch` wraps them. */
function codeOf(cause: unknown): string {
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === "string") return code;
  }
  return "";
}
