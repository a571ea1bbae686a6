import { TraceError } from "../httprr/errors.ts";
import {
  BudgetBroken,
  BudgetExceeded,
  ConfigurationError,
  ModelError,
  type BudgetLimit,
  type ModelErrorKind,
} from "../llm/errors.ts";
import type { JsonValue } from "../llm/json.ts";
import { StoreError, type StoreErrorKind } from "../store/errors.ts";
import { UsageError } from "./command.ts";
import { Cancelled } from "./exit-code.ts";

/** What a user can do about a failure of each kind. */
const advice: Readonly<Record<ModelErrorKind, string>> = {
  authentication: "Check the key; `colloquy models` says which variable it is read from.",
  permission: "The key may not do this: use another key, or another --model.",
  "not-found": "Check the model's name (`colloquy models`) and the base URL.",
  quota: "Add credit at the provider, or choose another --model.",
  "invalid-request": "With --verbose the provider's whole answer is shown.",
  "context-overflow": "Shorten the input, or choose a --model with a larger window.",
  "content-filter": "The provider's filter stopped it; ask in other words.",
  "rate-limit": "Wait a little, then try again.",
  overloaded: "Try again later, or choose another --model.",
  server: "Try again later, or choose another --model.",
  connection: "Check the network, the proxy and the base URL, then try again.",
  timeout: "Try again; if it stays so, check the network and the proxy.",
  truncated: "What came is not all of the answer; try again.",
  malformed: "With --verbose more of what came is shown.",
  "too-large": "Ask for less at a time.",
};

/** What a user can do about sessions, where the message does not say it. */
const storeAdvice: Readonly<Partial<Record<StoreErrorKind, string>>> = {
  ambiguous: "Give more of the id.",
  held: "A fork: --fork with its id.",
  unwritable: "Set COLLOQUY_HOME to another folder, or say --no-session.",
};

/** The flags that set limits. */
const flags: Readonly<Partial<Record<BudgetLimit, string>>> = {
  dollars: "--max-dollars",
  responses: "--max-responses",
  wallTimeMs: "--max-wall-time",
};

/** An error as lines for people: what happened and what to do on the first, the rest only when `verbose`. */
export function explain(error: unknown, verbose: boolean): string[] {
  const line = oneLine(whatHappened(error));
  if (!verbose || error instanceof UsageError || error instanceof Cancelled) return [line];
  return [line, ...details(error)];
}

function whatHappened(error: unknown): string {
  if (error instanceof ModelError) return `${sentence(error.message)} ${advice[error.kind]}`;
  if (error instanceof BudgetExceeded) {
    const flag = flags[error.limit];
    const sent = error.limit === "wallTimeMs" ? "" : "; nothing was sent";
    return `${error.message}${sent}.${flag === undefined ? "" : ` Allow more with ${flag}.`}`;
  }
  if (error instanceof ConfigurationError && error.code === "missing-key") {
    const variables = error.candidates.join(" or ");
    const where = error.page === undefined ? "" : `, which can be had at ${error.page}`;
    return `no key for this model: set ${variables}${where}; --model rehearsal needs none`;
  }
  if (error instanceof TraceError && error.code === "miss") {
    return `${error.message} If the model differs, choose the recorded one with --model.`;
  }
  if (error instanceof StoreError) {
    return [sentence(error.message), storeAdvice[error.kind] ?? ""].join(" ");
  }
  if (error instanceof UsageError) return `${error.message} (colloquy --help)`;
  if (error instanceof Cancelled) return "cancelled";
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) {
    return `${sentence(error.message)} This is a fault in colloquy; --verbose shows where.`;
  }
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** The same error for a program. `kind` is always there; it is the finest word we have for what happened. */
export interface ErrorJson {
  readonly kind: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly [fact: string]: JsonValue;
}

/** An error as plain data. */
export function errorJson(error: unknown): ErrorJson {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ModelError) {
    const { name: _, ...facts } = error.toJSON();
    return { ...facts, kind: error.kind, message, retryable: error.retryable };
  }
  if (error instanceof BudgetExceeded) {
    const { limit, conversationId, allowed, used, spent, reserved, needed } = error;
    const facts = { limit, conversationId, allowed, used, spent, reserved, needed };
    return { kind: "budget", message, retryable: false, ...facts };
  }
  if (error instanceof BudgetBroken) {
    const { limit, conversationId, caller, responseId, reserved, actual } = error;
    const facts = { limit, conversationId, caller, responseId, reserved, actual };
    return { kind: "budget-broken", message, retryable: false, ...facts };
  }
  return { kind: kindOf(error), message, retryable: false };
}

function kindOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof TraceError) return error.code;
  if (error instanceof StoreError) return error.kind;
  if (error instanceof UsageError) return "usage";
  return error instanceof Cancelled ? "cancelled" : "unexpected";
}

function details(error: unknown): string[] {
  const lines: string[] = [];
  if (error instanceof ModelError) {
    const { kind, status, code, requestId, body } = error;
    for (const [name, value] of Object.entries({ kind, status, code, "request id": requestId, body })) {
      if (value !== undefined) lines.push(`  ${name}: ${value}`);
    }
  }
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    lines.push(
      ...`${depth === 0 ? "" : "caused by "}${at.stack ?? at.message}`.split("\n").map((line) => `  ${line}`),
    );
  }
  return lines;
}

function sentence(text: string): string {
  return /[.!?]\s*$/.test(text) ? text : `${text}.`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
