import { text, type Message, type Part, type ResultPart } from "../llm/message.ts";

/** When and how a history is made shorter. */
export interface CompactionOptions {
  /** It is, as soon as the last answer's input and output fill this share of the model's window; 0.8 by default. */
  readonly at?: number;
  /** The share of the window that the newest messages may fill, which are kept as they are; 0.25 by default. */
  readonly keep?: number;
}

export const defaultCompaction: Required<CompactionOptions> = { at: 0.8, keep: 0.25 };

/** What is done to a history that is too long. */
export interface CompactionPlan {
  /** The older messages, which a summary takes the place of. */
  readonly older: readonly Message[];
  /** The newest, which stay as they are. */
  readonly kept: readonly Message[];
}

/** A compaction that does not free so much of the history is none: the next one would free no more. */
const LEAST_FREED = 0.2;

/**
 * Where a history is cut: so that at most this share of it stays, and never between a call and its results. Undefined
 * where there is nothing before the cut.
 */
export function plan(messages: readonly Message[], keptShare: number): CompactionPlan | undefined {
  const sizes = messages.map(sizeOf);
  const all = sum(sizes);
  let cut = messages.length;
  let kept = 0;
  for (let at = messages.length - 1; at > 0; at--) {
    kept += sizes[at] ?? 0;
    // The last message is kept in any case: it is what the model is to answer.
    if (kept > all * keptShare && cut < messages.length) break;
    if (mayBegin(messages[at])) cut = at;
    if (kept > all * keptShare) break;
  }
  return cut === messages.length ? undefined : { older: messages.slice(0, cut), kept: messages.slice(cut) };
}

/** Whether a history may begin here, behind a summary: results need their calls before them. */
function mayBegin(message: Message | undefined): boolean {
  return message?.parts.some(({ type }) => type === "tool-result") !== true;
}

/** The history with the summary in the place of what is older; undefined where that frees too little. */
export function compacted({ older, kept }: CompactionPlan, summary: string): readonly Message[] | undefined {
  const head: Message = { role: "user", parts: [text(`${INTRODUCTION}\n\n${summary}`)] };
  const before = sum([...older, ...kept].map(sizeOf));
  const after = sum([head, ...kept].map(sizeOf));
  return after > before * (1 - LEAST_FREED) ? undefined : [head, ...kept];
}

const INTRODUCTION =
  "[The beginning of this conversation was replaced by this summary of it, to make room. The newest messages follow as they were.]";

/** What asks for the summary of messages: their text, of which at most so many characters are shown. */
export function summaryPrompt(older: readonly Message[], mostCharacters: number): string {
  return `${REQUEST}\n\n<conversation>\n${transcript(older, mostCharacters)}\n</conversation>`;
}

/** Messages as one text for a model to read, of at most so many characters. */
export function transcript(messages: readonly Message[], mostCharacters: number): string {
  const lines = messages.map(({ role, parts }) => `${role}:\n${parts.map(shown).filter(Boolean).join("\n")}`);
  // Each message has its share, so that one huge result does not hide all others.
  const share = Math.max(200, Math.floor((mostCharacters / Math.max(1, lines.length)) * 2));
  return middleCut(lines.map((line) => middleCut(line, share)).join("\n\n"), mostCharacters);
}

const REQUEST =
  "Below is the beginning of a conversation between a user and an assistant that runs tools. It will be removed, and your summary will stand in its place: the assistant goes on with nothing else of it. Write down, in the language of the conversation: what the user wants, in the user's own words where they matter; what was decided and why; what was done, with names of files, commands, identifiers and values that are still needed; what failed; what is left to do. No preamble.";

function shown(part: Part): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "tool-call":
      return `[calls ${part.name}: ${part.argumentsText}]`;
    case "tool-result":
      return `[${part.name ?? "result"}${part.isError === true ? " failed" : ""}: ${part.content.map(shownResult).join(" ")}]`;
    case "image":
    case "file":
      return `[${part.type}]`;
    case "thinking":
    case "opaque":
      return "";
  }
}

function shownResult(part: ResultPart): string {
  return part.type === "text" ? part.text : `(${part.type})`;
}

function middleCut(all: string, most: number): string {
  if (all.length <= most) return all;
  const half = Math.floor(most / 2);
  return `${all.slice(0, half)}\n[... ${all.length - 2 * half} characters left out ...]\n${all.slice(-half)}`;
}

/** How much of the window a message takes, in characters: a measure for comparing, not for counting tokens. */
function sizeOf({ parts }: Message): number {
  return sum(parts.map(partSize));
}

function partSize(part: Part): number {
  switch (part.type) {
    case "text":
    case "thinking":
      return part.text.length + 16;
    case "tool-call":
      return part.name.length + part.argumentsText.length + 32;
    case "tool-result":
      return 32 + sum(part.content.map(partSize));
    case "image":
      return 4000;
    case "file":
      return "data" in part.source
        ? part.source.data.length
        : "text" in part.source
          ? part.source.text.length
          : 4000;
    case "opaque":
      return JSON.stringify(part.value).length;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
