import type { TextPart } from "../llm/message.ts";
import type { JournalEntry } from "./journal.ts";
import type { ConversationOptions } from "./options.ts";
import type { Recovered } from "./recovery.ts";
import type { Transcript } from "./transcript.ts";

/** A conversation, as far as a journal has to know how it begins. */
export interface Beginning {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly options: ConversationOptions;
  readonly system: readonly TextPart[];
  readonly transcript: Transcript;
}

/**
 * What a journal has first of a conversation.
 * @param from where a fork comes from, which has the messages that it begins with.
 */
export function beginning(
  { id, parentId, options, system, transcript: { history } }: Beginning,
  from: { readonly id: string } | undefined,
  at: number,
): JournalEntry {
  const { budget, hidden, purpose } = options;
  const { name, provider } = options.model.info;
  return {
    type: "begin",
    conversation: id,
    at,
    ...(parentId !== undefined && { parent: parentId }),
    ...(from !== undefined
      ? { from: { conversation: from.id, length: history.length } }
      : history.length > 0 && { messages: history.toArray() }),
    model: { name, provider },
    system,
    ...(budget !== undefined && { budget }),
    ...(hidden === true && { hidden }),
    ...(purpose !== undefined && { purpose }),
  };
}

/** What a journal has first of a process that goes on with a conversation. */
export function resumption(
  { id, system }: Beginning,
  { mending, system: before }: Recovered,
  at: number,
): readonly JournalEntry[] {
  if (JSON.stringify(system) === JSON.stringify(before)) return mending;
  return [...mending, { type: "system", system, conversation: id, at }];
}
