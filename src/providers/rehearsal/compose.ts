import type { DecodedEvent, TextDelta } from "../../llm/event.ts";
import type { Part } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { StopReason } from "../../llm/response.ts";
import { usage, type Usage } from "../../llm/usage.ts";
import { cast, type Draft } from "./cast.ts";
import { draftSize, limit, type Limits } from "./limit.ts";
import type { Plan } from "./plan.ts";
import { CHARS_PER_TOKEN, requestTokens } from "./size.ts";

/** What an answer is told apart by. */
export interface Identity {
  readonly model: string;
  /** Differs for every answer of a conversation; ids are made of it. */
  readonly key: string;
  readonly seed: number;
}

/** A plan as the events that a decoder would read off a wire. The same arguments give the same events. */
export function compose(
  plan: Plan,
  request: Request,
  limits: Limits,
  who: Identity,
): readonly DecodedEvent[] {
  const { drafts, stop } = limit(cast(plan, request, who.seed), limits);
  const reason: StopReason = stop?.reason ?? plan.stop ?? (drafts.some(isCall) ? "tool_use" : "end_turn");
  const events: DecodedEvent[] = [{ type: "start", id: `answer_${who.key}`, model: who.model }];
  for (const [index, draft] of drafts.entries()) {
    for (const event of partEvents(draft, index, `call_${who.key}_${index}`)) events.push(event);
  }
  if (plan.usage !== "none") {
    events.push({ type: "usage", usage: usage({ ...countedUsage(request, drafts), ...plan.usage }) });
  }
  const sequence = stop?.sequence;
  events.push({ type: "stop", reason, raw: reason, ...(sequence !== undefined && { sequence }) });
  return events;
}

const isCall = (draft: Draft): boolean => draft.type === "tool-call";

function countedUsage(request: Request, drafts: readonly Draft[]): Partial<Usage> {
  const tokens = (some: readonly Draft[]): number =>
    Math.floor(some.reduce((size, draft) => size + draftSize(draft), 0) / CHARS_PER_TOKEN);
  const thoughts = drafts.filter((draft) => draft.type === "thinking");
  return { input: requestTokens(request), output: Math.max(1, tokens(drafts)), reasoning: tokens(thoughts) };
}

function partEvents(draft: Draft, index: number, id: string): readonly DecodedEvent[] {
  const delta = (kind: TextDelta["kind"], text: string): DecodedEvent => ({
    type: "part-delta",
    index,
    kind,
    text,
  });
  switch (draft.type) {
    case "text":
    case "thinking":
      return [
        { type: "part-start", index, part: { type: draft.type, text: "" } },
        ...pieces(draft.text, byWord).map((text) => delta(draft.type, text)),
        ...(draft.type === "text" ? (draft.citations ?? []) : []).map((data): DecodedEvent => {
          return { type: "part-delta", index, kind: "citation", data };
        }),
        { type: "part-end", index },
      ];
    case "tool-call": {
      const { name, text } = draft;
      const part: Part = { type: "tool-call", id: draft.id ?? id, name, argumentsText: "", input: undefined };
      return [
        { type: "part-start", index, part },
        ...pieces(text, byLength).map((piece) => delta("arguments", piece)),
        { type: "part-end", index, ...(draft.cut && { part: { ...part, argumentsText: text } }) },
      ];
    }
  }
}

/** A word and the space after it, as models say them; linear in any text. */
const byWord = /\S+\s*|\s+/g;

/** Arguments come in pieces that respect nothing but characters. */
const byLength = /[^]{1,24}/gu;

function pieces(text: string, pattern: RegExp): readonly string[] {
  return text.match(pattern) ?? [];
}
