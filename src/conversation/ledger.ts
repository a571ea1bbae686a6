import { BudgetBroken, BudgetExceeded, type BudgetLimit } from "../llm/errors.ts";
import type { Cost } from "../llm/money.ts";
import { addAnswer, addCut, addToolUse, noUsage, type TotalUsage } from "../llm/total.ts";
import type { Usage } from "../llm/usage.ts";
import { amountOf, type BudgetState, type Limits } from "./budget.ts";

/** What is reserved before it is used. Wall time passes by itself. */
export type Reservable = Exclude<BudgetLimit, "wallTimeMs">;

/** Amounts by limit, each in its smallest unit; a limit that is absent is not touched. */
export type Amounts = Readonly<Partial<Record<Reservable, bigint>>>;

/** Who made a call, and which answer it was. */
export interface CallName {
  readonly caller: string;
  readonly responseId: string;
}

/** By so much a cost may pass its bound without anything being wrong: providers that bill in dollars round them. */
const ROUNDING: Readonly<Record<Reservable, bigint>> = {
  dollars: 1_000_000n, // a millionth of a dollar
  tokens: 0n,
  responses: 0n,
  toolCalls: 0n,
};

/** One limit. `spent + reserved <= allowed` after each reservation, and spending replaces what was reserved for it. */
interface Line {
  readonly name: Reservable;
  readonly allowed: bigint;
  spent: bigint;
  reserved: bigint;
}

/** A time from which on nothing may be done. */
export interface Deadline {
  readonly conversationId: string;
  /** Both in milliseconds, by a clock that never jumps. */
  readonly from: number;
  readonly allowedMs: number;
}

/**
 * One set of limits, and what was used of them. A reset opens a new one; what is in flight then stays with the limits
 * that it was reserved under.
 */
class Book {
  readonly conversationId: string;
  readonly lines: readonly Line[];
  readonly deadline: Deadline | undefined;
  /** The call that used more than it could: nothing is reserved any more. */
  broken: BudgetBroken | undefined;

  constructor(conversationId: string, limits: Limits, now: number) {
    const lines: Line[] = [];
    for (const [name, allowed] of limits) {
      if (name !== "wallTimeMs") lines.push({ name, allowed, spent: 0n, reserved: 0n });
      else this.deadline = { conversationId, from: now, allowedMs: Number(allowed) };
    }
    this.conversationId = conversationId;
    this.lines = lines;
  }
}

const none: readonly Line[] = [];
const noBooks: readonly Book[] = [];

/** What is held for one attempt, on the whole chain of ancestors. It ends once: settled, charged or released. */
export class Reservation {
  readonly #books: readonly Book[];
  readonly #amounts: Amounts;
  #open = true;

  /**
   * @param checked whether there has to be room for them.
   * @throws BudgetExceeded, BudgetBroken; then nothing is held.
   */
  constructor(books: readonly Book[], amounts: Amounts, checked = true) {
    for (const { broken } of books) if (checked && broken !== undefined) throw broken;
    if (checked) for (const book of books) check(book, amounts);
    for (const { lines } of books) for (const line of lines) line.reserved += amounts[line.name] ?? 0n;
    this.#books = books;
    this.#amounts = amounts;
  }

