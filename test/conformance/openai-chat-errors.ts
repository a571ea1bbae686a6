import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { Fields } from "./facts.ts";
import type { RecordedExchange } from "./read-trace.ts";
import { isRecord } from "./same-request.ts";
import type { ErrorFacts } from "./walked.ts";
import { ofStatus } from "./status-kinds.ts";

/** Codes and types that say what is wrong whatever the status is, read for the test alone. */
const exact: Record<string, ModelErrorKind> = {
  invalid_api_key: "authentication",
  wrong_api_key: "authentication",
  invalid_key: "authentication",
  authentication_error: "authentication",
  insufficient_quota: "quota",
  model_not_found: "not-found",
  model_not_available: "not-found",
  not_found_error: "not-found",
  invalid_model: "not-found",
  DeploymentNotFound: "not-found",
  too_many_prompt_tokens: "context-overflow",
  context_length_exceeded: "context-overflow",
  rate_limit_exceeded: "rate-limit",
  RateLimitReached: "rate-limit",
  content_filter: "content-filter",
};

/** Words of those that have no code for it. */
const byWords: readonly [ModelErrorKind, ...string[]][] = [
  ["context-overflow", "context length", "context size has been", "too long"],
  ["content-filter", "inappropriate content"],
  ["authentication", "api-key you provided", "api key"],
  [
    "not-found",
    "not exist",
    "invalid model",
    "not a valid model",
    "supported api model names",
    "not supported model",
  ],
];

/** What the error of an exchange must say; `found` is the error's object inside an answer that began well. */
export function openaiChatError(sent: RecordedExchange, found?: Fields): ErrorFacts {
  const body = found ?? parsed(sent.body);
  const inner = body["error"];
  const error = isRecord(inner) ? inner : body;
  const detail = body["detail"];
  const message = [error["message"], inner, detail].find((each): each is string => typeof each === "string");
  const names = [error["code"], error["type"], error["reason"]].filter(
    (each) => typeof each === "string" && each !== "",
  );
  const code =
    names.find((each) => Number.isNaN(Number(each))) ??
    names[0] ??
    metadataType(error) ??
    error["code"] ??
    undefined;
  const inside = [error["code"], error["status_code"]].map(Number).find((each) => each >= 400);
  const status = sent.status >= 400 ? sent.status : inside;
  // Headers name the request in every exchange, the body only in an error's.
  const named = [sent.headers["x-request-id"], sent.headers["request-id"], body["request_id"], body["id"]];
  return {
    kind: kindOf(
      names as string[],
      `${message ?? ""} ${JSON.stringify(error["param"])}`.toLowerCase(),
      status,
    ),
    message: message ?? "",
    code: code === undefined ? undefined : `${code as string | number}`,
    requestId: (found === undefined ? named : [body["request_id"], body["id"], ...named]).find(
      (each) => typeof each === "string" && each !== "",
    ) as string | undefined,
  };
}

function metadataType({ metadata }: Fields): string | undefined {
  return isRecord(metadata) && typeof metadata["error_type"] === "string"
    ? metadata["error_type"]
    : undefined;
}

function kindOf(names: readonly string[], words: string, status: number | undefined): ModelErrorKind {
  const name = names.find((each) => Object.hasOwn(exact, each));
  if (name !== undefined) return exact[name] as ModelErrorKind;
  const invalid = names.some((each) => each.startsWith("invalid"));
  const plain = status === undefined ? (invalid ? 400 : 500) : status;
  const kind = ofStatus(plain);
  if (kind === "rate-limit" || kind === "authentication" || kind === "not-found") return kind;
  return byWords.find(([, ...all]) => all.some((each) => words.includes(each)))?.[0] ?? kind;
}

function parsed(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
