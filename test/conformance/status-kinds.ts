import type { ModelErrorKind } from "../../src/llm/errors.ts";

const byStatus: Readonly<Record<number, ModelErrorKind>> = {
  401: "authentication",
  402: "quota",
  403: "permission",
  404: "not-found",
  408: "timeout",
  413: "context-overflow",
  429: "rate-limit",
  503: "overloaded",
  529: "overloaded",
};

/** What a status means where the body does not say: the second reading's own table, for all protocols. */
export function ofStatus(status: number): ModelErrorKind {
  return byStatus[status] ?? (status >= 400 && status < 500 ? "invalid-request" : "server");
}
