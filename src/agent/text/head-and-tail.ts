import { capLines } from "./cap-lines.ts";

/** What is left of a text that was too long: its beginning, its end, and how much is missing between them. */
export interface Excerpt {
  readonly head: string;
  readonly tail: string;
  /** Of what is missing; nothing is when there are no bytes of it, and then `head` is the whole. */
  readonly omittedLines: number;
  /** In UTF-8. */
  readonly omittedBytes: number;
}

/** Holds the beginning and the end of a text that may have no end, in bounded space. */
export class HeadAndTail {
  readonly #half: number;
  readonly #longestLine: number;
  #head = "";
  /** Once it has text, the head is complete. */
  #tail: string[] = [];
  #tailLength = 0;
  #omittedLines = 0;
  #omittedBytes = 0;

  /**
   * @param most how much is kept, in UTF-16 units.
   * @param longestLine lines are cut after so much.
   */
  constructor(most: number, longestLine: number) {
    this.#half = Math.floor(most / 2);
    this.#longestLine = longestLine;
  }

  /** @param text lines with their ends; the last one may lack it. */
  push(text: string): void {
    const capped = capLines(text, this.#longestLine);
    if (this.#tail.length === 0) {
      const room = this.#half - this.#head.length;
      if (capped.length <= room) {
        this.#head += capped;
        return;
      }
      // A search from before the beginning looks at the beginning all the same.
      const end = room === 0 ? 0 : capped.lastIndexOf("\n", room - 1) + 1;
      this.#head += capped.slice(0, end);
      this.#hold(capped.slice(end));
    } else this.#hold(capped);
  }

  /** What came so far, whole where it fits. */
  excerpt(): Excerpt {
    const tail = this.#tail.join("");
    const [omittedLines, omittedBytes] = [this.#omittedLines, this.#omittedBytes];
    if (omittedBytes === 0) return { head: this.#head + tail, tail: "", omittedLines, omittedBytes };
    return { head: this.#head, tail, omittedLines, omittedBytes };
  }

  get isEmpty(): boolean {
    return this.#head === "" && this.#tail.length === 0;
  }

  #hold(text: string): void {
    // Of much at once, most is passed over without being cut up.
    let kept = text;
    if (text.length > 2 * this.#half) {
      const from = text.indexOf("\n", text.length - this.#half) + 1;
      if (from > 0) {
        for (const piece of this.#tail.splice(0)) this.#omit(piece);
        this.#tailLength = 0;
        this.#omit(text.slice(0, from));
        kept = text.slice(from);
      }
    }
    for (let from = 0; from < kept.length;) {
      const newline = kept.indexOf("\n", from);
      const end = newline === -1 ? kept.length : newline + 1;
      this.#tail.push(kept.slice(from, end));
      this.#tailLength += end - from;
      from = end;
    }
    let drop = 0;
    while (this.#tailLength > this.#half && drop < this.#tail.length - 1) {
      const piece = this.#tail[drop++] ?? "";
      this.#tailLength -= piece.length;
      this.#omit(piece);
    }
    if (drop > 0) this.#tail.splice(0, drop);
  }

  #omit(text: string): void {
    this.#omittedBytes += Buffer.byteLength(text);
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#omittedLines++;
  }
}
