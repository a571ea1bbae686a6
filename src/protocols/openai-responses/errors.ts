import { ModelError, type ModelErrorKind } from "../../llm/errors.ts";
import { isObject, own, parseJson, type JsonObject } from "../../llm/json.ts";
import { describeBody, kindOfStatus, retryAdvice, waitInWords } from "../http-error.ts";
import { errorKinds } from "./wire.ts";

/** The error of an answer with status 400 or more. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ModelError {
  const value = parseJson(body);
  const reported = isObject(value) ? readError(value) : undefined;
  const kind = kindOf(reported, kindOfStatus(status));
  const requestId =
    idHeaders.map((name) => headers[name]).find((id) => id !== undefined) ?? reported?.requestId;
  const wait = headers["retry-after"] ?? headers["retry-after-ms"];
  return new ModelError(
    `HTTP ${status}: ${reported?.message ?? describeBody(headers["content-type"], body)}`,
    {
      kind,
      status,
      ...(reported?.code !== undefined && { code: reported.code }),
      ...(requestId !== undefined && { requestId }),
      ...(wait === undefined && kind === "rate-limit" && waitInWords(reported?.message)),
      body: body.slice(0, 2048),
      ...retryAdvice(status, kind, headers),
    },
  );
}

/** OpenAI's name, Azure's, Amazon's. */
const idHeaders = ["x-request-id", "request-id", "apim-request-id", "x-amzn-requestid"] as const;

/** The error that an event of a stream, or a body with status 200, reports. */
export function decodeErrorEvent(event: JsonObject): ModelError {
  const reported = readError(event) ?? { message: JSON.stringify(event).slice(0, 500) };
  const kind = kindOf(reported, "server");
  return new ModelError(`the provider failed: ${reported.message}`, {
    kind,
    ...(reported.code !== undefined && { code: reported.code }),
    ...(reported.requestId !== undefined && { requestId: reported.requestId }),
    ...(kind === "rate-limit" && waitInWords(reported.message)),
    body: JSON.stringify(event).slice(0, 2048),
  });
}

interface Reported {
  readonly code?: string;
  readonly type?: string;
  readonly message: string;
  readonly requestId?: string;
}

/**
 * `{"error":{"message","type","param","code"}}`; the same without the outer object, or inside `response`; xAI's
 * `{"code","error":"text"}`; `{"detail"}` and `{"message"}` of gateways.
 */
function readError(value: JsonObject): Reported | undefined {
  const response = own(value, "response");
  const error = own(isObject(response) && isObject(own(response, "error")) ? response : value, "error");
  const requestId = own(value, "request_id");
  const id = typeof requestId === "string" ? { requestId } : {};
  if (isObject(error)) return { ...describe(error), ...id };
  if (typeof error === "string") return { ...describe({ ...value, message: error }), ...id };
  const message = own(value, "message") ?? own(value, "Message") ?? own(value, "detail");
  return message === undefined || message === null
    ? undefined
    : { ...describe({ ...value, message }), ...id };
}

function describe(error: JsonObject): Reported {
  const { message, type } = error;
  const given = own(error, "code");
  const code = typeof given === "number" ? String(given) : given;
  // The type of an event is not one of an error.
  const named =
    typeof type === "string" && type !== "error" && !type.startsWith("response.") ? type : undefined;
  const known = typeof code === "string" && code !== "" ? code : named;
  return {
    ...(known !== undefined && { code: known }),
    ...(named !== undefined && { type: named }),
    message: typeof message === "string" ? message : JSON.stringify(message ?? error).slice(0, 500),
  };
}

/** What only the words say; some speakers have one code for everything. */
const words: readonly (readonly [RegExp, ModelErrorKind])[] = [
  [
    /context (?:window|length|limit)|maximum context|prompt is too long|too many tokens in/i,
    "context-overflow",
  ],
  [/(?:incorrect|invalid|missing) api[ _-]?key|api key (?:not valid|is invalid)/i, "authentication"],
  [/model\b.{0,80}(?:does not exist|not found|was not found)/i, "not-found"],
  [/insufficient (?:quota|balance|credits?)|exceeded your current quota|out of credits/i, "quota"],
];

const overloaded = /\boverloaded\b/i;

function kindOf(reported: Reported | undefined, fallback: ModelErrorKind): ModelErrorKind {
  const named = [reported?.code, reported?.type].find(
    (name) => name !== undefined && Object.hasOwn(errorKinds, name),
  );
  const said = named === undefined ? undefined : errorKinds[named];
  if (said !== undefined && said !== "server") return said;
  const { message = "" } = reported ?? {};
  const refused = reported?.type === "invalid_request_error" || reported?.code === "invalid_request_error";
  // Inside an answer there is no status to go by.
  const unnamed =
    refused && fallback === "server" ? "invalid-request" : (statusIn(reported?.code) ?? fallback);
  const kind = said ?? unnamed;
  // `server_error` comes with 503 too; and where there is no status, the words say it.
  if (kind === "server")
    return fallback === "overloaded" || overloaded.test(message) ? "overloaded" : "server";
  if (kind !== "invalid-request" && kind !== "rate-limit" && kind !== "not-found") return kind;
  return (
    words.find(
      ([pattern, meaning]) => pattern.test(message) && (kind !== "rate-limit" || meaning === "quota"),
    )?.[1] ?? kind
  );
}

/** A status as a code, as OpenRouter writes it. */
function statusIn(code: string | undefined): ModelErrorKind | undefined {
  return code !== undefined && /^[45]\d\d$/.test(code) ? kindOfStatus(Number(code)) : undefined;
}
