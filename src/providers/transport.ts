import { ModelError } from "../llm/errors.ts";
import { isLoopback } from "./no-proxy.ts";

/** A request on its way out. */
export interface Outgoing {
  readonly url: string;
  /** The same object for requests with the same headers: transports keep what they made of it. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces, which are sent one after the other and must not change meanwhile. */
  readonly body: readonly Uint8Array[];
}

/** Takes an answer in. What these throw ends the exchange and is what the transport rejects with. */
export interface Receiver {
  /** The way to the server is open. */
  connected(): void;
  /** Header names are in lower case. */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  /** Who keeps the bytes copies them: others may be read into the same place. */
  data(bytes: Uint8Array): void;
}

/**
 * Tells a transport to end its exchange: an AbortSignal for one listener, which costs next to nothing. Making a real
 * one for each request, and listening to it, is a tenth of what a short call costs.
 */
export interface Halt {
  readonly aborted: boolean;
  /** Why: what the transport rejects with. */
  readonly reason: unknown;
  /**
   * Set by the transport as long as there is something to end; called at once when it is aborted, and at most once. Made first and assigned then: V8 puts a
   * function that is written where it is assigned to a property among the old objects at once (`CheckAssigningFunctionLiteralToProperty`
   * in its parser-base.h), and all that it reaches stays until they are collected.
   */
  onAbort: (() => void) | undefined;
}

/**
 * Sends a request and reads its answer. Resolves when the body ended as it should; rejects with a ModelError of kind
 * `connection` (no answer) or `truncated` (the answer broke off), with the halt's reason, or with what the receiver
 * threw. Its implementations are what talks to a network; nothing else does.
 */
export type Transport = (outgoing: Outgoing, receiver: Receiver, halt: Halt) => Promise<void>;

/** The answer broke off, or turned out to be none. */
export function brokenOff(cause: unknown): ModelError {
  if (isSyntaxError(innermost(cause))) return notHttp(cause);
  const detail = cause instanceof Error ? ` (${cause.message})` : "";
  return new ModelError(`the connection broke in the middle of the answer${detail}`, {
    kind: "truncated",
    cause,
  });
}

/** There was no answer. `proxy` is where the request was handed on, if it was. */
export function unreachable(url: URL, cause: unknown, proxy?: URL): ModelError {
  const inner = innermost(cause);
  if (isSyntaxError(inner)) return notHttp(cause);
  const detail =
    inner instanceof Error ? inner.message || (inner as NodeJS.ErrnoException).code : String(inner);
  const through = proxy === undefined ? "" : ` through the proxy ${proxy.origin}`;
  const advice =
    proxy === undefined && isRefusal(inner) && isLoopback(url.hostname)
      ? "; is the server running there?"
      : "";
  return new ModelError(`cannot reach ${url.origin}${through}: ${detail}${advice}`, {
    kind: "connection",
    cause,
  });
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === "ECONNREFUSED";
}

/** Something answered that speaks another language: it will do so again. */
function notHttp(cause: unknown): ModelError {
  const inner = innermost(cause);
  const detail = inner instanceof Error ? inner.message : String(inner);
  return new ModelError(
    `what answered does not speak HTTP/1.1 (${detail}); check the base URL and any proxy`,
    {
      kind: "malformed",
      cause,
    },
  );
}

/** A fetch wraps what went wrong in an error that says nothing. */
function innermost(cause: unknown): unknown {
  return cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
}

/** Our parser's error, or that of Node's and undici's. */
function isSyntaxError(cause: unknown): boolean {
  return cause instanceof Error && /^(?:HttpSyntaxError|HTTPParserError)$/.test(cause.name);
}
