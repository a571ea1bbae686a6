import type { Message } from "./message.ts";

/**
 * A history: an immutable list of messages that grows at its end and shares all it has with the lists it grew from.
 * Appending costs the same at any length, and a fork is a second reference (DESIGN "fork of a conversation: O(1)").
 *
 * @example
 * const one = History.empty.append(userMessage("Hi"));
 * const two = one.append(userMessage("Still there?")); // `one` is unchanged
 */
export class History implements Iterable<Message> {
  /** The list without messages. */
  static readonly empty: History = new History(undefined, undefined, 0);

  /** The list before the last message; undefined only for the empty list. */
  readonly parent: History | undefined;
  /** The last message; undefined only for the empty list. */
  readonly last: Message | undefined;
  /** How many messages there are. */
  readonly length: number;

  private constructor(parent: History | undefined, last: Message | undefined, length: number) {
    this.parent = parent;
    this.last = last;
    this.length = length;
  }

  /** The list of these messages. */
  static of(messages: Iterable<Message>): History {
    let history = History.empty;
    for (const message of messages) history = history.append(message);
    return history;
  }

  /** This list and one message more. */
  append(message: Message): History {
    return new History(this, message, this.length + 1);
  }

  /** The messages, oldest first, as an array of their own. */
  toArray(): Message[] {
    const messages = new Array<Message>(this.length);
    let node: History = this;
    while (node.parent !== undefined && node.last !== undefined) {
      messages[node.length - 1] = node.last;
      node = node.parent;
    }
    return messages;
  }

  [Symbol.iterator](): Iterator<Message> {
    return this.toArray()[Symbol.iterator]();
  }
}