  /**
   * Holds the same for another attempt of the call, under the limits that it began with: others, which were given since,
   * may limit what its request was never bounded by.
   * @throws BudgetExceeded, BudgetBroken
   */
  again(): Reservation {
    return new Reservation(this.#books, this.#amounts);
  }

  /**
   * Replaces what was held by what was used. What `actual` does not say was not reported, and is charged as reserved.
   * More than was held freezes the budget of the eldest that limits it.
   * @returns how the budget was broken, if it was.
   */
  settle(actual: Amounts, call: CallName): BudgetBroken | undefined {
    this.#end();
    let broken: { readonly book: Book; readonly error: BudgetBroken } | undefined;
    for (const book of this.#books) {
      for (const line of book.lines) {
        const { name } = line;
        const { [name]: held } = this.#amounts;
        if (held === undefined) continue;
        const used = actual[name] ?? held;
        line.reserved -= held;
        line.spent += used;
        if (used > held + ROUNDING[name] && (name === "dollars" || name === "tokens")) {
          const { conversationId } = book;
          const facts = { limit: name, conversationId, ...call, reserved: held, actual: used };
          // The eldest comes last, and freezes those below with it.
          broken = { book, error: new BudgetBroken(facts) };
        }
      }
    }
    if (broken !== undefined) broken.book.broken = broken.error;
    return broken?.error;
  }

  /** Gives everything back: it is certain that nothing was used. */
  release(): void {
    this.#end();
    for (const { lines } of this.#books)
      for (const line of lines) line.reserved -= this.#amounts[line.name] ?? 0n;
  }

  #end(): void {
    if (!this.#open) throw new TypeError("a reservation ends once");
    this.#open = false;
  }
}

/**
 * The book of one conversation, and through its parent that of all ancestors: what was used, as it was reported, and
 * where limits are, what of them is spent and held. Pure: it knows no clock and waits for nothing, so that each of its
 * steps is done on the whole chain, or on none of it.
 *
 * A limit is never passed: a call is sent only after its worst case was reserved, and is charged no more than that. This
 * rests on the bounds of {@link worstCase}. A call that breaks one is found when it is settled, and freezes the budget.
 */
export class Ledger {
  readonly #parent: Ledger | undefined;
  #total: TotalUsage = noUsage;
  #book: Book | undefined;

  constructor(parent: Ledger | undefined) {
    this.#parent = parent;
  }

  /** What was used, as far as it is known. */
  get total(): TotalUsage {
    return this.#total;
  }

  /** Whether there is any limit here or at an ancestor. */
  get limited(): boolean {
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      if (at.#book !== undefined) return true;
    }
    return false;
  }

  /** Sets the limits of this conversation, of which nothing is used yet; ancestors keep theirs. */
  limit(conversationId: string, limits: Limits, now: number): void {
    this.#book = limits.size === 0 ? undefined : new Book(conversationId, limits, now);
  }

  /** How much can be reserved here and at every ancestor; undefined where nobody limits it. */
  left(name: Reservable): bigint | undefined {
    let least: bigint | undefined;
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      for (const line of at.#book?.lines ?? none) {
        if (line.name !== name) continue;
        const left = line.allowed - line.spent - line.reserved;
        if (least === undefined || left < least) least = left;
      }
    }
    return least;
  }

  /** The deadline that comes first, here or at an ancestor. */
  deadline(): Deadline | undefined {
    let first: Deadline | undefined;
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      const deadline = at.#book?.deadline;
      if (deadline === undefined) continue;
      if (first === undefined || deadline.from + deadline.allowedMs < first.from + first.allowedMs) {
        first = deadline;
      }
    }
    return first;
  }

  /**
   * Holds these amounts here and at every ancestor, or nothing anywhere.
   * @throws BudgetExceeded for the first limit without room, from this conversation upwards; BudgetBroken.
   */
  reserve(amounts: Amounts): Reservation {
    return new Reservation(this.#books(), amounts);
  }

  /** Holds these amounts that were held before, as a journal tells: there was room for them then. */
  restore(amounts: Amounts): Reservation {
    return new Reservation(this.#books(), amounts, false);
  }

  /** The limits here and at every ancestor, from below. */
  #books(): readonly Book[] {
    let books: readonly Book[] = noBooks;
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      // Kept while the call is under way: an array that grows has room for many more.
      if (at.#book !== undefined) books = books === noBooks ? [at.#book] : [...books, at.#book];
    }
    return books;
  }

  /**
   * Counts tools that are about to be run: all of them here and at every ancestor, or none. They are not given back.
   * @throws BudgetExceeded when not all of them may be run; then none is counted. BudgetBroken.
   */
  reserveToolCalls(count: number): void {
    if (this.limited) {
      this.reserve({ toolCalls: BigInt(count) }).settle({}, { caller: "", responseId: "" });
    }
  }

  /** Books an answer: the facts, for reports. */
  addAnswer(usage: Usage, cost: Cost): void {
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      at.#total = addAnswer(at.#total, usage, cost);
    }
  }

  /** Books what is known of an answer that was cut: the facts, for reports. */
  addCut(usage: Usage, cost: Cost): void {
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      at.#total = addCut(at.#total, usage, cost);
    }
  }

  /** Counts a call of a tool: the fact, for reports. */
  countTool(name: string): void {
    for (let at: Ledger | undefined = this; at !== undefined; at = at.#parent) {
      at.#total = addToolUse(at.#total, name);
    }
  }

  /** Where the limits of this conversation stand. */
  state(now: number): BudgetState {
    const book = this.#book;
    const entry = (name: BudgetLimit, allowed: bigint, spent: bigint, reserved: bigint): [string, object] => {
      const left = allowed - spent - reserved;
      const amounts = { limit: allowed, spent, reserved, left: left < 0n ? 0n : left };
      return [name, Object.fromEntries(Object.entries(amounts).map(([key, n]) => [key, amountOf(name, n)]))];
    };
    const lines = (book?.lines ?? []).map((line) =>
      entry(line.name, line.allowed, line.spent, line.reserved),
    );
    if (book?.deadline !== undefined) {
      const { from, allowedMs } = book.deadline;
      lines.push(entry("wallTimeMs", BigInt(allowedMs), BigInt(Math.floor(now - from)), 0n));
    }
    return Object.fromEntries(lines) as BudgetState;
  }
}

/** @throws BudgetExceeded where a book has not room for all of this. */
function check({ conversationId, lines }: Book, amounts: Amounts): void {
  for (const { name, allowed, spent, reserved } of lines) {
    const { [name]: amount } = amounts;
    if (amount !== undefined && spent + reserved + amount > allowed)
      throw new BudgetExceeded({ limit: name, conversationId, allowed, spent, reserved, needed: amount });
  }
}
