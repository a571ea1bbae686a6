/*
 * The words that messages are found by, cut and folded here and not by databases, whose tables of letters differ: the
 * same text has the same words on every shelf.
 */

/** Longer words are found by their beginning. */
const LONGEST = 40;

/** Scripts without spaces: each letter is a word. */
const alone = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}`;
const pattern = new RegExp(String.raw`[${alone}]|[[\p{L}\p{N}]--[${alone}]]+`, "gv");

/** The words of a text, each once, without case and accents. */
export function wordsIn(text: string): readonly string[] {
  return [
    ...new Set(
      Array.from(fold(text).matchAll(pattern), ([word]) => Array.from(word).slice(0, LONGEST).join("")),
    ),
  ];
}

/** Where the first of these words, as {@link wordsIn} gives them, begins in a text; 0 where none does. */
export function firstOf(words: readonly string[], text: string): number {
  for (const { 0: run, index } of text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    if (wordsIn(run).some((each) => words.some((word) => each.startsWith(word)))) return index;
  }
  return 0;
}

function fold(text: string): string {
  // ASCII is most of what is said, and has no accents.
  // oxlint-disable-next-line no-control-regex
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ς", "σ");
}
