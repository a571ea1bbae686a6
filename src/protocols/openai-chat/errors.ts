import { ModelError, type ModelErrorKind } from "../../llm/errors.ts";
import { isObject, own, parseJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { describeBody, kindOfStatus, retryAdvice, waitInWords } from "../http-error.ts";
import { asText, filled } from "./json.ts";
import { errorKinds, PROTOCOL, vagueErrorKinds } from "./wire.ts";

type Headers = Readonly<Record<string, string>>;

/** The error of an answer with status 400 or more. */
export function decodeError(status: number, headers: Headers, body: string): ModelError {
  const reported = readError(parseJson(body));
  const kind = kindOf(reported, status);
  const requestId = headers["x-request-id"] ?? headers["request-id"] ?? reported?.requestId;
  const words = reported?.message ?? describeBody(headers["content-type"], body);
  const told = headers["retry-after"] ?? headers["retry-after-ms"];
  return new ModelError(`HTTP ${status}: ${words}`, {
    kind,
    status,
    ...(reported?.code !== undefined && { code: reported.code }),
    ...(told === undefined && kind === "rate-limit" && waitInWords(reported?.message)),
    ...(reported?.retryAfterMs !== undefined && { retryAfterMs: reported.retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
    body: body.slice(0, 2048),
    ...retryAdvice(status, kind, headers),
  });
}

/** The error that an event of a stream, or a body with status 200, reports. */
export function decodeErrorEvent(event: JsonValue): ModelError {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  const reported = readError(event);
  const kind = kindOf(reported, reported?.status);
  return new ModelError(`the provider failed: ${reported?.message ?? text.slice(0, 500)}`, {
    kind,
    ...(reported?.code !== undefined && { code: reported.code }),
    ...(kind === "rate-limit" && waitInWords(reported?.message)),
    ...(reported?.retryAfterMs !== undefined && { retryAfterMs: reported.retryAfterMs }),
    ...(reported?.requestId !== undefined && { requestId: reported.requestId }),
    body: text.slice(0, 2048),
  });
}

/** Whether an answer, or an event of one, is or holds an error. */
export function reportsError(value: JsonObject): boolean {
  const error = own(value, "error");
  if (error !== undefined && error !== null) return true;
  // Mistral, Cerebras and Hugging Face have no `error` around it.
  return !Object.hasOwn(value, "choices") && (filled(own(value, "message")) || filled(own(value, "detail")));
}

/** The error of a request that cannot be read. */
export function invalidRequest(why: string): ModelError {
  return new ModelError(`not a request for chat completions: ${why}`, { kind: "invalid-request" });
}

/** The error of an answer that is not what the protocol says. */
export function malformed(why: string, data: string): ModelError {
  return new ModelError(`not the ${PROTOCOL} protocol: ${why}`, {
    kind: "malformed",
    ...(data !== "" && { body: data.slice(0, 2048) }),
  });
}

/** What an error's body says, whatever its shape. */
interface Reported {
  readonly message: string;
  readonly code?: string;
  /** The words by which its kind is looked up: codes and types, from the most to the least particular. */
  readonly names: readonly string[];
  /** A status inside the body. */
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

function readError(value: JsonValue | undefined): Reported | undefined {
  // Gemini's OpenAI endpoint puts its one error into a list.
  const body = Array.isArray(value) ? (value[0] as JsonValue | undefined) : value;
  if (typeof body === "string") return body === "" ? undefined : { message: body, names: [] };
  if (!isObject(body)) return undefined;
  const inner = own(body, "error");
  const error = isObject(inner) ? inner : body;
  const message = wordsOf(body, error);
  if (message === undefined) return undefined;
  const names = [error["code"], error["type"], error["status"], error["reason"], innerCode(error)].filter(
    filled,
  );
  const code = names.find((name) => !/^\d+$/.test(name)) ?? names[0] ?? numeric(error["code"]);
  const status = [error["code"], error["status"], error["status_code"], body["status"]]
    .map(Number)
    .find(isStatus);
  const requestId = [body["request_id"], error["request_id"], body["id"]].find(filled);
  const retryAfterMs = retryDelay(error["details"]);
  return {
    message,
    names,
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    ...(requestId !== undefined && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** The provider's own words, with what it says about them elsewhere in the body. */
function wordsOf(body: JsonObject, error: JsonObject): string | undefined {
  const inner = own(body, "error");
  const detail = own(body, "detail");
  const found = [error["message"], inner, error["msg"], detail].find(
    (each) => filled(each) || isObject(each),
  );
  const first = Array.isArray(detail) ? detail.map(validation).join("; ") : found;
  if (first === undefined) return undefined;
  const said = typeof first === "string" ? first : JSON.stringify(first).slice(0, 500);
  // The upstream's error (Pollinations, OpenRouter), and Xiaomi's explanation, which stands in `param`.
  const upstream = own(body, "details");
  const nested = isObject(upstream) ? readError(upstream)?.message : undefined;
  const metadata = error["metadata"];
  const raw = isObject(metadata) ? own(metadata, "raw") : undefined;
  const more = [nested, filled(raw) ? raw.slice(0, 500) : undefined, error["param"]];
  const added = more.filter(filled).filter((each) => !said.includes(each));
  return added.length === 0 ? said : `${said} (${added.join("; ")})`;
}

/** One mistake as Pydantic tells it: `{loc, msg, type}`. */
function validation(mistake: JsonValue): string {
  if (!isObject(mistake)) return JSON.stringify(mistake);
  const where = mistake["loc"];
  return `${Array.isArray(where) ? `${where.join(".")}: ` : ""}${asText(mistake["msg"])}`;
}

function innerCode(error: JsonObject): JsonValue | undefined {
  const inner = error["innererror"];
  const metadata = error["metadata"];
  if (isObject(inner)) return own(inner, "code");
  return isObject(metadata) ? own(metadata, "error_type") : undefined;
}

function numeric(code: JsonValue | undefined): string | undefined {
  return typeof code === "number" ? String(code) : undefined;
}

function isStatus(value: number): boolean {
  return Number.isInteger(value) && value >= 400 && value < 600;
}

/** Google's `RetryInfo`: `{"retryDelay": "34.07s"}` among the details. */
function retryDelay(details: JsonValue | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details as readonly JsonValue[]) {
    const delay = isObject(detail) ? own(detail, "retryDelay") : undefined;
    const seconds = typeof delay === "string" ? /^(\d+(?:\.\d+)?)s$/.exec(delay)?.[1] : undefined;
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

/** Words for what many providers have no code for, with the kinds that they make more exact. */
const words: readonly { kind: ModelErrorKind; refines: readonly ModelErrorKind[]; pattern: RegExp }[] = [
  {
    kind: "context-overflow",
    refines: ["invalid-request", "server"],
    pattern:
      /(?:maximum|max) context length|context (?:length|window|size|limit).{0,40}exceed|exceed.{0,60}context (?:length|window|size|limit)|(?:prompt|input|messages) (?:is|are) too long|prompt too long|too many (?:input )?tokens|reduce the length/i,
  },
  {
    kind: "content-filter",
    refines: ["invalid-request", "permission", "server"],
    pattern: /content (?:management )?policy|content filter|DataInspectionFailed|inappropriate content/i,
  },
  {
    kind: "authentication",
    refines: ["invalid-request", "permission"],
    pattern:
      /(?:invalid|incorrect|wrong|missing|check the|expired).{0,20}api[-_ ]?key|api[-_ ]?key.{0,20}(?:invalid|incorrect|not valid)/i,
  },
  {
    kind: "quota",
    refines: ["invalid-request", "permission", "rate-limit"],
    pattern: /insufficient (?:balance|credits?|funds|quota)|out of credits|credit balance is too low/i,
  },
  {
    kind: "overloaded",
    refines: ["server"],
    pattern: /\boverloaded\b/i,
  },
  {
    kind: "not-found",
    refines: ["invalid-request"],
    pattern:
      /model.{0,80}(?:does not exist|not exist\b|not found)|invalid model\b|not a valid model|not supported model|supported api model names/i,
  },
];

/** What is wrong: by a code that says so, else by the status, made more exact by words. */
function kindOf(reported: Reported | undefined, status: number | undefined): ModelErrorKind {
  const exact = lookUp(errorKinds, reported);
  if (exact !== undefined) return exact;
  const vague = status === undefined ? (lookUp(vagueErrorKinds, reported) ?? "server") : kindOfStatus(status);
  const message = reported?.message ?? "";
  return (
    words.find(({ refines, pattern }) => refines.includes(vague) && pattern.test(message))?.kind ?? vague
  );
}

function lookUp(
  table: Readonly<Record<string, ModelErrorKind>>,
  reported: Reported | undefined,
): ModelErrorKind | undefined {
  const name = reported?.names.map((each) => each.toLowerCase()).find((each) => Object.hasOwn(table, each));
  return name === undefined ? undefined : table[name];
}
