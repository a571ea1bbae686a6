import { ModelError, type ModelErrorKind } from "../../llm/errors.ts";
import { isObject, own, parseJson, type JsonObject } from "../../llm/json.ts";
import { describeBody, kindOfStatus, retryAdvice } from "../http-error.ts";
import { errorKinds } from "./wire.ts";

/** The words in which the API says that the input is too long; it has no type of its own for it. */
const overflow =
  /prompt is too long|exceed.{0,40}context (?:limit|window)|input length and `max_tokens` exceed/i;

/** The error of an answer with status 400 or more. */
export function decodeError(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): ModelError {
  const value = parseJson(body);
  const reported = isObject(value) ? readError(value) : undefined;
  const kind =
    reported === undefined ? kindOfStatus(status) : kindOf(reported.type, reported.message, status);
  const requestId = headers["request-id"] ?? reported?.requestId;
  return new ModelError(
    `HTTP ${status}: ${reported?.message ?? describeBody(headers["content-type"], body)}`,
    {
      kind,
      status,
      ...(reported?.type !== undefined && { code: reported.type }),
      ...(requestId !== undefined && { requestId }),
      body: body.slice(0, 2048),
      ...retryAdvice(status, kind, headers),
    },
  );
}

/** The error that an event of a stream, or a body with status 200, reports. */
export function decodeErrorEvent(event: JsonObject): ModelError {
  const { type, message, requestId } = readError(event) ?? { message: JSON.stringify(event).slice(0, 500) };
  return new ModelError(`the provider failed: ${message}`, {
    kind: kindOf(type, message, undefined),
    ...(type !== undefined && { code: type }),
    ...(requestId !== undefined && { requestId }),
    body: JSON.stringify(event).slice(0, 2048),
  });
}

interface Reported {
  readonly type?: string;
  readonly message: string;
  readonly requestId?: string;
}

/** `{"type":"error","error":{"type","message"},"request_id"}` */
function readError(value: JsonObject): Reported | undefined {
  const error = own(value, "error");
  const id = own(value, "request_id");
  const requestId = typeof id === "string" ? { requestId: id } : {};
  if (typeof error === "string") return { message: error, ...requestId };
  if (!isObject(error)) return undefined;
  const type = own(error, "type");
  const message = own(error, "message");
  return {
    ...(typeof type === "string" && { type }),
    message: typeof message === "string" ? message : JSON.stringify(error).slice(0, 500),
    ...requestId,
  };
}

function kindOf(type: string | undefined, message: string, status: number | undefined): ModelErrorKind {
  const byType =
    type !== undefined && Object.hasOwn(errorKinds, type)
      ? errorKinds[type as keyof typeof errorKinds]
      : undefined;
  const kind = byType ?? (status === undefined ? "server" : kindOfStatus(status));
  return kind === "invalid-request" && overflow.test(message) ? "context-overflow" : kind;
}
