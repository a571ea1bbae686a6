import type { BeginEntry, JournalEntry } from "../conversation/journal.ts";
import { ConfigurationError } from "../llm/errors.ts";
import type { TextPart } from "../llm/message.ts";

/** What a session went on with, for the process that goes on with it. */
export interface Manner {
  /** The model that answered last, as `provider/name`; where none did, the one that was to. */
  readonly model: string | undefined;
  readonly system: readonly TextPart[];
  /** The last answer wants to be sent back. */
  readonly paused: boolean;
}

/** How a session's own conversation was held. Pure. */
export function mannerOf(past: readonly JournalEntry[]): Manner {
  const own = past.filter(({ conversation }) => conversation === past[0]?.conversation);
  const begin = own.find((entry): entry is BeginEntry & JournalEntry => entry.type === "begin");
  let model = begin === undefined ? undefined : nameOf(begin.model);
  let system = begin?.system ?? [];
  let paused = false;
  for (const entry of own) {
    if (entry.type === "call-end" && entry.model !== undefined) model = entry.model;
    if (entry.type === "system") ({ system } = entry);
    if (entry.type === "message") paused = entry.stopReason === "pause";
  }
  return { model, system, paused };
}

function nameOf({ provider, name }: BeginEntry["model"]): string | undefined {
  return name === "" ? undefined : `${provider}/${name}`;
}

/**
 * What such a model is opened by.
 * @throws ConfigurationError for a file: where it is was not kept, and a session from elsewhere names none of ours.
 */
export function toOpen(model: string): string {
  if (model.startsWith("file:") || /^llama\.cpp\/.*\.gguf$/i.test(model)) {
    throw new ConfigurationError(
      "invalid-option",
      "it is a file, which is to be named again with --model file:PATH",
    );
  }
  return model === "rehearsal/rehearsal" ? "rehearsal" : model;
}
