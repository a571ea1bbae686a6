/*
 * A conversation in the simplest words that tell all of it: who said what, which calls are open, what is under way, what
 * was used. Nothing here waits, and nothing is shared with the engine.
 */

/** What each answer of the played provider uses. */
export const PER_ANSWER = { input: 10, output: 5, picodollars: 10n * 3_000_000n + 5n * 15_000_000n };

export interface Said {
  readonly role: "user" | "assistant";
  /** What was said, and of each result how it ended, in words. */
  readonly words: string;
  readonly calls: readonly string[];
}

/** What can be limited here. */
export interface Limits {
  readonly responses?: number;
  readonly toolCalls?: number;
}

/** Limits, and what was used of them. What is in flight stays with those that it began under. */
export interface Account {
  readonly limits: Limits;
  responses: number;
  held: number;
  toolCalls: number;
}

type Leave = "asked" | "allowed" | "denied" | "stopped" | "runs";

export interface ModelCall {
  readonly id: string;
  leave: Leave;
  /** How it ended, once it is over. */
  result?: string;
}

export type Busy =
  | { readonly kind: "send" | "turn"; readonly phase: "asked"; readonly held: readonly Account[] }
  | {
      readonly kind: "turn" | "tools";
      readonly phase: "calls";
      readonly calls: readonly ModelCall[];
      runs: boolean;
    };

export interface Totals {
  responses: number;
  unreported: number;
  toolCalls: number;
}

/** How what somebody began came to its end. */
export type End = "done" | "failed" | "cancelled" | "budget" | "busy" | "invalid-option";

/** Whether somebody is asked about a call, by its id. */
const asking = new Map<string, boolean>();

/** A conversation as it should be. */
export class Modelled {
  readonly parent: Modelled | undefined;
  history: readonly Said[];
  busy: Busy | undefined;
  account: Account;
  readonly totals: Totals = { responses: 0, unreported: 0, toolCalls: 0 };
  readonly ends: End[] = [];

  constructor(parent: Modelled | undefined, history: readonly Said[], limits: Limits) {
    this.parent = parent;
    this.history = history;
    this.account = accountOf(limits);
  }

  get last(): Said | undefined {
    return this.history.at(-1);
  }

  /** The calls that have no result yet. */
  get open(): readonly string[] {
    return this.last?.role === "assistant" ? this.last.calls : [];
  }

  reset(limits: Limits): void {
    this.account = accountOf(limits);
  }

  /** The user says something; calls that are open are closed before it. */
  say(words: string, results: readonly ModelCall[] = []): void {
    const closed = this.open.map((id) => {
      const { result = "not run" } = results.find((call) => call.id === id) ?? {};
      return `${id} ${result}`;
    });
    const all = [...closed, ...(words === "" ? [] : [words])].join(" | ");
    this.history = [...this.history, { role: "user", words: all, calls: [] }];
  }

  /** Begins a send or a turn; `said` is absent where the history is to be sent as it is. */
  begin(kind: "send" | "turn", said: string | undefined): void {
    if (this.busy !== undefined) return void this.ends.push("busy");
    if (said !== undefined) this.say(said);
    // A turn goes on from where the history is.
    else if (kind === "turn" && this.open.length > 0) {
      return this.call(
        kind,
        this.open.map((id) => ({ id, asks: asking.get(id) === true })),
      );
    }
    this.ask(kind);
  }

  ask(kind: "send" | "turn"): void {
    this.busy = undefined;
    if (this.last?.role !== "user") return void this.ends.push("invalid-option");
    const held = this.accounts();
    const full = held.some(
      ({ limits, responses, held: inFlight }) => responses + inFlight >= (limits.responses ?? Infinity),
    );
    if (full) return void this.ends.push("budget");
    for (const account of held) account.held++;
    this.busy = { kind, phase: "asked", held };
  }

  /** The provider answers. */
  answered(words: string, calls: readonly { readonly id: string; readonly asks: boolean }[]): void {
    const { kind, held } = this.#asked();
    for (const account of held) {
      account.held--;
      account.responses++;
    }
    this.#count({ responses: 1 });
    for (const { id, asks } of calls) asking.set(id, asks);
    this.history = [...this.history, { role: "assistant", words, calls: calls.map(({ id }) => id) }];
    this.busy = undefined;
    if (kind === "send" || calls.length === 0) this.ends.push("done");
    else this.call("turn", calls);
  }

