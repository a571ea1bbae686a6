import type { ConversationEvent } from "../conversation/event.ts";
import type { Part } from "../llm/message.ts";

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
}

/** What happens in an agent: its conversation's events, its children's among them, and its own. */
export type AgentEvent =
  | ConversationEvent
  | SaidEvent
  | TakenEvent
  | TurnBeginEvent
  | CancelEvent
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
