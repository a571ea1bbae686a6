import type { StreamEvent } from "../llm/event.ts";
import type { Message } from "../llm/message.ts";

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

/** A send failed; the history ends with the message that was not answered. */
export interface ErrorEvent {
  readonly type: "error";
  readonly error: unknown;
}

/** What happens in a conversation: what its model emits, and what becomes of its history. */
export type ConversationEvent = (StreamEvent | MessageEvent | ErrorEvent) & EventOrigin;

/** An event of a conversation, from what happened and where. */
export function placed(
  event: StreamEvent | MessageEvent | ErrorEvent,
  conversationId: string,
  seq: number,
): ConversationEvent {
  // Nearly all events are these, and copying objects of many shapes at one place is what costs.
  if (event.type === "part-delta" && event.kind === "text") {
    const { index, text } = event;
    return { type: "part-delta", index, kind: "text", text, conversationId, seq };
  }
  return { ...event, conversationId, seq };
}
