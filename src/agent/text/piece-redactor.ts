import { REDACTED, type Redactor } from "../../log/redactor.ts";

/** A private key that is never closed hides no more than so much of what comes after it, in UTF-16 units. */
const LONGEST_KEY = 64 * 1024;

const BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z0-9 ]{1,60}-----/;

/** Takes keys out of a text that comes in pieces of whole lines, those too that stand on many lines. */
export class PieceRedactor {
  readonly #redact: Redactor | undefined;
  /** How much of a private key has come whose end has not. */
  #withinKey: number | undefined;

  constructor(redact: Redactor | undefined) {
    this.#redact = redact;
  }

  push(piece: string): string {
    if (this.#redact === undefined) return piece;
    const text = this.#afterKey(piece);
    if (text === "") return "";
    const begin = [...text.matchAll(BEGIN)].at(-1);
    if (begin !== undefined && !END.test(text.slice(begin.index))) {
      this.#withinKey = text.length - begin.index;
      const before = text.slice(0, begin.index);
      return `${this.#redact(before, before.length)}${REDACTED}\n`;
    }
    return this.#redact(text, text.length);
  }

  /** A line that is not over, as it may be shown now; it is pushed when it is over. */
  peek(line: string): string {
    if (this.#redact === undefined) return line;
    return this.#withinKey === undefined ? this.#redact(line, line.length) : "";
  }

  #afterKey(piece: string): string {
    if (this.#withinKey === undefined) return piece;
    const end = END.exec(piece);
    if (end === null) {
      this.#withinKey += piece.length;
      if (this.#withinKey > LONGEST_KEY) this.#withinKey = undefined;
      return "";
    }
    this.#withinKey = undefined;
    return piece.slice(end.index + end[0].length).replace(/^\n/, "");
  }
}
