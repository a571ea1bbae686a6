/** Longer ones are cut. */
const LONGEST = 100;

/** What a character is called where it cannot be shown: `U+202E`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text in quotes, in one line, with blanks and what else cannot be seen written out. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(cut);
}
