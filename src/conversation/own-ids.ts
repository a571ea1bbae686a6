import type { Message, Part } from "../llm/message.ts";
import type { CallIds } from "../protocols/call-ids.ts";

/**
 * A message whose calls have ids that no call of the conversation has; the message itself where they do. Vendors begin
 * anew in each answer (`call_0`), and refuse a history in which two calls share an id.
 */
export function withOwnIds(message: Message, ids: CallIds): Message {
  let changed = false;
  const parts = message.parts.map((part): Part => {
    if (part.type !== "tool-call") return part;
    const id = ids.own(part.id === "" ? "call" : part.id);
    if (id === part.id) return part;
    changed = true;
    return { ...part, id };
  });
  return changed ? { ...message, parts } : message;
}