  /** The provider says no, which costs nothing. */
  refused(): void {
    for (const account of this.#asked().held) account.held--;
    this.busy = undefined;
    this.ends.push("failed");
  }

  /** Calls are to be run, as soon as it is said of each whether it may. */
  call(kind: "turn" | "tools", calls: readonly { readonly id: string; readonly asks: boolean }[]): void {
    const modelled = calls.map(({ id, asks }): ModelCall => ({ id, leave: asks ? "asked" : "allowed" }));
    this.busy = { kind, phase: "calls", calls: modelled, runs: false };
    this.goOn();
  }

  /** Runs the calls that wait, and goes on with the results when they are all there. */
  goOn(): void {
    const { busy } = this;
    if (busy?.phase !== "calls") return;
    if (!busy.runs) {
      if (busy.calls.some(({ leave }) => leave === "asked")) return;
      if (!this.#reserve(busy.calls.length)) {
        // Who runs calls by hand is told, and has no results.
        if (busy.kind === "turn") this.#close("unbegun");
        this.busy = undefined;
        return void this.ends.push("budget");
      }
      this.#run(busy);
    }
    if (busy.calls.some(({ result }) => result === undefined)) return;
    this.say("", busy.calls);
    this.ask(busy.kind === "turn" ? "turn" : "send");
  }

  /** Ends what is under way, as the conversation's own `cancel` or an ancestor's does. */
  cancel(by: "own" | "ancestor"): void {
    const { busy } = this;
    if (busy === undefined || (by === "own" && busy.kind === "send")) return;
    if (busy.phase === "asked") {
      for (const account of busy.held) account.held--;
      // It was sent, and nobody knows what it cost.
      this.#count({ unreported: 1 });
      this.busy = undefined;
      return void this.ends.push("cancelled");
    }
    for (const call of busy.calls) stop(call);
    if (busy.kind === "tools") return this.goOn();
    this.#close("unbegun");
    this.busy = undefined;
    this.ends.push("cancelled");
  }

  /** The limits that hold, here and above. */
  accounts(): readonly Account[] {
    return [...this.chain()].map(({ account }) => account);
  }

  *chain(): Iterable<Modelled> {
    for (let at: Modelled | undefined = this; at !== undefined; at = at.parent) yield at;
  }

  cut(): void {
    this.#count({ unreported: 1 });
  }

  summed(responses: number): void {
    this.#count({ responses });
    for (const account of this.accounts()) account.responses += responses;
  }

  #asked(): Extract<Busy, { readonly phase: "asked" }> {
    if (this.busy?.phase !== "asked") throw new TypeError("nothing was asked");
    return this.busy;
  }

  #reserve(calls: number): boolean {
    const accounts = this.accounts();
    if (accounts.some(({ limits, toolCalls }) => toolCalls + calls > (limits.toolCalls ?? Infinity)))
      return false;
    for (const account of accounts) account.toolCalls += calls;
    return true;
  }

  /** All that never ran has a result, and the history too. */
  #close(result: string): void {
    if (this.busy?.phase !== "calls") return;
    const { calls, runs } = this.busy;
    for (const call of calls) call.result ??= result;
    if (!runs) this.#count({ toolCalls: calls.length });
    this.say("", calls);
  }

  #run(busy: Extract<Busy, { readonly phase: "calls" }>): void {
    busy.runs = true;
    this.#count({ toolCalls: busy.calls.length });
    for (const call of busy.calls) {
      if (call.leave === "allowed") call.leave = "runs";
      else call.result = call.leave === "denied" ? "denied" : "unbegun";
    }
  }

  #count(by: Partial<Totals>): void {
    for (const { totals } of this.chain()) {
      totals.responses += by.responses ?? 0;
      totals.unreported += by.unreported ?? 0;
      totals.toolCalls += by.toolCalls ?? 0;
    }
  }
}

/** One call is stopped; false where it is over already, or was stopped before. */
export function stop(call: ModelCall): boolean {
  if (call.result !== undefined || call.leave === "stopped") return false;
  if (call.leave === "runs") call.result = "cancelled";
  else call.leave = "stopped";
  return true;
}

function accountOf(limits: Limits): Account {
  return { limits, responses: 0, held: 0, toolCalls: 0 };
}
