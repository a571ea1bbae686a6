/** Letters that take two columns of a terminal: East Asian wide ones (Unicode, UAX #11) and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Letters that take none: accents that are put on others, and what joins them. */
const NONE = /^[\p{M}\p{Cf}]$/u;

/** How many columns of a terminal a line takes. */
export function columnsOf(line: string): number {
  // Nearly all lines are plain.
  if (/^[\x20-\x7e]*$/.test(line)) return line.length;
  let columns = 0;
  for (const letter of line) columns += widthOf(letter);
  return columns;
}

/** A line that takes at most so many columns; where it is cut it ends with `…`. */
export function fit(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  let [cut, used] = ["", 0];
  for (const letter of line) {
    used += widthOf(letter);
    if (used > columns - 1) break;
    cut += letter;
  }
  return columns < 1 ? "" : `${cut.trimEnd()}…`;
}

/** A line that takes at least so many columns: blanks stand behind it. */
export function pad(line: string, columns: number): string {
  return line + " ".repeat(Math.max(0, columns - columnsOf(line)));
}

/** A text as lines of at most so many columns, parted between words; a longer word has a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function widthOf(letter: string): number {
  return NONE.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1;
}
