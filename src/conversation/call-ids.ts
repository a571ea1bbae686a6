import type { Message, Part } from "../llm/message.ts";

/**
 * The ids of the tool calls of a conversation and its forks, each of which is had once. Vendors begin anew in each
 * answer (`call_0`), and refuse a history in which two calls share an id.
 */
export class CallIds {
  readonly #taken = new Set<string>();
  /** Counts on, so that many calls of one id cost no more than others. */
  #renamed = 1;

  /** The id itself where nobody has it, else one made from it; from then on it is taken. */
  claim(id: string): string {
    let unique = id === "" ? "call" : id;
    while (this.#taken.has(unique)) unique = `${id === "" ? "call" : id}_${++this.#renamed}`;
    this.#taken.add(unique);
    return unique;
  }

  /** A message whose calls have ids of their own; the message itself where they do. */
  own(message: Message): Message {
    let changed = false;
    const parts = message.parts.map((part): Part => {
      if (part.type !== "tool-call") return part;
      const id = this.claim(part.id);
      if (id === part.id) return part;
      changed = true;
      return { ...part, id };
    });
    return changed ? { ...message, parts } : message;
  }
}
