/** A stretch of a text's lines, taken from bytes that come in pieces. */
export interface Page {
  /** Without carriage returns at their ends; what is no UTF-8 is U+FFFD. */
  readonly lines: readonly string[];
  /** How many lines there are; undefined when it was not read to its end. */
  readonly total: number | undefined;
  readonly crlf: number;
  readonly lf: number;
  /** How many lines of the page were cut. */
  readonly cut: number;
  /** The last line of all has a line end. */
  readonly closed: boolean;
}

/** What a page may hold. */
export interface PageBounds {
  /** The first line, the first of all being 1. */
  readonly from: number;
  readonly lines: number;
  /** Of the page, in bytes; one line is always given. */
  readonly bytes: number;
  /** Of a line, in UTF-16 units. */
  readonly line: number;
}

const NEWLINE = 0x0a;

/** Takes a page; all pieces are gone through, for its lines are counted. */
export function pageOf(pieces: Iterable<Buffer>, bounds: PageBounds, isWhole: () => boolean): Page {
  const lines: string[] = [];
  let [number, crlf, lf, cut, size] = [1, 0, 0, 0, 0];
  let full = false;
  let open: Buffer[] = [];
  let openLength = 0;
  let lastByte = NEWLINE;
  const keepBytes = bounds.line * 4 + 4;

  const hold = (bytes: Buffer): void => {
    const room = keepBytes - Math.min(keepBytes, openLength);
    // The piece's memory is used again for the next one.
    if (room > 0 && wanted()) open.push(Buffer.from(bytes.subarray(0, room)));
    openLength += bytes.length;
  };
  const wanted = (): boolean => !full && number >= bounds.from && lines.length < bounds.lines;
  const close = (ended: boolean): void => {
    if (wanted()) {
      const kept = Buffer.concat(open);
      const whole = openLength === kept.length;
      let text = kept.toString("utf8");
      if (ended && whole && text.endsWith("\r")) text = text.slice(0, -1);
      if (!whole || text.length > bounds.line) {
        const shown = shorten(text, bounds.line);
        text = `${shown}… (${openLength - Buffer.byteLength(shown)} more bytes)`;
        cut++;
      }
      size += Buffer.byteLength(text) + 1;
      if (size > bounds.bytes && lines.length > 0) full = true;
      else lines.push(text);
    }
    open = [];
    openLength = 0;
    number++;
  };

  for (const piece of pieces) {
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, at)) {
      hold(piece.subarray(at, end));
      if ((end > 0 ? piece[end - 1] : lastByte) === 0x0d) crlf++;
      else lf++;
      close(true);
      at = end + 1;
    }
    if (at < piece.length) hold(piece.subarray(at));
    lastByte = piece[piece.length - 1] ?? lastByte;
  }
  const closed = openLength === 0;
  if (!closed) close(false);
  return { lines, total: isWhole() ? number - 1 : undefined, crlf, lf, cut, closed };
}

function shorten(text: string, most: number): string {
  const cut = text.slice(0, most);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
