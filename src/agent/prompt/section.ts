import { utf8Bytes } from "../../conversation/token-bound.ts";

/** A part of the instructions, with a heading of its own. */
export interface PromptSection {
  readonly name: string;
  readonly text: string;
  /** By {@link estimatedTokens}. */
  readonly tokens: number;
  /** What was left out for lack of room, in words; undefined where nothing was. */
  readonly left?: string;
}

/** Bytes for a token, roughly: usual English text and code have between three and five. */
const BYTES_PER_TOKEN = 4;

/**
 * About how many tokens a text has, for whoever divides room. A guess and no bound: what a budget of a conversation holds
 * is reckoned with bytes (`conversation/token-bound.ts`).
 */
export function estimatedTokens(text: string): number {
  return Math.ceil(utf8Bytes(text) / BYTES_PER_TOKEN);
}

/** Makes a section of a text. */
export function section(name: string, text: string, left?: string): PromptSection {
  return { name, text, tokens: estimatedTokens(text), ...(left !== undefined && { left }) };
}

/** The lines of a text that fit into so many tokens, from its beginning, and how many do not. */
export function firstLines(text: string, tokens: number): { readonly text: string; readonly left: number } {
  if (estimatedTokens(text) <= tokens) return { text, left: 0 };
  const lines = text.split("\n");
  let bytes = 0;
  let kept = 0;
  for (const line of lines) {
    bytes += utf8Bytes(line) + 1;
    if (bytes > tokens * BYTES_PER_TOKEN) break;
    kept++;
  }
  return { text: lines.slice(0, kept).join("\n"), left: lines.length - kept };
}
