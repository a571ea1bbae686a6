import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { Fields } from "./facts.ts";
import type { RecordedExchange } from "./read-trace.ts";
import type { ErrorFacts } from "./walked.ts";
import { ofStatus } from "./status-kinds.ts";

/** https://docs.anthropic.com/en/api/errors, read for the test alone. */
const byType: Record<string, ModelErrorKind> = {
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
};

/** What the error of an exchange must say; `found` is the error's object inside an answer that began well. */
export function anthropicError({ status, headers, body }: RecordedExchange, found?: Fields): ErrorFacts {
  const object = found ?? parsed(body);
  const error = object["error"] as Fields | string | undefined;
  const { type, message } = typeof error === "object" ? error : { type: undefined, message: error };
  const kind = byType[String(type)] ?? ofStatus(status);
  const long = kind === "invalid-request" && String(message).startsWith("prompt is too long");
  const requestId = headers["request-id"] ?? headers["x-request-id"] ?? object["request_id"];
  return {
    kind: long ? "context-overflow" : kind,
    message: typeof message === "string" ? message : "",
    code: typeof type === "string" ? type : undefined,
    requestId: typeof requestId === "string" ? requestId : undefined,
  };
}

function parsed(body: string): Fields {
  try {
    return { ...(JSON.parse(body) as Fields | null) };
  } catch {
    return {};
  }
}
