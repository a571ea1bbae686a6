import type { Request } from "../../llm/request.ts";
import type { StopReason } from "../../llm/response.ts";
import type { Draft } from "./cast.ts";
import { CHARS_PER_TOKEN } from "./size.ts";

/** What is left of an answer, and why it ends where it does if not by itself. */
export interface Limited {
  readonly drafts: readonly Draft[];
  readonly stop?: { readonly reason: StopReason; readonly sequence?: string };
}

/** The limits that a request sets to its answer. */
export type Limits = Pick<Request, "maxOutputTokens" | "stopSequences">;

/** How long a draft is, in characters: what is billed and what is limited are one number. */
export function draftSize(draft: Draft): number {
  return draft.text.length + (draft.type === "tool-call" ? draft.name.length : 0);
}

/** Ends an answer before its first stop sequence and within its number of tokens. */
export function limit(drafts: readonly Draft[], { maxOutputTokens, stopSequences }: Limits): Limited {
  const heard = cutAtSequence(drafts, stopSequences ?? []);
  const short = cutAtTokens(heard.drafts, maxOutputTokens ?? Infinity);
  return short.stop === undefined ? heard : short;
}

function cutAtSequence(drafts: readonly Draft[], sequences: readonly string[]): Limited {
  for (const [index, draft] of drafts.entries()) {
    if (draft.type !== "text") continue;
    const met = sequences
      .filter((sequence) => sequence !== "")
      .map((sequence) => ({ sequence, at: draft.text.indexOf(sequence) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (met === undefined) continue;
    const before = met.at === 0 ? [] : [{ ...draft, text: draft.text.slice(0, met.at) }];
    const stop = { reason: "stop_sequence", sequence: met.sequence } as const;
    return { drafts: [...drafts.slice(0, index), ...before], stop };
  }
  return { drafts };
}

function cutAtTokens(drafts: readonly Draft[], tokens: number): Limited {
  let room = tokens * CHARS_PER_TOKEN;
  for (const [index, draft] of drafts.entries()) {
    const size = draftSize(draft);
    if (size <= room) {
      room -= size;
      continue;
    }
    const end = wholeCharacters(draft.text, room - (size - draft.text.length));
    const part: Draft = { ...draft, text: draft.text.slice(0, Math.max(end, 0)) };
    const last: readonly Draft[] =
      part.text === "" ? [] : [part.type === "tool-call" ? { ...part, cut: true } : part];
    return { drafts: [...drafts.slice(0, index), ...last], stop: { reason: "max_tokens" } };
  }
  return { drafts };
}

/** The last place up to `end` that does not split a character of two UTF-16 units. */
function wholeCharacters(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  return before >= 0xd800 && before <= 0xdbff ? end - 1 : end;
}
