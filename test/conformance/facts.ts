import type { StreamEvent } from "../../src/llm/event.ts";
import type { Part } from "../../src/llm/message.ts";
import type { Usage } from "../../src/llm/usage.ts";
import type { Answer } from "../../src/providers/exchange.ts";

/** A part of an answer, as a walk over the raw body and as the decoder tell it. */
export type PartFacts =
  | { kind: "text"; text: string; citations: unknown[]; extra: Fields }
  | { kind: "thinking"; text: string; signature: string; encrypted: string | null; extra: Fields }
  | { kind: "tool-call"; id: string; name: string; input: unknown; extra: Fields }
  | { kind: "opaque"; value: unknown }
  | { kind: "other"; value: unknown };

export type Fields = Record<string, unknown>;

/** Everything an answer says, in no vendor's words: what a conformance test compares. */
export interface AnswerFacts {
  id: string;
  model: string;
  parts: PartFacts[];
  stop: { raw: string | null; neutral: string; sequence: string | null };
  /** Null where the vendor reported none, which is not zero. */
  usage: Fields | null;
  /** Fields of the answer itself without a neutral name. */
  extra: Fields;
}

/** The facts of what the decoder made of an answer. */
export function factsOf(
  answer: Pick<Answer, "id" | "model" | "message" | "stop" | "usage" | "vendor">,
): AnswerFacts {
  const { reason, raw, sequence } = answer.stop;
  return {
    id: answer.id,
    model: answer.model,
    parts: answer.message.parts.map(partFacts),
    stop: { raw, neutral: reason, sequence: sequence ?? null },
    usage: usageFacts(answer.usage),
    extra: { ...answer.vendor },
  };
}

function partFacts(part: Part): PartFacts {
  const extra = { ...part.vendor?.fields };
  switch (part.type) {
    case "text":
      return { kind: "text", text: part.text, citations: [...(part.citations ?? [])], extra };
    case "thinking": {
      const { text, signature = "", encrypted = null } = part;
      return { kind: "thinking", text, signature, encrypted, extra };
    }
    case "tool-call": {
      // Arguments that are no JSON are compared as the text they are.
      const input = part.input === undefined ? { notJson: part.argumentsText } : part.input;
      return { kind: "tool-call", id: part.id, name: part.name, input, extra };
    }
    case "opaque":
      return { kind: "opaque", value: part.value };
    default:
      return { kind: "other", value: part };
  }
}

function usageFacts({ source, billed, ...counts }: Usage): Fields | null {
  if (source !== "reported") return null;
  return { ...counts, ...(billed !== undefined && { billed: String(billed) }) };
}

/** What a reader of deltas alone would have seen of each text, thinking and call, by part. */
export function deltaTexts(events: readonly StreamEvent[]): string[] {
  const texts = new Map<number, string>();
  for (const event of events) {
    if (event.type === "part-start") texts.set(event.index, openingText(event.part));
    if (event.type !== "part-delta" || !("text" in event) || event.kind === "signature") continue;
    texts.set(event.index, (texts.get(event.index) ?? "") + event.text);
  }
  return [...texts].sort(([a], [b]) => a - b).map(([, text]) => text);
}

function openingText(part: Part): string {
  if (part.type === "tool-call") return part.argumentsText;
  return part.type === "text" || part.type === "thinking" ? part.text : "";
}

/** The same of finished parts. */
export function partTexts(parts: readonly Part[]): string[] {
  return parts.map(openingText);
}
