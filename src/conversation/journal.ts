import type { Message, TextPart, ToolResultPart } from "../llm/message.ts";
import type { StopReason } from "../llm/response.ts";
import type { Usage } from "../llm/usage.ts";
import type { JsonValue } from "../llm/json.ts";
import type { ModelInfo } from "../providers/model.ts";
import type { Budget } from "./budget.ts";
import type { Reservable } from "./ledger.ts";
import type { TurnEnd } from "./next.ts";
import type { CostJson } from "./to-json.ts";

/**
 * Where a conversation and its descendants are written down as they happen: what an event tells of is durable before
 * the event is emitted, and a tool's start before the tool runs. Stores have one for each session; anything with this
 * shape will do.
 */
export interface Journal {
  /**
   * Writes entries behind all others: all of them or none. They are durable when it returns, or when the promise that
   * it returns settles. Once it has failed it goes on failing, so that nothing is written behind a gap.
   */
  append(entries: readonly JournalEntry[]): void | Promise<void>;
  /** What was written before, oldest first: the conversation that is made with it goes on from there. */
  readonly past?: readonly JournalEntry[];
  /** Which conversation of them goes on, the first by default; without a past, the id that a new one gets. */
  readonly conversation?: string;
}

/** Amounts of money (pico-dollars), tokens, answers and calls, as decimal texts: JSON has no whole numbers of any size. */
export type AmountsJson = Readonly<Partial<Record<Reservable, string>>>;

/** A usage as JSON can say it. */
export type UsageJson = Omit<Usage, "billed"> & { readonly billed?: string };

/** A conversation begins; its first entry. */
export interface BeginEntry {
  readonly type: "begin";
  /** The conversation that it reports to, for a child. */
  readonly parent?: string;
  /** Whose history it begins with, and how many messages of it, for a fork. */
  readonly from?: { readonly conversation: string; readonly length: number };
  /** The history that it begins with, where that is given. */
  readonly messages?: readonly Message[];
  readonly model: Pick<ModelInfo, "name" | "provider">;
  readonly system: readonly TextPart[];
  readonly budget?: Budget;
  readonly hidden?: true;
  /** What a child is there for. */
  readonly purpose?: string;
}

/** A message entered the history. */
export interface MessageEntry {
  readonly type: "message";
  readonly message: Message;
  /** Why it stopped, for an answer. */
  readonly stopReason?: StopReason;
}

/** An attempt of a request is about to be sent, with so much held for it. */
export interface CallStartEntry {
  readonly type: "call-start";
  /** Counts the attempts of the conversation, from 1. */
  readonly call: number;
  /** Absent where nothing is limited. */
  readonly reserved?: AmountsJson;
}

/** What an attempt came to. */
export interface CallEndEntry {
  readonly type: "call-end";
  readonly call: number;
  /** `answered`; `cut`: what it used is not all known; `free`: it is certain that nothing was used. */
  readonly how: "answered" | "cut" | "free";
  readonly usage?: UsageJson;
  readonly cost?: CostJson;
  /** What was charged where it was known; the rest is charged as reserved. */
  readonly charged?: AmountsJson;
  /** Who answered, as `provider/name`. */
  readonly model?: string;
}

/** A budget was given, or given anew. */
export interface BudgetEntry {
  readonly type: "budget";
  readonly budget: Budget;
}

/** From here on it is asked with another system prompt. */
export interface SystemEntry {
  readonly type: "system";
  readonly system: readonly TextPart[];
}

/** A turn begins. */
export interface TurnStartEntry {
  readonly type: "turn-start";
}

/** A turn is over. One without this entry was interrupted. */
export interface TurnEndEntry {
  readonly type: "turn-end";
  readonly end: TurnEnd;
  readonly steps: number;
}

/** So many calls of tools were taken out of the budget. */
export interface ToolCallsEntry {
  readonly type: "tool-calls";
  /** Below zero: so many of them went back, since the process ended before they began. */
  readonly count: number;
}

/** A tool is about to run. */
export interface ToolStartEntry {
  readonly type: "tool-start";
  readonly callId: string;
  readonly name: string;
}

/** A call is over; also one that never ran. */
export interface ToolResultEntry {
  readonly type: "tool-result";
  readonly result: ToolResultPart;
  /** What only people see. */
  readonly display?: JsonValue;
}

/** The history was made shorter: these messages stand in the place of all but the newest. */
export interface CompactionEntry {
  readonly type: "compaction";
  readonly messages: readonly Message[];
  /** How many of the newest messages stay. */
  readonly kept: number;
}

/** What can be written of a conversation. */
export type Written =
  | BeginEntry
  | MessageEntry
  | CallStartEntry
  | CallEndEntry
  | BudgetEntry
  | SystemEntry
  | TurnStartEntry
  | TurnEndEntry
  | ToolCallsEntry
  | ToolStartEntry
  | ToolResultEntry
  | CompactionEntry;

/** One thing that happened in a conversation, as plain JSON. */
export type JournalEntry = Written & {
  /** The id of the conversation. */
  readonly conversation: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
};
