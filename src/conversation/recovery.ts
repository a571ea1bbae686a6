import { History } from "../llm/history.ts";
import {
  toolCalls,
  type Message,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from "../llm/message.ts";
import { isFree, noCost, unknownCost } from "../llm/money.ts";
import type { StopReason } from "../llm/response.ts";
import { unknownUsage } from "../llm/usage.ts";
import type { ModelInfo } from "../providers/model.ts";
import { readBudget, type Budget } from "./budget.ts";
import type { BeginEntry, CallEndEntry, JournalEntry, ToolCallsEntry } from "./journal.ts";
import { readAmounts, readCost, readUsage, usageJson } from "./journal-json.ts";
import { Ledger, type Reservation } from "./ledger.ts";
import { costJson } from "./to-json.ts";
import { isPaused, Transcript } from "./transcript.ts";

/** A call of a tool that was open when the process ended. */
export interface InterruptedCall {
  readonly id: string;
  readonly name: string;
  /** `waiting`: it had not begun; `unknown`: it had, and nobody knows its end; `finished`: its result is kept. */
  readonly state: "waiting" | "unknown" | "finished";
}

/** What a process was doing when it ended. */
export interface Interruption {
  /** A turn was under way. */
  readonly turn: boolean;
  /** A request was under way; it is charged at what was held for it. */
  readonly request: boolean;
  readonly calls: readonly InterruptedCall[];
  /** Why the last answer stopped, where nothing was said since. */
  readonly stopReason?: StopReason;
}

/** A conversation as a journal tells of it. */
export interface Recovered {
  readonly id: string;
  readonly transcript: Transcript;
  readonly ledger: Ledger;
  readonly budget: Budget | undefined;
  /** The system prompt that it was last asked with. */
  readonly system: readonly TextPart[];
  /** Attempts of requests that the journal has. */
  readonly attempts: number;
  readonly interrupted: Interruption | undefined;
  /**
   * What the journal needs so that it is not interrupted once more: an end for each attempt that has none, and what went
   * back into the budget.
   */
  readonly mending: readonly JournalEntry[];
  /** The last conversation right below this one that had a purpose. */
  readonly below: (purpose: string) => Recovered | undefined;
}

/**
 * Makes a conversation from its journal: pure, and the same from the same entries. Attempts without an end are charged
 * at their reservation; time that a budget allows counts from now.
 *
 * @param which the conversation that goes on; the first by default.
 * @returns undefined where the journal does not have it.
 */
export function recover(
  entries: readonly JournalEntry[],
  which: string | undefined,
  model: ModelInfo,
  now: number,
): Recovered | undefined {
  const all = new Map<string, State>();
  for (const entry of entries) {
    const { conversation: id } = entry;
    // Where the beginning is lost, the rest is worth keeping.
    let state = all.get(id);
    if (state === undefined) all.set(id, (state = new State(id, all, entry, now)));
    state.add(entry, now);
  }
  const at = entries.at(-1)?.at ?? 0;
  const mending = [...all.values()].flatMap((state) =>
    state.settle(model).map((each) => ({ ...each, conversation: state.id, at })),
  );
  const state = which === undefined ? all.values().next().value : all.get(which);
  return state?.recovered(model, mending, [...all.values()]);
}

/**
 * The history of a journal's first conversation as it was behind its n-th message, from 1; as it is, without a number.
 * Undefined where there is no such message.
 */
export function historyAt(entries: readonly JournalEntry[], at?: number): readonly Message[] | undefined {
  const [first] = entries;
  if (first === undefined || (at !== undefined && at < 1)) return undefined;
  const all = new Map<string, State>();
  const state = new State(first.conversation, all, first, 0);
  let said = state.history.length;
  if (at !== undefined && at < said) return state.history.toArray().slice(0, at);
  for (const entry of entries) {
    if (entry.conversation !== first.conversation) continue;
    if (said === at) break;
    state.add(entry, 0);
    if (entry.type === "message") said++;
  }
  return at === undefined || said === at ? state.transcript().history.toArray() : undefined;
}

/** What one conversation came to so far. */
class State {
  readonly id: string;
  readonly ledger: Ledger;
  history: History;
  readonly #parent: string | undefined;
  readonly #purpose: string | undefined;
  #budget: Budget | undefined;
  #system: readonly TextPart[];
  #calls = new Map<number, Reservation | undefined>();
  #attempts = 0;
  #known = new Map<string, ToolResultPart | "started">();
  /** Calls of the last answer that were taken out of the budget. */
  #counted: { readonly count: number; readonly held: Reservation } | undefined;
  #turn = false;
  #request = false;
  /** Why the last message stopped, where it is an answer. */
  #stopReason: StopReason | undefined;
  /** The last answer: what it used, who gave it, and the history with it. */
  #answer: { readonly end: CallEndEntry; readonly history: History } | undefined;
  #ended: CallEndEntry | undefined;

  constructor(id: string, all: ReadonlyMap<string, State>, first: JournalEntry, now: number) {
    this.id = id;
    const begin: Partial<BeginEntry> = first.type === "begin" ? first : {};
    const { parent, from, messages, budget, purpose, system = [] } = begin;
    this.#parent = parent;
    this.#purpose = purpose;
    this.#system = system;
    this.ledger = new Ledger(parent === undefined ? undefined : all.get(parent)?.ledger);
    const origin = from === undefined ? undefined : all.get(from.conversation);
    this.history =
      origin === undefined ? History.of(messages ?? []) : upTo(origin.history, from?.length ?? 0);
    if (budget !== undefined) this.#limit(budget, now);
  }

  add(entry: JournalEntry, now: number): void {
    switch (entry.type) {
      case "begin":
        return;
      case "message":
        this.#count(0);
        this.history = this.history.append(entry.message);
        this.#known = new Map();
        this.#stopReason = entry.stopReason;
        if (entry.message.role === "assistant" && this.#ended !== undefined) {
          this.#answer = { end: this.#ended, history: this.history };
        }
        this.#ended = undefined;
        return;
      case "call-start":
        this.#attempts = Math.max(this.#attempts, entry.call);
        this.#calls.set(entry.call, entry.reserved && this.ledger.restore(readAmounts(entry.reserved)));
        return;
      case "call-end":
        this.#end(entry);
        return;
      case "budget":
        this.#limit(entry.budget, now);
        return;
      case "system":
        this.#system = entry.system;
        return;
      case "turn-start":
      case "turn-end":
        this.#turn = entry.type === "turn-start";
        return;
      case "tool-calls": {
        const { count } = entry;
        this.#count(Math.max(0, -count));
        if (count > 0) this.#counted = { count, held: this.ledger.restore({ toolCalls: BigInt(count) }) };
        return;
      }
      case "tool-start":
        this.#known.set(entry.callId, "started");
        this.ledger.countTool(entry.name);
        return;
      case "tool-result": {
        const { callId, name = "" } = entry.result;
        if (!this.#known.has(callId)) this.ledger.countTool(name);
        this.#known.set(callId, entry.result);
        return;
      }
      case "compaction": {
        const kept = entry.kept === 0 ? [] : this.history.toArray().slice(-entry.kept);
        this.history = History.of([...entry.messages, ...kept]);
        this.#answer = undefined;
        return;
      }
    }
  }

  transcript(): Transcript {
    return Transcript.of(this.history);
  }

  /** Charges what was under way, and says so; calls that never began go back into the budget. */
  settle(model: ModelInfo): (CallEndEntry | ToolCallsEntry)[] {
    const ends = [...this.#calls.keys()].map((call): CallEndEntry => {
      const free = model.prices !== undefined && isFree(model.prices);
      const cost = free ? noCost : unknownCost("the process ended while a request was under way", 0n);
      return { type: "call-end", call, how: "cut", usage: usageJson(unknownUsage), cost: costJson(cost) };
    });
    for (const end of ends) this.#end(end);
    this.#request = ends.length > 0;
    const waiting = this.#openCalls().filter(({ id }) => !this.#known.has(id)).length;
    const never = Math.min(this.#counted?.count ?? 0, waiting);
    this.#count(never);
    return never > 0 ? [...ends, { type: "tool-calls", count: -never }] : ends;
  }

  /** @param never how many of the calls that were counted went back. */
  #count(never: number): void {
    const { count = 0, held } = this.#counted ?? {};
    this.#counted = undefined;
    held?.settle({ toolCalls: BigInt(Math.max(0, count - never)) }, nobody);
  }

  /** @param all the states of the journal, oldest first. */
  recovered(model: ModelInfo, mending: readonly JournalEntry[], all: readonly State[]): Recovered {
    const transcript = this.transcript();
    const calls = this.#openCalls();
    if (calls.length > 0) transcript.known = this.#known;
    const { last } = this.history;
    transcript.paused = last?.role === "assistant" && isPaused(last, this.#stopReason);
    this.#remember(transcript, model);
    return {
      id: this.id,
      transcript,
      ledger: this.ledger,
      budget: this.#budget,
      system: this.#system,
      attempts: this.#attempts,
      interrupted: this.#interruption(calls),
      mending,
      // Whoever goes on with the oldest has the journal mended for all.
      below: (purpose) =>
        all
          .findLast((state) => state.#parent === this.id && state.#purpose === purpose)
          ?.recovered(model, [], all),
    };
  }

  /** What the last answer used, where nothing was said since and the same model is asked again. */
  #remember(transcript: Transcript, model: ModelInfo): void {
    const { end, history } = this.#answer ?? {};
    const { last } = this.history;
    if (end?.usage === undefined || history !== this.history || last === undefined) return;
    if (end.model !== `${model.provider}/${model.name}`) return;
    const usage = readUsage(end.usage);
    transcript.lastUsage = usage;
    // The tools that it was asked with are not known: those of now count once more.
    transcript.remember({ model, system: undefined, tools: undefined }, last, usage);
  }

  #interruption(calls: readonly ToolCallPart[]): Interruption | undefined {
    const turn = this.#turn;
    const request = this.#request;
    if (!turn && !request && calls.length === 0) return undefined;
    const stopReason = this.#stopReason;
    return {
      turn,
      request,
      ...(stopReason !== undefined && { stopReason }),
      calls: calls.map(({ id, name }) => ({ id, name, state: stateOf(this.#known.get(id)) })),
    };
  }

  #openCalls(): readonly ToolCallPart[] {
    const { last } = this.history;
    return last?.role === "assistant" ? toolCalls(last) : [];
  }

  #limit(budget: Budget, now: number): void {
    this.#budget = budget;
    this.ledger.limit(this.id, readBudget(budget), now);
  }

  #end(entry: CallEndEntry): void {
    const { call, how, usage, cost, charged } = entry;
    const reservation = this.#calls.get(call);
    this.#calls.delete(call);
    if (how === "free") reservation?.release();
    else {
      reservation?.settle(readAmounts(charged), { caller: this.id, responseId: "" });
      if (usage !== undefined && cost !== undefined) {
        if (how === "answered") this.ledger.addAnswer(readUsage(usage), readCost(cost));
        else this.ledger.addCut(readUsage(usage), readCost(cost));
      }
    }
    this.#ended = how === "answered" ? entry : undefined;
  }
}

const nobody = { caller: "", responseId: "" };

function stateOf(known: ToolResultPart | "started" | undefined): InterruptedCall["state"] {
  return known === undefined ? "waiting" : known === "started" ? "unknown" : "finished";
}

/** The list that a history was when it had so many messages. */
function upTo(history: History, length: number): History {
  let at = history;
  while (at.length > length && at.parent !== undefined) at = at.parent;
  return at;
}
