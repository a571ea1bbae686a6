import type { Issue } from "./issue.ts";
import type { JsonValue } from "./json.ts";
import type { Message } from "./message.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Response } from "./response.ts";
import type { Usage } from "./usage.ts";

/**
 * What went wrong between us and a model, as something a program can branch on.
 *
 * From the provider: `authentication` (no such key), `permission`, `not-found` (no such model or path), `quota` (no
 * money left), `invalid-request`, `context-overflow` (more input than the model can take), `content-filter`,
 * `rate-limit`, `overloaded`, `server`.
 * From the way there: `connection`, `timeout`, `truncated` (the answer was cut), `malformed` (it is not what the
 * protocol says), `too-large` (it passed a cap).
 */
export type ModelErrorKind =
  | "authentication"
  | "permission"
  | "not-found"
  | "quota"
  | "invalid-request"
  | "context-overflow"
  | "content-filter"
  | "rate-limit"
  | "overloaded"
  | "server"
  | "connection"
  | "timeout"
  | "truncated"
  | "malformed"
  | "too-large";

/** What is known of a failed exchange; everything but the kind may be missing. */
export interface ModelErrorFacts {
  readonly kind: ModelErrorKind;
  /** Whether the same request may succeed later. Kinds say so by themselves; a provider's own word wins. */
  readonly retryable?: boolean;
  /** How long the provider asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What was left of the provider's limits, where it said so. */
  readonly rateLimits?: readonly RateLimit[];
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** The provider's own code or type of the error. */
  readonly code?: string;
  /** The provider's id of the request. */
  readonly requestId?: string;
  /** The body as received, or its first 2 KB where it is long. */
  readonly body?: string;
  /** The finished parts of an answer that failed on its way. */
  readonly partial?: Message;
  /** The usage reported before it failed. */
  readonly usage?: Usage;
  readonly cause?: unknown;
}

const retryableKinds: ReadonlySet<ModelErrorKind> = new Set([
  "rate-limit",
  "overloaded",
  "server",
  "connection",
  "timeout",
  "truncated",
]);

/** An exchange with a model failed. Branch on `kind`; the message is for people. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
  readonly kind: ModelErrorKind;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly rateLimits: readonly RateLimit[] | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly body: string | undefined;
  readonly partial: Message | undefined;
  readonly usage: Usage | undefined;
  readonly #facts: ModelErrorFacts;

  constructor(message: string, facts: ModelErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.#facts = facts;
    this.kind = facts.kind;
    this.retryable = facts.retryable ?? retryableKinds.has(facts.kind);
    this.retryAfterMs = facts.retryAfterMs;
    this.rateLimits = facts.rateLimits;
    this.status = facts.status;
    this.code = facts.code;
    this.requestId = facts.requestId;
    this.body = facts.body;
    this.partial = facts.partial;
    this.usage = facts.usage;
  }

  /** The same error with more known about it. */
  with(facts: Partial<ModelErrorFacts>): ModelError {
    const error = new ModelError(this.message, { ...this.#facts, ...facts });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }

  /** What a log may keep: the body, which may quote the conversation, is left out. */
  toJSON(): Record<string, JsonValue> {
    const { kind, retryable, retryAfterMs, status, code, requestId } = this;
    const facts = { kind, retryable, retryAfterMs, status, code, requestId };
    const known = Object.entries(facts).filter(([, value]) => value !== undefined);
    return { name: this.name, message: this.message, ...Object.fromEntries(known) };
  }
}

/** A mistake in how the library was called or set up; trying again does not help. */
export class ConfigurationError extends Error {
  override readonly name: string = "ConfigurationError";
  readonly code:
    | "unknown-model"
    | "missing-key"
    | "invalid-option"
    | "busy"
    | "missing-package"
    | "no-such-call";
  /** For `unknown-model`: names that look alike. For `missing-key`: the variables that would be read. */
  readonly candidates: readonly string[];
  /** For `missing-key`: the page where a key can be had. */
  readonly page: string | undefined;

  constructor(
    code: ConfigurationError["code"],
    message: string,
    candidates: readonly string[] = [],
    page?: string,
  ) {
    super(message);
    this.code = code;
    this.candidates = candidates;
    this.page = page;
  }
}

/** A limit of a budget that is reached: nothing was sent. */
export class BudgetExceeded extends Error {
  override readonly name: string = "BudgetExceeded";
  /** Which limit it is. */
  readonly limit: "responses";
  readonly allowed: number;
  readonly used: number;

  constructor(limit: BudgetExceeded["limit"], allowed: number, used: number) {
    super(`budget reached: ${used} of ${allowed} ${limit} used`);
    this.limit = limit;
    this.allowed = allowed;
    this.used = used;
  }
}

/**
 * A model answered, and its answer is not the value that was asked for: it `refused`; it was `cut`, by a bound on its
 * length or because the model wants to go on; it is `not-json`; or it is JSON and `invalid` by the schema.
 */
export class OutputError extends Error {
  override readonly name: string = "OutputError";
  readonly reason: "refused" | "cut" | "not-json" | "invalid";
  /** What the model said. */
  readonly text: string;
  /** What is wrong with the value; empty unless it is `invalid`. */
  readonly issues: readonly Issue[];
  readonly response: Response;

  constructor(
    message: string,
    facts: Pick<OutputError, "reason" | "response"> & Partial<Pick<OutputError, "issues">>,
  ) {
    super(message);
    this.reason = facts.reason;
    this.text = facts.response.text;
    this.issues = facts.issues ?? [];
    this.response = facts.response;
  }

  /** What a log may keep: the text and the response, which quote the conversation, are left out. */
  toJSON(): Record<string, JsonValue> {
    return { name: this.name, message: this.message, reason: this.reason };
  }
}
