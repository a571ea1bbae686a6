import { codePoint, showInvisible } from "./invisible.ts";

/** A file's text as a model may see it: control characters and what else is not seen are written out, none is lost. */
export function fileText(text: string): string {
  return showInvisible(text.replace(/[^\P{Cc}\n\t]/gu, (character) => `‹${codePoint(character)}›`));
}

/** The same for what stands in one line, as a name does. */
export function inOneLine(text: string): string {
  return fileText(text).replaceAll("\n", "‹U+000A›");
}
