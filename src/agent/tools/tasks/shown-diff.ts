import { fileText, inOneLine } from "../../text/file-text.ts";

/** So much of a diff is shown, and of one file in a diff that is longer, in UTF-16 units. */
const MOST_SHOWN = 96 * 1024;
const MOST_OF_A_FILE = 16 * 1024;
/** So many files that are left out are named. */
const MOST_NAMED = 100;

/** A diff as a model is shown it. */
export interface ShownDiff {
  readonly text: string;
  /** Files that are not shown, or not whole, with how. Empty where all is there. */
  readonly leftOut: readonly string[];
}

/** A diff in bounded space: whole where it fits, else file by file, as far as there is room. */
export function shownDiff(diff: string): ShownDiff {
  const clean = fileText(diff);
  if (clean.length <= MOST_SHOWN) return { text: clean, leftOut: [] };
  const shown: string[] = [];
  const leftOut: string[] = [];
  let room = MOST_SHOWN;
  for (const file of clean.split(/^(?=diff --git )/m)) {
    const end = file.indexOf("\n");
    const name = inOneLine(end === -1 ? file : file.slice(0, end)).slice(0, 200);
    const most = Math.min(MOST_OF_A_FILE, room);
    const piece = file.length <= most ? file : file.slice(0, file.lastIndexOf("\n", most) + 1);
    if (piece === "") {
      leftOut.push(name);
      continue;
    }
    if (piece !== file) leftOut.push(`${name}: the end of it`);
    shown.push(piece === file ? piece : `${piece}[the rest of this file is left out]\n`);
    room -= piece.length;
  }
  const more = leftOut.length - MOST_NAMED;
  const named = more > 0 ? [...leftOut.slice(0, MOST_NAMED), `and ${more} more`] : leftOut;
  return { text: shown.join(""), leftOut: named };
}
