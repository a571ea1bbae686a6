/*
 * Text that a person does not see and a model reads: Unicode's tag letters, marks that turn the direction of writing,
 * characters without width. It is shown by code point, so that nobody is told anything behind the other's back.
 */

/** What Unicode says is not drawn: formats, fillers, tags, selectors of variants; and separators, notes between lines. */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\uFFF9-\uFFFB]+/gu;

const JOINED = /^[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]$/u;
const KEYCAP = /^[0-9#*]$/;

/**
 * The text with what cannot be seen written out as `‹U+202E›`; a run of them as its first and its length,
 * `‹U+E0049 and 11 more unseen›`. Joiners within words and emoji, and the selector that makes an emoji one, stay.
 */
export function showInvisible(text: string): string {
  return replaceInvisible(text, (points) => {
    const first = codePoint(points[0] ?? "");
    return points.length === 1 ? `‹${first}›` : `‹${first} and ${points.length - 1} more unseen›`;
  });
}

/** The text without what cannot be seen, control characters among it; line ends are `\n`. */
export interface Plain {
  readonly text: string;
  /** How many characters were taken out. */
  readonly removed: number;
  /** What the first of them is called: `U+202E`. */
  readonly first: string | undefined;
}

/** Takes out of a text what {@link showInvisible} would write out, and control characters but `\n` and `\t`. */
export function withoutInvisible(text: string): Plain {
  let removed = 0;
  let first: string | undefined;
  const drop = (points: readonly string[]): string => {
    removed += points.length;
    first ??= codePoint(points[0] ?? "");
    return "";
  };
  const shown = text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]+/gu, (run) => drop(Array.from(run)));
  return { text: replaceInvisible(shown, drop), removed, first };
}

function replaceInvisible(text: string, instead: (points: readonly string[]) => string): string {
  // Most text is plain, and is passed on as it is.
  if (!/\P{ASCII}/u.test(text)) return text;
  return text.replace(HIDDEN, (run: string, at: number) => {
    if (belongs(run, before(text, at), after(text, at + run.length))) return run;
    return instead(Array.from(run));
  });
}

/** What a character is called where it cannot be shown: `U+202E`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function belongs(run: string, left: string, right: string): boolean {
  switch (run) {
    case "\u200C": // between letters of Persian, Hindi
    case "\u200D":
      return isBeyondAscii(left) && JOINED.test(left) && isBeyondAscii(right) && JOINED.test(right);
    case "\uFE0F\u200D": // between emoji
      return isBeyondAscii(left) && JOINED.test(left) && isBeyondAscii(right) && JOINED.test(right);
    case "\uFE0E":
    case "\uFE0F":
      return KEYCAP.test(left) || /^[\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u.test(left);
    default:
      return false;
  }
}

function isBeyondAscii(character: string): boolean {
  return character > "\x7f";
}

function before(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  const pair = low >= 0xdc00 && low <= 0xdfff && at >= 2;
  return text.slice(pair ? at - 2 : Math.max(0, at - 1), at);
}

function after(text: string, at: number): string {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 0) : "";
}
