import type { Issue } from "./issue.ts";
import type { JsonValue } from "./json.ts";
import type { Message } from "./message.ts";
import { formatDollars } from "./money.ts";
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

/**
 * A mistake in how the library was called or set up; trying again does not help. `unbounded`: there is a budget of
 * dollars or tokens, and the most that the call can use is not known; the message says what to give.
 */
export class ConfigurationError extends Error {
  override readonly name: string = "ConfigurationError";
  readonly code:
    | "unknown-model"
    | "missing-key"
    | "invalid-option"
    | "busy"
    | "missing-package"
    | "no-such-call"
    | "unbounded";
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

/**
 * What a budget limits: `dollars`; `tokens`, in and out; `responses`; `toolCalls`; and `wallTimeMs`, milliseconds since
 * the budget was given.
 */
export type BudgetLimit = "dollars" | "tokens" | "responses" | "toolCalls" | "wallTimeMs";

/** Where a limit stands, in its smallest unit: pico-dollars, tokens, answers, calls, milliseconds. */
export interface BudgetFacts {
  readonly limit: BudgetLimit;
  /** The conversation whose budget it is: the one that asked, or an ancestor. */
  readonly conversationId: string;
  readonly allowed: bigint;
  readonly spent: bigint;
  /** Held for calls in flight. */
  readonly reserved: bigint;
  /** The least that what was asked for needs. */
  readonly needed: bigint;
}

/**
 * A limit of a budget leaves no room for what was asked: nothing was sent. Only for `wallTimeMs` a call may have been
 * in flight, which then was stopped. Its figures are dollars, or whole numbers of what is counted.
 */
export class BudgetExceeded extends Error {
  override readonly name: string = "BudgetExceeded";
  /** Which limit it is. */
  readonly limit: BudgetLimit;
  /** The conversation whose budget it is: the one that asked, or an ancestor. */
  readonly conversationId: string;
  readonly allowed: number;
  readonly spent: number;
  /** What is held for calls in flight. */
  readonly reserved: number;
  /** What is spent and what is held. */
  readonly used: number;
  /** The least that what was asked for needs. */
  readonly needed: number;

  constructor(facts: BudgetFacts) {
    super(exceeded(facts));
    const { limit, conversationId, allowed, spent, reserved, needed } = facts;
    this.limit = limit;
    this.conversationId = conversationId;
    this.allowed = inNumbers(limit, allowed);
    this.spent = inNumbers(limit, spent);
    this.reserved = inNumbers(limit, reserved);
    this.used = inNumbers(limit, spent + reserved);
    this.needed = inNumbers(limit, needed);
  }
}

function exceeded({ limit, conversationId, allowed, spent, reserved, needed }: BudgetFacts): string {
  const used = `${inWords(limit, spent + reserved)} of ${inWords(limit, allowed)} ${units[limit]}used`;
  const held = reserved === 0n ? "" : `, ${inWords(limit, reserved)} of it by calls in flight`;
  const need = needed > 1n ? `; ${inWords(limit, needed)} needed` : "";
  return `budget reached: ${used}${held}${need} (conversation ${conversationId})`;
}

/** A call that used more than the most it could, in the smallest unit of the limit. */
export interface BrokenFacts {
  readonly limit: "dollars" | "tokens";
  /** The conversation whose budget is frozen. */
  readonly conversationId: string;
  /** The conversation that made the call. */
  readonly caller: string;
  /** The provider's id of the answer; empty where it gave none. */
  readonly responseId: string;
  readonly reserved: bigint;
  readonly actual: bigint;
}

/**
 * A call used more than the most that it could by all that is known of its model: a price, a window or a bound is not
 * what we take it for. No further call is made under the budget until `resetBudget`.
 */
export class BudgetBroken extends Error {
  override readonly name: string = "BudgetBroken";
  readonly limit: BrokenFacts["limit"];
  /** The conversation whose budget is frozen. */
  readonly conversationId: string;
  /** The conversation that made the call. */
  readonly caller: string;
  /** The provider's id of the answer; empty where it gave none. */
  readonly responseId: string;
  /** The most that it could use, in dollars or tokens. */
  readonly reserved: number;
  /** What it used, in dollars or tokens. */
  readonly actual: number;

  constructor({ limit, conversationId, caller, responseId, reserved, actual }: BrokenFacts) {
    const which = responseId === "" ? `of conversation ${caller}` : `${responseId} of conversation ${caller}`;
    super(
      `the call ${which} used ${inWords(limit, actual)} ${units[limit]}and ${inWords(limit, reserved)} was held for it: ` +
        `the model's prices or bounds are not what is known of them. The budget of conversation ${conversationId} is ` +
        `frozen until resetBudget()`,
    );
    this.limit = limit;
    this.conversationId = conversationId;
    this.caller = caller;
    this.responseId = responseId;
    this.reserved = inNumbers(limit, reserved);
    this.actual = inNumbers(limit, actual);
  }
}

const units: Readonly<Record<BudgetLimit, string>> = {
  dollars: "",
  tokens: "tokens ",
  responses: "responses ",
  toolCalls: "tool calls ",
  wallTimeMs: "ms ",
};

function inWords(limit: BudgetLimit, amount: bigint): string {
  return limit === "dollars" ? formatDollars(amount) : String(amount);
}

function inNumbers(limit: BudgetLimit, amount: bigint): number {
  return limit === "dollars" ? Number(amount) / 1e12 : Number(amount);
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
