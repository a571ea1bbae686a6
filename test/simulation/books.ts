import { cost as priced, isFree, type Cost, type Prices } from "../../src/llm/money.ts";
import type { TotalUsage } from "../../src/llm/total.ts";
import { tokenClasses, unknownUsage, type Usage } from "../../src/llm/usage.ts";

/** The limits that a conversation was given. */
export interface Limits {
  readonly responses?: number;
}

/** What each limit counts: what was used and what is held for requests that are under way. */
const counted: { readonly [Limit in keyof Limits]-?: (books: Books) => number } = {
  responses: (books) => books.began + books.underWay,
};

const names = [...tokenClasses, "reasoning"] as const;

/** What the provider knows that a conversation and its descendants used: kept apart from the engine's own account. */
export class Books {
  readonly parent: Books | undefined;
  readonly limits: Limits;
  answers = 0;
  /** Answers that began, those that were cut among them. */
  began = 0;
  underWay = 0;
  #cut = 0;
  #unreported = 0;
  #calls = 0;
  #known = true;
  #picodollars = 0n;
  readonly #tokens = new Array<number>(names.length).fill(0);

  constructor(parent: Books | undefined, limits: Limits) {
    this.parent = parent;
    this.limits = limits;
  }

  /** This and all above it. */
  *chain(): Iterable<Books> {
    for (let at: Books | undefined = this; at !== undefined; at = at.parent) yield at;
  }

  /** A request reached the provider. Returns which limits are passed with it. */
  begin(): string[] {
    const passed: string[] = [];
    for (const books of this.chain()) {
      books.underWay++;
      for (const limit of Object.keys(books.limits) as (keyof Limits)[]) {
        const allowed = books.limits[limit];
        const used = counted[limit](books);
        if (allowed !== undefined && used > allowed) passed.push(`${used} of ${allowed} ${limit}`);
      }
    }
    return passed;
  }

  /** A request that waited before another attempt goes on: whether it may is the engine's to say, just now. */
  resume(): void {
    for (const books of this.chain()) books.underWay++;
  }

  /** The request is over, or waits before another attempt. */
  end(): void {
    for (const books of this.chain()) books.underWay--;
  }

  answer(usage: Usage, cost: Cost): void {
    for (const books of this.chain()) {
      books.answers++;
      books.began++;
      books.#add(usage, cost);
      if (usage.source === "unknown") books.#unreported++;
    }
  }

  /** An attempt was cut that may have cost something; `begun` is what was reported, if its answer had begun. */
  cut(begun: Usage | undefined, prices: Prices): void {
    const usage = begun ?? unknownUsage;
    const cost = priced(usage, prices);
    for (const books of this.chain()) {
      books.#cut++;
      if (begun !== undefined) books.began++;
      books.#add(usage, isFree(prices) ? { known: true, picodollars: 0n, dollars: 0 } : cost);
      if (!isFree(prices)) books.#known = false;
    }
  }

  call(): void {
    for (const books of this.chain()) books.#calls++;
  }

  /** Whether any limit above leaves no room for another request. */
  get full(): boolean {
    for (const { limits, began, underWay } of this.chain())
      if (limits.responses !== undefined && began + underWay >= limits.responses) return true;
    return false;
  }

  /** Whether a limit above is this one. */
  allows(limit: number): boolean {
    return [...this.chain()].some(({ limits }) => limits.responses === limit);
  }

  /** Where the engine's account says something else. */
  differences(total: TotalUsage): string[] {
    const calls = Object.values(total.toolUses).reduce((sum, each) => sum + each, 0);
    const picodollars = total.cost.known ? total.cost.picodollars : total.cost.atLeast;
    const rows: [string, unknown, unknown][] = [
      ...names.map((name, at): [string, number, number] => [name, total[name], this.#tokens[at] as number]),
      ["responses", total.responses, this.answers],
      ["unreported", total.unreported, this.#unreported + this.#cut],
      ["tool calls", calls, this.#calls],
      ["pico-dollars", picodollars, this.#picodollars],
      ["known", total.cost.known, this.#known],
    ];
    return rows
      .filter(([, booked, reported]) => booked !== reported)
      .map(([what, booked, reported]) => `${what}: ${String(booked)} booked, ${String(reported)} reported`);
  }

  #add(usage: Usage, cost: Cost): void {
    for (const [at, name] of names.entries()) this.#tokens[at] = (this.#tokens[at] as number) + usage[name];
    this.#picodollars += cost.known ? cost.picodollars : cost.atLeast;
    if (!cost.known) this.#known = false;
  }
}
