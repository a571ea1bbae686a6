/*
 * Texts that differ in what a model easily gets wrong and that is provably no other text: how lines end, blanks at
 * their ends, characters that look alike. Two of them are the same once they are folded.
 */

/** How far texts are folded; each goes further than the one before. */
export type Fold = "line ends" | "blanks at line ends" | "Unicode look-alikes";

export const folds: readonly Fold[] = ["line ends", "blanks at line ends", "Unicode look-alikes"];

/** A folded text, each of whose units knows the stretch of the original that it stands for. */
export interface Folded {
  readonly text: string;
  /** Where the stretch of each unit begins in the original, and where it ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Folds a text. */
export function fold(text: string, how: Fold): Folded {
  const units: string[] = [];
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  let count = 0;
  const unicode = how === "Unicode look-alikes";
  const stretches = unicode ? WITH_MARKS : LINE_ENDS;
  let at = 0;
  const put = (piece: string, start: number, end: number, whole: boolean): void => {
    for (let each = 0; each < piece.length; each++) {
      starts[count] = whole ? start : start + each;
      ends[count++] = whole ? end : start + each + 1;
    }
    units.push(piece);
  };
  stretches.lastIndex = 0;
  for (let found = stretches.exec(text); found !== null; found = stretches.exec(text)) {
    if (found.index > at) put(text.slice(at, found.index), at, found.index, false);
    at = stretches.lastIndex;
    const folded = foldStretch(found[0], unicode);
    // What folds to nothing, or to another length, is one stretch.
    put(folded, found.index, at, true);
  }
  if (at < text.length) put(text.slice(at), at, text.length, false);
  const whole = { text: units.join(""), starts: starts.subarray(0, count), ends: ends.subarray(0, count) };
  return how === "line ends" ? whole : withoutTrailingBlanks(whole);
}

const LINE_ENDS = /\r\n/g;
/** A line end, what nobody sees, or a character beyond ASCII or with marks on it. */
const WITH_MARKS =
  /\r\n|[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]+|[^\uD800-\uDFFF]\p{M}+|[\u0080-\uD7FF\uE000-\uFFFF]/gu;

const ALIKE: ReadonlyMap<string, string> = new Map([
  ...pairs("\u2018\u2019\u201A\u201B\u2032", "'"),
  ...pairs("\u201C\u201D\u201E\u201F\u2033", '"'),
  ...pairs("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
  ...pairs("\u00A0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000", " "),
]);

function pairs(from: string, to: string): [string, string][] {
  return Array.from(from, (each) => [each, to]);
}

function foldStretch(stretch: string, unicode: boolean): string {
  if (stretch === "\r\n") return "\n";
  if (!unicode) return stretch;
  if (/^[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/.test(stretch)) return "";
  const composed = ALIKE.get(stretch) ?? stretch.normalize("NFC");
  // A few characters only come apart by it; there is no place for more units than there were.
  return composed.length <= stretch.length ? composed : stretch;
}

function withoutTrailingBlanks({ text, starts, ends }: Folded): Folded {
  const units: string[] = [];
  const newStarts = new Uint32Array(text.length);
  const newEnds = new Uint32Array(text.length);
  let count = 0;
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    let kept = end;
    while (kept > from && isBlank(text.charCodeAt(kept - 1))) kept--;
    // After the last line end of a text more may follow where it is looked for: its blanks are no blanks at a line's end.
    if (newline === -1) kept = end;
    units.push(text.slice(from, kept));
    newStarts.set(starts.subarray(from, kept), count);
    newEnds.set(ends.subarray(from, kept), count);
    count += kept - from;
    if (newline !== -1) {
      units.push("\n");
      newStarts[count] = starts[newline] ?? 0;
      newEnds[count++] = ends[newline] ?? 0;
    }
    from = end + 1;
  }
  return { text: units.join(""), starts: newStarts.subarray(0, count), ends: newEnds.subarray(0, count) };
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
