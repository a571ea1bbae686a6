import type { ConversationEvent } from "../conversation/event.ts";
import type { TurnEnd } from "../conversation/next.ts";
import type { Part } from "../llm/message.ts";
import type { Commit } from "./git/repository.ts";

/** When something that a person says reaches the model: at the next step of the turn, or as a turn of its own. */
export type Delivery = "steer" | "queue";

/** Somebody said something to the agent; it waits until it is said to the model. */
export interface SaidEvent {
  readonly type: "said";
  /** Counts what was said, from 1. */
  readonly message: number;
  readonly content: string | readonly Part[];
  readonly delivery: Delivery;
}

/** What was said is taken back, or was said to the model. */
export interface TakenEvent {
  readonly type: "taken";
  readonly message: number;
  /** False where it was taken back. */
  readonly delivered: boolean;
}

/** A turn begins. */
export interface TurnBeginEvent {
  readonly type: "turn-begin";
}

/** Somebody asked for the turn to end. */
export interface CancelEvent {
  readonly type: "cancel";
  /** Why, in words. */
  readonly cause: string;
}

/** Something that people should know. */
export interface NoticeEvent {
  readonly type: "notice";
  readonly text: string;
  /** The end of a turn that it says how to go on from. */
  readonly end?: TurnEnd;
}

/** Commits that were not there before, oldest first. */
export interface CommitsEvent {
  readonly type: "commits";
  readonly commits: readonly Commit[];
  /** Undefined where HEAD is detached. */
  readonly branch: string | undefined;
}

/** A sub-agent begins, or goes on with something new to do. */
export interface SubAgentEvent {
  readonly type: "sub-agent";
  readonly name: string;
  /** The id of its conversation, which its events have. */
  readonly child: string;
  /** The call that asked for it. */
  readonly callId: string;
}

/** What the agent means to do, and how far it is. */
export interface TodoEvent {
  readonly type: "todo";
  readonly items: readonly TodoItem[];
}

/** One thing to do. */
export interface TodoItem {
  readonly text: string;
  readonly status: "open" | "doing" | "done";
}

/** What happens in an agent: its conversation's events, its children's among them, and its own. */
export type AgentEvent =
  | ConversationEvent
  | SaidEvent
  | TakenEvent
  | TurnBeginEvent
  | CancelEvent
  | CommitsEvent
  | SubAgentEvent
  | TodoEvent
  | NoticeEvent;

/** Whether an event is of passing interest: what it tells of is told again, whole, by a later one. */
export function isPassing({ type }: AgentEvent): boolean {
  return passing.has(type);
}

const passing: ReadonlySet<string> = new Set([
  "start",
  "part-start",
  "part-delta",
  "part-end",
  "usage",
  "stop",
  "tool-progress",
]);
