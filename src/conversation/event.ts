import type { OutputError } from "../llm/errors.ts";
import type { ResponseEvent, StreamEvent } from "../llm/event.ts";
import type { Message } from "../llm/message.ts";
import type { OutputResponse } from "./output.ts";

/** Where an event happened: in which conversation, and as which event of it. */
export interface EventOrigin {
  /** The id of the conversation. */
  readonly conversationId: string;
  /** Counts the conversation's own events from 0, without gaps. */
  readonly seq: number;
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

/** What a conversation tells of, without where it happened. */
export type Happening = StreamEvent | MessageEvent | OutputRetryEvent | ErrorEvent;

/** What happens in a conversation: what its model emits, and what becomes of its history. */
export type ConversationEvent = Happening & EventOrigin;

/** What happens while a conversation is sent a message that asks for an output: the response has it. */
export type OutputEvent<Value> =
  | (Exclude<Happening, ResponseEvent> & EventOrigin)
  | ({ readonly type: "response"; readonly response: OutputResponse<Value> } & EventOrigin);

/** An event of a conversation, from what happened and where. */
export function placed(event: Happening, conversationId: string, seq: number): ConversationEvent {
  // Nearly all events are these, and copying objects of many shapes at one place is what costs.
  if (event.type === "part-delta" && event.kind === "text") {
    const { index, text } = event;
    return { type: "part-delta", index, kind: "text", text, conversationId, seq };
  }
  return { ...event, conversationId, seq };
}
