import { ModelError } from "../llm/errors.ts";

/** Takes one event of a stream: its data, and its name where it has one. */
export type SseListener = (data: string, event: string) => void;

/**
 * Server-sent events, pushed in as text and called back as events, per the WHATWG HTML standard section 9.2.6: all
 * three line ends, comments, several data lines, a byte order mark; an event without its blank line is not one.
 * One extension: a bare `error:` line, which some servers end a stream with, is an event named `error`.
 *
 * Time is linear in the text whatever the borders of the chunks: a chunk is searched once, and pieces of a long line
 * are joined once.
 */
export class SseParser {
  readonly #listener: SseListener;
  readonly #maxLength: number;
  /** The pieces of a line whose end has not come yet. */
  #pieces: string[] = [];
  #piecesLength = 0;
  /** The length of the event's data so far. */
  #length = 0;
  #data: string | undefined;
  #event = "";
  #started = false;
  #skipLineFeed = false;

  /** @param maxLength the longest event taken, in UTF-16 units. */
  constructor(listener: SseListener, maxLength: number) {
    this.#listener = listener;
    this.#maxLength = maxLength;
  }

  /** @throws ModelError `too-large` when an event is longer than the cap. */
  push(chunk: string): void {
    let text = chunk;
    if (!this.#started && text !== "") {
      this.#started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (this.#skipLineFeed || text.includes("\r")) text = this.#unifyLineEnds(text);
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      if (this.#pieces.length === 0) this.#line(text, from, to);
      else {
        this.#pieces.push(text.slice(0, to));
        const line = this.#pieces.join("");
        this.#pieces = [];
        this.#piecesLength = 0;
        this.#line(line, 0, line.length);
      }
      from = to + 1;
    }
    if (from < text.length) {
      this.#pieces.push(from === 0 ? text : text.slice(from));
      this.#piecesLength += text.length - from;
      // The line's own name is not the event's.
      this.#check(this.#length + this.#piecesLength - "data: ".length);
    }
  }

  /** CR and CRLF become LF. A CR that ends a chunk counts at once; the LF that may follow it does not. */
  #unifyLineEnds(text: string): string {
    const rest = this.#skipLineFeed && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") this.#skipLineFeed = text.endsWith("\r");
    return rest.replace(/\r\n?/g, "\n");
  }

  #check(length: number): void {
    if (length > this.#maxLength) {
      throw new ModelError(`an event of the stream is longer than ${this.#maxLength} characters`, {
        kind: "too-large",
      });
    }
  }

  #line(text: string, from: number, to: number): void {
    if (from === to) {
      this.#dispatch();
      return;
    }
    const c = text.charCodeAt(from);
    if (c === 0x64 && text.startsWith("data:", from)) {
      const data = field(text, from + 5, to);
      this.#length += data.length;
      this.#check(this.#length);
      this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
    } else if (c === 0x65 && text.startsWith("event:", from)) {
      this.#event = field(text, from + 6, to);
    } else if (c === 0x65 && text.startsWith("error:", from)) {
      this.#event = "error";
      this.#data = field(text, from + 6, to);
      this.#dispatch();
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event;
    this.#data = undefined;
    this.#event = "";
    this.#length = 0;
    if (data !== undefined) this.#listener(data, event);
  }
}

function field(text: string, from: number, to: number): string {
  return text.slice(text.charCodeAt(from) === 0x20 ? from + 1 : from, to);
}
