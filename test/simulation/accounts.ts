import type { Budget } from "../../src/conversation/budget.ts";

/** The limits that a conversation was given. Money is in pico-dollars. */
export interface Limits {
  readonly dollars?: number;
  readonly tokens?: number;
  readonly responses?: number;
  readonly toolCalls?: number;
  readonly wallTimeMs?: number;
}

/** What is used, and does not pass by itself. */
export type Countable = Exclude<keyof Limits, "wallTimeMs">;

/** Amounts by limit; what is absent is not touched. */
export type Amounts = Readonly<Partial<Record<Countable, number>>>;

const countable: readonly Countable[] = ["dollars", "tokens", "responses", "toolCalls"];

/** Limits as a conversation is given them. */
export function budgetOf({ dollars, ...limits }: Limits): Budget {
  return dollars === undefined ? limits : { ...limits, dollars: (dollars / 1e12).toFixed(12) };
}

/** When it is: the turn of the loop, and the milliseconds of the schedule's own clock. */
export interface Moment {
  readonly step: number;
  readonly ms: number;
}

/** What was known of a limit from some moment on. */
interface Mark {
  readonly step: number;
  /** At least so much was used, and at most. */
  readonly spent: number;
  readonly most: number;
  /** At least so much can be used by what is in flight. */
  readonly held: number;
  readonly inFlight: number;
}

/** What a conversation can have known of a limit lately. */
export interface Range {
  readonly spent: readonly [number, number];
  readonly held: readonly [number, number];
  /** At most so much of both together: what is in flight becomes what is spent, and is never both. */
  readonly used: number;
}

/** One limit: what was used of it, by what the provider knows. */
export class Line {
  readonly name: Countable;
  readonly allowed: number;
  /** By so much providers billed more than they promised. */
  excess = 0;
  #now: Mark = { step: 0, spent: 0, most: 0, held: 0, inFlight: 0 };
  #marks: Mark[] = [this.#now];

  constructor(name: Countable, allowed: number) {
    this.name = name;
    this.allowed = allowed;
  }

  get spent(): number {
    return this.#now.spent;
  }

  /** What can have been used at most, by what a conversation is told. */
  get most(): number {
    return this.#now.most;
  }

  /** What is used when all that is in flight uses what it may. */
  get worst(): number {
    return this.#now.spent + this.#now.held;
  }

  change(step: number, by: Partial<Omit<Mark, "step">>): void {
    const { spent, most, held, inFlight } = this.#now;
    this.#now = {
      step,
      spent: spent + (by.spent ?? 0),
      most: most + (by.most ?? by.spent ?? 0),
      held: held + (by.held ?? 0),
      inFlight: inFlight + (by.inFlight ?? 0),
    };
    this.#forget(step);
    this.#marks.push(this.#now);
  }

  /** What was true at some time in this turn of the loop or the last: what is thrown is caught a little later. */
  lately(step: number): Range {
    this.#forget(step);
    const one = this.#marks;
    const spent = [
      Math.min(...one.map((mark) => mark.spent)),
      Math.max(...one.map(({ most }) => most)),
    ] as const;
    const least = Math.min(...one.map(({ held }) => held));
    // What was held for tokens and dollars is known to the conversation only.
    if (this.name === "dollars" || this.name === "tokens") {
      const most = one.some(({ inFlight }) => inFlight > 0) ? Infinity : 0;
      return { spent, held: [least, most], used: Infinity };
    }
    const most = this.#heldAtMost();
    const [first] = one as [Mark];
    return { spent, held: [least, most], used: this.name === "responses" ? first.most + most : Infinity };
  }

  /** Of answers, each is one; who waits for it hears only some promises later that it is over, and holds it until then. */
  #heldAtMost(): number {
    let before = 0;
    let most = 0;
    for (const { held } of this.#marks) {
      most += Math.max(0, held - before);
      before = held;
    }
    return most;
  }

  #forget(step: number): void {
    while ((this.#marks[1]?.step ?? Infinity) < step - 1) this.#marks.shift();
  }
}

/** One set of limits from when it was given, until another takes its place. What is in flight then stays with it. */
export class Account {
  readonly limits: Limits;
  readonly lines: readonly Line[];
  /** When it was given. */
  readonly from: Moment;
  /** The turn of the loop in which another took its place. */
  endedAt = Infinity;
  /** A call used more than it could, and the conversation knows: nothing more may be sent. */
  frozen = false;

  constructor(limits: Limits, from: Moment) {
    this.limits = limits;
    this.from = from;
    this.lines = countable.flatMap((name) => {
      const allowed = limits[name];
      return allowed === undefined ? [] : [new Line(name, allowed)];
    });
  }

  line(name: Countable): Line | undefined {
    return this.lines.find((line) => line.name === name);
  }

  /** From when on nothing may be sent. */
  get deadline(): number {
    return this.from.ms + (this.limits.wallTimeMs ?? Infinity);
  }

  /** Holds what a request can use, or gives it back. */
  hold({ step }: Moment, worst: Amounts, sign: 1 | -1): void {
    for (const line of this.lines) {
      const amount = worst[line.name];
      if (amount !== undefined) line.change(step, { held: sign * amount, inFlight: sign });
    }
  }

  /** Books what was used, and what at most can be known of it. Returns what is wrong then. */
  spend({ step }: Moment, used: Amounts, most: Amounts, worst: Amounts): string[] {
    const wrong: string[] = [];
    for (const line of this.lines) {
      const { name, allowed } = line;
      const amount = used[name];
      if (amount === undefined) continue;
      line.change(step, { spent: amount, most: most[name] ?? Infinity });
      line.excess += Math.max(0, amount - (worst[name] ?? Infinity));
      if (line.spent > allowed + line.excess)
        wrong.push(`${line.spent} of ${allowed} ${name} spent, ${line.excess} beyond what was promised`);
    }
    return wrong;
  }

  /** What would be passed if all that is in flight used what it may. */
  passed(): string[] {
    return this.lines
      .filter((line) => line.worst > line.allowed)
      .map(({ worst, allowed, name }) => `${worst} of ${allowed} ${name}`);
  }
}
