import type { ModelError, ModelErrorKind } from "../../src/llm/errors.ts";
import type { Caps } from "../../src/providers/exchange.ts";
import type { Fault, FaultName, FaultProtocol } from "../../src/testing/index.ts";

/** What our client makes of a fault: an error of this kind, or this text. */
interface Outcome {
  readonly kind?: ModelErrorKind;
  readonly status?: number;
  readonly retryable?: boolean;
  readonly message?: RegExp;
  readonly retryAfterMs?: number | undefined;
  /** The finished text that the error keeps; empty where none is finished. */
  readonly partial?: string;
  readonly text?: string;
}

/** A row of the table: a fault, its outcome on every protocol, and what is different on some. */
export interface OutcomeRow extends Outcome {
  readonly row: string;
  readonly fault: Fault | FaultName;
  readonly caps?: Partial<Caps>;
  /** Some of a streamed answer was seen before it failed, so that it is never tried again. */
  readonly seen?: true;
  readonly except?: Partial<Readonly<Record<FaultProtocol, Outcome>>>;
}

/** What a fault server's good answers say. */
export const well = "All is well.";
/** The part that is finished when the middle of a text breaks off. */
export const begun = "It begins well.";

/** A text has no end of its own on these wires, so that none is finished before the answer is. */
export const unfinished: OutcomeRow["except"] & object = {
  "openai-chat": { partial: "" },
  gemini: { partial: "" },
};
/** The finished text of what came before it failed. */
export const partialOf = ({ partial }: ModelError): string =>
  (partial?.parts ?? []).map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("|");

/** An error that the provider tells of itself ends the text before it. */
const toldToItsEnd = {
  "openai-chat": { partial: `${begun}And then` },
  gemini: { partial: `${begun}And then` },
} as const;

export const outcomes: readonly OutcomeRow[] = [
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 2500 },
    kind: "rate-limit",
    status: 429,
    retryable: true,
    retryAfterMs: 2500,
  },
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 2500, form: "seconds" },
    kind: "rate-limit",
    retryable: true,
    retryAfterMs: 3000,
  },
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 2500, form: "reset" },
    kind: "rate-limit",
    status: 429,
    retryable: true,
    retryAfterMs: 2500,
  },
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 362_500, form: "body" },
    kind: "rate-limit",
    status: 429,
    retryable: true,
    retryAfterMs: 362_500,
    // It says that in headers only.
    except: { "anthropic-messages": { retryAfterMs: undefined } },
  },
  {
    row: "F2",
    fault: "overloaded",
    kind: "overloaded",
    status: 503,
    retryable: true,
    except: { "anthropic-messages": { status: 529 } },
  },
  {
    row: "F2",
    fault: { fault: "overloaded", status: 529 },
    kind: "overloaded",
    status: 529,
    retryable: true,
  },
  { row: "F3", fault: "error-event", kind: "overloaded", status: 200, retryable: true },
  {
    row: "F3",
    fault: { fault: "error-event", after: "text" },
    kind: "overloaded",
    status: 200,
    retryable: true,
    partial: begun,
    seen: true,
    except: toldToItsEnd,
  },
  {
    row: "F4",
    fault: "html",
    kind: "server",
    status: 502,
    retryable: true,
    message: /HTML page: x 502 Gateway/,
  },
  { row: "F4", fault: { fault: "html", status: 403 }, kind: "permission", status: 403, retryable: false },
  { row: "F4", fault: { fault: "html", status: 200 }, kind: "malformed", status: 200, retryable: false },
  { row: "F4", fault: "wrong-type", text: well },
  { row: "F4", fault: "wrong-json", kind: "malformed", status: 200, retryable: false },
  { row: "F4", fault: "not-http", kind: "malformed", retryable: false, message: /does not speak HTTP/ },
  { row: "F5", fault: { fault: "reset", when: "before-head" }, kind: "connection", retryable: true },
  {
    row: "F5",
    fault: { fault: "reset", when: "after-head" },
    kind: "truncated",
    status: 200,
    retryable: true,
  },
  {
    row: "F5",
    fault: "reset",
    kind: "truncated",
    status: 200,
    retryable: true,
    seen: true,
  },
  {
    row: "F6",
    fault: "truncated",
    kind: "truncated",
    status: 200,
    retryable: true,
    partial: begun,
    seen: true,
    except: unfinished,
  },
  { row: "F8", fault: { fault: "slow", ms: 1 }, text: well },
  { row: "F9", fault: "split-utf8", text: "\u00e9\u20ac\u{1f600}" },
  { row: "F10", fault: { fault: "huge-event", bytes: 300_000 }, kind: "too-large", caps: { event: 100_000 } },
  { row: "F10", fault: { fault: "huge-event", bytes: 3_000_000 }, text: "x".repeat(46 * 65_536) },
  { row: "F10", fault: "endless", kind: "too-large", retryable: false, caps: { response: 1_000_000 } },
  { row: "F10", fault: "line-ends", text: well },
  { row: "F10", fault: { fault: "line-ends", eol: "\r\n" }, text: well },
  { row: "F14", fault: "orphan-call", kind: "invalid-request", status: 400, retryable: false },
  { row: "F15", fault: "bad-signature", kind: "invalid-request", status: 400, retryable: false },
  { row: "F16", fault: "context-overflow", kind: "context-overflow", status: 400, retryable: false },
  ...(["gzip", "deflate", "br"] as const).map((encoding) => ({
    row: "F19",
    fault: { fault: "gzip", encoding } as const,
    text: well,
  })),
  { row: "F19", fault: "bomb", kind: "too-large", retryable: false, caps: { response: 4_000_000 } },
  { row: "F19", fault: { fault: "encoding-chain", depth: 3 }, text: well },
];
