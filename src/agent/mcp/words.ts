import { capLine } from "../text/cap-lines.ts";
import { fileText, inOneLine } from "../text/file-text.ts";
import { plainText } from "../text/terminal-text.ts";

/** What a server wrote, in one line for people or a model: nothing unseen, nothing that moves a cursor, not long. */
export function oneLine(text: string, longest = 300): string {
  const line = plainText(text.slice(0, longest * 4))
    .trim()
    .replace(/\s*\n\s*/g, " ");
  return capLine(inOneLine(line), longest);
}

/** The same on many lines: escapes are taken out, and what is not seen is written out. */
export function manyLines(text: string): string {
  return fileText(plainText(text));
}

/** Whether a text holds what is not seen, which a model would read and a person would not. */
export function hasUnseen(text: string): boolean {
  return fileText(text) !== text;
}
