import { ModelError, type ModelErrorKind } from "../../llm/errors.ts";
import { isObject, own, parseJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { describeBody, kindOfStatus, retryAdvice } from "../http-error.ts";
import { entry, errorKinds, errorReasons } from "./wire.ts";

/** Words that tell what a status does not: the API answers 400 or 429 to nearly everything. */
const words: readonly (readonly [ModelErrorKind, RegExp])[] = [
  [
    "context-overflow",
    /input token count.{0,80}(?:exceeds|only supports up to)|request payload size exceeds/is,
  ],
  ["authentication", /api key (?:not (?:valid|found)|expired)/i],
  [
    "quota",
    /credits? (?:are|is) depleted|billing (?:is|has been|account).{0,40}(?:disabled|not enabled|closed)/i,
  ],
];

/** The error of an answer with status 400 or more. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ModelError {
  const reported = readError(errorObject(body));
  const kind = reported === undefined ? kindOfStatus(status) : kindOf(reported, status);
  const requestId = reported?.requestId ?? headers["x-request-id"] ?? headers["x-goog-request-id"];
  const message = reported?.message ?? describeBody(headers["content-type"], body);
  return new ModelError(`HTTP ${status}: ${message}`, {
    kind,
    status,
    ...(reported?.code !== undefined && { code: reported.code }),
    ...(requestId !== undefined && { requestId }),
    ...(reported?.retryAfterMs !== undefined && { retryAfterMs: reported.retryAfterMs }),
    body: body.slice(0, 2048),
    ...retryAdvice(status, kind, headers),
  });
}

/** The error that a chunk of a stream, or a body with status 200, reports. */
export function decodeErrorEvent(event: JsonObject): ModelError {
  const text = JSON.stringify(event);
  const reported = readError(event) ?? { message: text.slice(0, 500) };
  return new ModelError(`the provider failed: ${reported.message}`, {
    kind: kindOf(reported, reported.status),
    ...(reported.code !== undefined && { code: reported.code }),
    ...(reported.requestId !== undefined && { requestId: reported.requestId }),
    ...(reported.retryAfterMs !== undefined && { retryAfterMs: reported.retryAfterMs }),
    body: text.slice(0, 2048),
  });
}

/** What a body is about: one object, one in a list (a stream without `alt=sse`), or the first event of a stream. */
function errorObject(body: string): JsonValue | undefined {
  const text = /^\s*data:/.test(body) ? (/^\s*data:([^\r\n]*)/.exec(body)?.[1] ?? "") : body;
  const value = parseJson(text);
  return Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;
}

interface Reported {
  readonly message: string;
  /** `google.rpc.Code`, or the number where there is no word. */
  readonly code?: string;
  /** The HTTP status as the body says it. */
  readonly status?: number;
  readonly reason?: JsonValue | undefined;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** `{"error":{"code","message","status","details":[{"@type",...}]}}` */
function readError(value: JsonValue | undefined): Reported | undefined {
  const error = isObject(value) ? own(value, "error") : undefined;
  if (typeof error === "string") return { message: error };
  if (!isObject(error)) return undefined;
  const { code, status, message } = error;
  const details = detailsOf(error);
  const requestId = details["RequestInfo"]?.["requestId"];
  const name = typeof status === "string" ? status : typeof code === "string" ? code : undefined;
  const text = typeof message === "string" ? message : JSON.stringify(error).slice(0, 500);
  const wait =
    seconds(details["RetryInfo"]?.["retryDelay"]) ?? seconds(/retry in ([\d.]+s)/i.exec(text)?.[1]);
  return {
    message: text,
    ...(name !== undefined ? { code: name } : typeof code === "number" && { code: String(code) }),
    ...(typeof code === "number" && { status: code }),
    reason: details["ErrorInfo"]?.["reason"],
    ...(typeof requestId === "string" && { requestId }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

/** An error's details by the last word of their type: `type.googleapis.com/google.rpc.RetryInfo`. */
function detailsOf(error: JsonObject): Partial<Record<string, JsonObject>> {
  const { details } = error;
  const named: [string, JsonObject][] = [];
  for (const detail of Array.isArray(details) ? (details as readonly JsonValue[]) : []) {
    if (!isObject(detail)) continue;
    const type = own(detail, "@type");
    if (typeof type === "string") named.push([type.slice(type.lastIndexOf(".") + 1), detail]);
  }
  return Object.fromEntries(named);
}

/** `48s` or `48.9s` in milliseconds. */
function seconds(value: JsonValue | undefined): number | undefined {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(value) : null;
  return match === null ? undefined : Math.ceil(Number(match[1]) * 1000);
}

function kindOf({ code, reason, message }: Reported, status: number | undefined): ModelErrorKind {
  const ofStatus = status === undefined ? "server" : kindOfStatus(status);
  const kind = entry(errorReasons, reason) ?? entry(errorKinds, code) ?? ofStatus;
  if (kind === "server" || kind === "overloaded") return kind;
  return words.find(([, pattern]) => pattern.test(message))?.[0] ?? kind;
}
