/*
 * What is shown of a text before somebody decides about it. Nothing in it moves the cursor, changes the direction of
 * writing or is invisible; such characters are written out as `\u{HEX}`, and what already looks like that has its
 * backslash written out. So no two texts look the same, and what was shown is what runs.
 */

/** Control and format characters (bidi, zero width, tags), odd blanks, what is not assigned; and what looks written out. */
const hidden = /(?![ \n\t])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]|\\(?=u\{)/gu;

/** A text with everything in it to be seen. */
export function visible(text: string): string {
  return text.replace(hidden, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The text that {@link visible} shows. */
export function invisible(shown: string): string {
  return shown.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
}
