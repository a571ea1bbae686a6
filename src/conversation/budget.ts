import { ConfigurationError, type BudgetLimit } from "../llm/errors.ts";
import { decimal, knownCost, type Cost } from "../llm/money.ts";

/**
 * Limits of a conversation and all its descendants together. None is ever passed: what a call can use at most is held
 * before it is sent, here and at every ancestor, and given back when it is known what it did use.
 */
export interface Budget {
  /** Dollars, exact to 10^-12: `0.5` or `"0.50"`. Only models whose prices are known can be asked. */
  readonly dollars?: number | string;
  /** Tokens, in and out, of whatever cache. */
  readonly tokens?: number;
  /** Answers that may begin. */
  readonly responses?: number;
  /** Calls of tools that may be run: all those of an answer, or none of them. */
  readonly toolCalls?: number;
  /**
   * Milliseconds from the creation of the conversation, or from when it goes on from a journal. What is in flight by
   * then is stopped: requests, and tools that a turn runs.
   */
  readonly wallTimeMs?: number;
}

/** The limits of a budget, in the order in which they are looked at, each in its smallest unit. */
export type Limits = ReadonlyMap<BudgetLimit, bigint>;

/** A sum of money, exact, and as a number of dollars for people. */
type Money = Extract<Cost, { readonly known: true }>;

/** Where one limit stands. */
export interface LimitState<Amount> {
  readonly limit: Amount;
  readonly spent: Amount;
  /** Held for calls in flight. */
  readonly reserved: Amount;
  /** What can still be reserved; never below zero. Ancestors may have less. */
  readonly left: Amount;
}

/** Where each limit of a conversation's own budget stands; limits that it has not are absent. */
export interface BudgetState {
  readonly dollars?: LimitState<Money>;
  readonly tokens?: LimitState<number>;
  readonly responses?: LimitState<number>;
  readonly toolCalls?: LimitState<number>;
  readonly wallTimeMs?: LimitState<number>;
}

/** An amount of the smallest unit as a {@link BudgetState} says it. */
export function amountOf(name: BudgetLimit, amount: bigint): Money | number {
  return name === "dollars" ? (knownCost(amount) as Money) : Number(amount);
}

const names: readonly BudgetLimit[] = ["dollars", "tokens", "responses", "toolCalls", "wallTimeMs"];

/**
 * Reads what a caller gave as a budget. A limit that we do not know is refused: it would be taken for one that holds.
 * @throws ConfigurationError `invalid-option`
 */
export function readBudget(budget: Budget): Limits {
  for (const name of Object.keys(budget)) {
    if (!(names as readonly string[]).includes(name)) {
      throw invalid(`budget.${name} is no limit; there are ${names.join(", ")}`);
    }
  }
  const limits = new Map<BudgetLimit, bigint>();
  for (const name of names) {
    const value = budget[name];
    if (value === undefined) continue;
    limits.set(name, name === "dollars" ? dollars(value) : whole(name, value));
  }
  return limits;
}

function dollars(value: number | string): bigint {
  const text = String(value);
  try {
    if (typeof value === "string" || /^\d+(?:\.\d{1,12})?$/.test(text)) return decimal(text, 12);
    // What sums of numbers leave behind (0.1 + 0.2), and small ones, which are written with an exponent.
    if (typeof value === "number" && value >= 0 && value < 1e9) return decimal(value.toFixed(12), 12);
  } catch {
    // It is told below.
  }
  throw invalid(
    `budget.dollars must be a decimal number such as 0.5 or "0.50", not ${JSON.stringify(value)}`,
  );
}

function whole(name: BudgetLimit, value: number | string): bigint {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw invalid(`budget.${name} must be a whole number, not ${String(value)}`);
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError("invalid-option", message);
}
