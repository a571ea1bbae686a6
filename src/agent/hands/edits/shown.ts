/** Longer ones are cut. */
const LONGEST = 100;

/** A text in quotes, in one line, with blanks and what else cannot be seen written out. */
export function quoted(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return JSON.stringify(cut);
}
