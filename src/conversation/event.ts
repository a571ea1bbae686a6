import type { BudgetBroken, OutputError } from "../llm/errors.ts";
import type { ResponseEvent, StreamEvent } from "../llm/event.ts";
import type { JsonValue } from "../llm/json.ts";
import type { Message, ToolResultPart } from "../llm/message.ts";
import type { TurnEnd } from "./next.ts";
import type { OutputResponse } from "./output.ts";

/** Where an event happened: in which conversation, and as which event of it. */
export interface EventOrigin {
  /** The id of the conversation. */
  readonly conversationId: string;
  /** Counts the conversation's own events from 0, without gaps. */
  readonly seq: number;
  /** The conversation is not meant for the user's eyes. */
  readonly hidden?: true;
}

/** A message entered the history. */
export interface MessageEvent {
  readonly type: "message";
  readonly message: Message;
  /** The length of the history with it. */
  readonly length: number;
}

/** A send failed; the history ends with the message that was not answered, or with an answer that will not do. */
export interface ErrorEvent {
  readonly type: "error";
  readonly error: unknown;
}

/** An answer is not the output that was asked for; the model is told so, and asked again. */
export interface OutputRetryEvent {
  readonly type: "output-retry";
  /** The answer that will not do, from 1. */
  readonly attempt: number;
  /** What is wrong with it; its response, with what it used and cost, is in there. */
  readonly error: OutputError;
}

/** Somebody has to say whether a call may run: {@link Conversation.decide} does. */
export interface ToolApprovalEvent {
  readonly type: "tool-approval";
  readonly callId: string;
  readonly name: string;
  /** What it would be called with; undefined where that is no JSON. */
  readonly input: JsonValue | undefined;
}

/** A call begins. */
export interface ToolStartEvent {
  readonly type: "tool-start";
  readonly callId: string;
  readonly name: string;
  readonly input: JsonValue | undefined;
}

/** A tool says how far it is. */
export interface ToolProgressEvent {
  readonly type: "tool-progress";
  readonly callId: string;
  readonly name: string;
  readonly update: JsonValue;
}

/** A call is over; also one that never began. */
export interface ToolResultEvent {
  readonly type: "tool-result";
  readonly callId: string;
  readonly name: string;
  /** What the model is told. */
  readonly result: ToolResultPart;
  /** What only people see. */
  readonly display?: unknown;
}

/** The history was made shorter: a summary stands in the place of its older messages. */
export interface CompactionEvent {
  readonly type: "compaction";
  /** How many messages it had, and has. */
  readonly before: number;
  readonly after: number;
}

/** A turn is over. */
export interface TurnEndEvent {
  readonly type: "turn-end";
  readonly end: TurnEnd;
  readonly steps: number;
}

/** What becomes of tool calls. */
export type ToolEvent = ToolApprovalEvent | ToolStartEvent | ToolProgressEvent | ToolResultEvent;

/** A call used more than the most that it could: the budget named in the error is frozen, and makes no further call. */
export interface BudgetBrokenEvent {
  readonly type: "budget-broken";
  readonly error: BudgetBroken;
}

/** What a conversation tells of, without where it happened. */
export type Happening =
  | StreamEvent
  | MessageEvent
  | OutputRetryEvent
  | BudgetBrokenEvent
  | ErrorEvent
  | CompactionEvent
  | ToolEvent
  | TurnEndEvent;

/** What happens in a conversation: what its model emits, and what becomes of its history. */
export type ConversationEvent = Happening & EventOrigin;

/** What happens while a conversation is sent a message that asks for an output: the response has it. */
export type OutputEvent<Value> =
  | (Exclude<Happening, ResponseEvent> & EventOrigin)
  | ({ readonly type: "response"; readonly response: OutputResponse<Value> } & EventOrigin);

/** An event of a conversation, from what happened and where. */
export function placed(
  event: Happening,
  conversationId: string,
  seq: number,
  hidden: boolean,
): ConversationEvent {
  if (hidden) return { ...event, conversationId, seq, hidden };
  // Nearly all events are these, and copying objects of many shapes at one place is what costs.
  if (event.type === "part-delta" && event.kind === "text") {
    const { index, text } = event;
    return { type: "part-delta", index, kind: "text", text, conversationId, seq };
  }
  return { ...event, conversationId, seq };
}
