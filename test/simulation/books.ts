import { cost as priced, isFree, type Cost, type Prices } from "../../src/llm/money.ts";
import type { TotalUsage } from "../../src/llm/total.ts";
import { tokenClasses, unknownUsage, type Usage } from "../../src/llm/usage.ts";
import { Account, type Amounts, type Limits, type Moment } from "./accounts.ts";

const names = [...tokenClasses, "reasoning"] as const;

/** What the provider knows that a conversation and its descendants used: kept apart from the engine's own account. */
export class Books {
  readonly parent: Books | undefined;
  /** Every set of limits that it was given; the last one holds. */
  readonly accounts: Account[];
  readonly #now: () => Moment;
  #answers = 0;
  #cut = 0;
  #unreported = 0;
  #calls = 0;
  #known = true;
  #picodollars = 0n;
  readonly #tokens = new Array<number>(names.length).fill(0);

  constructor(parent: Books | undefined, limits: Limits, now: () => Moment) {
    this.parent = parent;
    this.#now = now;
    this.accounts = [new Account(limits, now())];
  }

  /** The limits that hold. */
  get account(): Account {
    return this.accounts.at(-1) as Account;
  }

  get limits(): Limits {
    return this.account.limits;
  }

  /** Other limits, of which nothing is used yet. */
  reset(limits: Limits): void {
    const now = this.#now();
    this.account.endedAt = now.step;
    this.accounts.push(new Account(limits, now));
  }

  /** This and all above it. */
  *chain(): Iterable<Books> {
    for (let at: Books | undefined = this; at !== undefined; at = at.parent) yield at;
  }

  /** The limits that hold here and above, where there are any. */
  inForce(): readonly Account[] {
    return [...this.chain()]
      .map(({ account }) => account)
      .filter(({ limits }) => Object.keys(limits).length > 0);
  }

  /** A request reaches the provider, which can use so much. */
  send(worst: Amounts): Passage {
    return new Passage(this, worst, this.#now);
  }

  answer(usage: Usage, cost: Cost): void {
    for (const books of this.chain()) {
      books.#answers++;
      books.#add(usage, cost);
      if (usage.source === "unknown") books.#unreported++;
    }
  }

  /** An attempt was cut that may have cost something; `begun` is what was reported, if its answer had begun. */
  cut(begun: Usage | undefined, prices: Prices | undefined): void {
    const usage = begun ?? unknownUsage;
    const cost = priced(usage, prices);
    const free = prices !== undefined && isFree(prices);
    for (const books of this.chain()) {
      books.#cut++;
      books.#add(usage, free ? { known: true, picodollars: 0n, dollars: 0 } : cost);
      if (!free) books.#known = false;
    }
  }

  call(): void {
    for (const books of this.chain()) books.#calls++;
  }

  /** Where the engine's account says something else. */
  differences(total: TotalUsage): string[] {
    const calls = Object.values(total.toolUses).reduce((sum, each) => sum + each, 0);
    const picodollars = total.cost.known ? total.cost.picodollars : total.cost.atLeast;
    const rows: [string, unknown, unknown][] = [
      ...names.map((name, at): [string, number, number] => [name, total[name], this.#tokens[at] as number]),
      ["responses", total.responses, this.#answers],
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

/** A request on its way, and the limits that it counts in: those that held when it was sent. */
export class Passage {
  /** What it can use while its provider keeps its promises. */
  readonly worst: Amounts;
  readonly accounts: readonly Account[];
  readonly #now: () => Moment;
  #held = false;

  constructor(books: Books, worst: Amounts, now: () => Moment) {
    this.worst = worst;
    this.#now = now;
    this.accounts = books.inForce();
    this.hold();
  }

  /** Which limits would be passed if all that is in flight used what it may, and which let nothing through at all. */
  passed(): string[] {
    return this.accounts.flatMap((account) => [
      ...account.passed(),
      ...(account.frozen ? ["it is frozen"] : []),
    ]);
  }

  /** Whether the time of some limit is over by now. */
  late(): boolean {
    return this.accounts.some(({ deadline }) => this.#now().ms > deadline);
  }

  /** It is over, or waits before another attempt. */
  end(): void {
    if (!this.#held) return;
    this.#held = false;
    for (const account of this.accounts) account.hold(this.#now(), this.worst, -1);
  }

  /** It is over and has used so much, of which at most `most` can be told from here. Returns what is wrong then. */
  spend(used: Amounts, most: Amounts): string[] {
    this.end();
    return this.accounts.flatMap((account) => account.spend(this.#now(), used, most, this.worst));
  }

  /** An attempt is made. */
  hold(): void {
    this.#held = true;
    for (const account of this.accounts) account.hold(this.#now(), this.worst, 1);
  }
}
