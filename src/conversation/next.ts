import type { StopReason } from "../llm/response.ts";

/*
 * The decision: what a turn does next. Pure, with nothing in it but facts, so that every row stands in a table test.
 * A new ability is a new move, a new fact or a new reason to stop, never a branch in the loop that carries moves out.
 */

/** Why a turn ended. */
export type TurnEnd =
  /** The model has said all it had to say. */
  | "done"
  /** A tool that ends the turn has succeeded. */
  | "tool"
  /** A tool wants its call to stay open. */
  | "no-reply"
  /** The answer reached the most tokens it may have. */
  | "max-tokens"
  /** The model, or a filter, would not answer. */
  | "refused"
  /** The window is full, and compacting could not help. */
  | "context-overflow"
  /** The model gave no reason, or one that nobody knows. */
  | "unknown"
  /** So many steps were allowed. */
  | "steps"
  /** The model went on doing the same. */
  | "loop"
  /** A limit of the budget is reached. */
  | "budget"
  /** Somebody cancelled it. */
  | "cancelled"
  /** A request failed. */
  | "failed";

/** A call of the last answer that has no result yet. */
export interface OpenCall {
  readonly id: string;
  /** `new`: nobody was asked; `asked`: somebody is; `allowed` and `denied`: decided. */
  readonly leave: "new" | "asked" | "allowed" | "denied";
}

/** What the decision is made from. */
export interface TurnFacts {
  /** Set when somebody cancelled, whatever else is true. */
  readonly cancelled: boolean;
  /** What the last request failed with. */
  readonly failed?: "error" | "budget" | "context-overflow" | undefined;
  /** How the last answer of this turn stopped; absent before the first, and when something was said since. */
  readonly stopReason?: StopReason | undefined;
  /** Calls without a result, in their order. */
  readonly open: readonly OpenCall[];
  /** Whether a result ended the turn, or will not come. */
  readonly ended?: "tool" | "no-reply" | undefined;
  /** Something that the user said meanwhile waits to be sent. */
  readonly steered: boolean;
  /** Steps taken, and how many may be. */
  readonly steps: number;
  readonly maxSteps: number;
  /** Answers in a row that paused. */
  readonly pauses: number;
  /** The same call had the same result too often. */
  readonly looping: boolean;
  /** `wanted`: the history should be compacted before the next request; `spent`: it was, and that is all there is. */
  readonly compaction: "none" | "wanted" | "spent";
}

/** What is done next. */
export type Move =
  | { readonly do: "call-model" }
  | { readonly do: "ask-leave"; readonly calls: readonly string[] }
  | { readonly do: "await-leave"; readonly calls: readonly string[] }
  | { readonly do: "run-tools" }
  | { readonly do: "compact" }
  /** What the user said meanwhile becomes part of the history. */
  | { readonly do: "steer" }
  | { readonly do: "stop"; readonly end: TurnEnd };

/** How often a model may pause and go on before it is taken for one that never ends. */
export const MAX_PAUSES = 16;

const ends: Readonly<Record<Exclude<StopReason, "pause">, TurnEnd>> = {
  end_turn: "done",
  stop_sequence: "done",
  // Without a call to run there is nothing to wait for.
  tool_use: "done",
  max_tokens: "max-tokens",
  refusal: "refused",
  content_filter: "refused",
  context_overflow: "context-overflow",
  unknown: "unknown",
};

/** The next move. */
export function next(facts: TurnFacts): Move {
  const { open, failed, stopReason } = facts;
  if (facts.cancelled) return stop("cancelled");
  if (failed === "budget") return stop("budget");
  if (failed === "error") return stop("failed");
  if (failed === "context-overflow") return facts.compaction === "spent" ? stop("context-overflow") : compact;
  if (open.length > 0) return leave(open);
  if (facts.ended !== undefined) return stop(facts.ended);
  if (facts.steered) return { do: "steer" };
  if (stopReason === "pause") return facts.pauses > MAX_PAUSES ? stop("loop") : request(facts);
  if (stopReason === "context_overflow" && facts.compaction !== "spent") return compact;
  if (stopReason !== undefined) return stop(ends[stopReason]);
  return request(facts);
}

/** Everybody's leave is had before anything runs. */
function leave(open: readonly OpenCall[]): Move {
  const unasked = open.filter((call) => call.leave === "new");
  if (unasked.length > 0) return { do: "ask-leave", calls: unasked.map(({ id }) => id) };
  const asked = open.filter((call) => call.leave === "asked");
  if (asked.length > 0) return { do: "await-leave", calls: asked.map(({ id }) => id) };
  return { do: "run-tools" };
}

function request({ steps, maxSteps, looping, compaction }: TurnFacts): Move {
  if (steps >= maxSteps) return stop("steps");
  if (looping) return stop("loop");
  return compaction === "wanted" ? compact : { do: "call-model" };
}

const compact: Move = { do: "compact" };

function stop(end: TurnEnd): Move {
  return { do: "stop", end };
}
