import { isObject, writeJson } from "../llm/json.ts";
import { text, type ResultPart } from "../llm/message.ts";
import type { ToolAnswer, ToolOutput } from "./tool.ts";

/** What comes of a call: what the model is told, and what only people see. */
export interface Told {
  readonly content: readonly ResultPart[];
  readonly isError: boolean;
  readonly display?: unknown;
}

/** Of a text that is longer, the model sees the beginning and the end. */
const MOST_CHARACTERS = 256 * 1024;

const kinds: ReadonlySet<unknown> = new Set(["text", "image", "file", "opaque"]);

/** What a tool gave back, as the model is told it. */
export function readOutput(output: Exclude<ToolOutput, symbol>): Told {
  const { content, isError = false, display } = isAnswer(output) ? output : { content: output };
  const parts = isParts(content) ? content.map(shortened) : [text(cut(written(content)))];
  return { content: parts, isError, ...(display !== undefined && { display }) };
}

/** A failed call, as the model is told it. */
export function failure(message: string): Told {
  return { content: [text(cut(message))], isError: true };
}

const NOTHING = "(no output)";

function written(content: unknown): string {
  if (typeof content === "string") return content === "" ? NOTHING : content;
  if (content === undefined) return NOTHING;
  try {
    return writeJson(content) ?? NOTHING;
  } catch (error) {
    return `(the tool gave back what cannot be written as JSON: ${error instanceof Error ? error.message : String(error)})`;
  }
}

function isAnswer(output: unknown): output is ToolAnswer {
  return isObject(output) && Object.hasOwn(output, "content") && !Object.hasOwn(output, "type");
}

function isParts(content: unknown): content is readonly ResultPart[] {
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((each) => isObject(each) && kinds.has(each["type"]))
  );
}

function shortened(part: ResultPart): ResultPart {
  if (part.type !== "text") return part;
  const kept = cut(part.text);
  return kept === part.text ? part : { ...part, text: kept };
}

function cut(all: string): string {
  if (all.length <= MOST_CHARACTERS) return all;
  const half = MOST_CHARACTERS / 2;
  const left = all.length - MOST_CHARACTERS;
  return `${all.slice(0, half)}\n[${left} characters left out here]\n${all.slice(-half)}`;
}
