/*
 * What a program wrote for a terminal, as plain text. Escapes are those of ECMA-48 and xterm
 * (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html); the result has no control characters but `\n` and `\t`.
 */

type State = "text" | "escape" | "intermediate" | "csi" | "string" | "string-escape";

/** Lines this long are passed on in pieces, in UTF-16 units: nothing of what a program writes is held without end. */
const LONGEST_LINE = 16 * 1024;

const CONTROL = /[^\P{Cc}\n\t]/u;

/**
 * Takes what a program writes, in pieces cut anywhere, and passes on text: escapes and control characters are taken
 * out, a backspace takes a character back, and of what a carriage return overwrote the last is left.
 */
export class TerminalText {
  readonly #emit: (text: string) => void;
  #state: State = "text";
  /** The line that is not over yet. */
  #line = "";
  /** The line begins anew with the next character. */
  #returned = false;

  /** @param emit gets whole lines, with their ends; only of a very long line, pieces. */
  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  push(text: string): void {
    if (this.#state === "text" && !this.#returned && !CONTROL.test(text)) {
      this.#plain(text);
      return;
    }
    let out = "";
    let at = 0;
    while (at < text.length) {
      if (this.#state === "text") {
        const from = at;
        while (at < text.length && !isControl(text.charCodeAt(at))) at++;
        if (at > from) this.#write(text.slice(from, at));
        if (at === text.length) break;
      }
      const code = text.charCodeAt(at);
      at += this.#take(code) ? 1 : 0;
      if (code === NEWLINE && this.#state === "text") {
        out += this.#line;
        this.#line = "";
        if (out.length > LONGEST_LINE) {
          this.#emit(out);
          out = "";
        }
      }
    }
    if (out !== "") this.#emit(out);
    this.#flushLong();
  }

  /** The end of what was written: passes on the last line, though it has no end. */
  end(): void {
    if (this.#line !== "") this.#emit(this.#line);
    this.#line = "";
    this.#state = "text";
    this.#returned = false;
  }

  /** The line that is not over yet. */
  get open(): string {
    return this.#line;
  }

  /** Text without control characters, while nothing is under way. */
  #plain(text: string): void {
    const end = text.lastIndexOf("\n") + 1;
    if (end > 0) {
      this.#emit(this.#line + text.slice(0, end));
      this.#line = text.slice(end);
    } else this.#line += text;
    this.#flushLong();
  }

  /** A long line goes on in pieces, cut where no key can be: what takes keys out sees each of them whole. */
  #flushLong(): void {
    while (this.#line.length > LONGEST_LINE) {
      const end = cutAt(this.#line, LONGEST_LINE);
      this.#emit(this.#line.slice(0, end));
      this.#line = this.#line.slice(end);
    }
  }

  #write(text: string): void {
    if (this.#returned) {
      this.#line = "";
      this.#returned = false;
    }
    this.#line += text;
  }

  /** Takes one unit of a control, an escape or what is within one. False: it ends what was under way, and is looked at again. */
  #take(code: number): boolean {
    switch (this.#state) {
      case "text":
        this.#control(code);
        return true;
      case "escape":
        if (code === 0x5b) this.#state = "csi";
        else if (STRING_STARTERS.has(code)) this.#state = "string";
        else if (code >= 0x20 && code <= 0x2f) this.#state = "intermediate";
        else if (code >= 0x30 && code <= 0x7e) this.#state = "text";
        else return this.#abandon(code);
        return true;
      case "intermediate":
        if (code >= 0x20 && code <= 0x2f) return true;
        if (code < 0x30 || code > 0x7e) return this.#abandon(code);
        this.#state = "text";
        return true;
      case "csi":
        if (code >= 0x20 && code <= 0x3f) return true;
        if (code < 0x40 || code > 0x7e) return this.#abandon(code);
        this.#state = "text";
        return true;
      case "string":
        if (code === BELL || code === 0x9c || code === 0x18 || code === 0x1a) this.#state = "text";
        else if (code === ESCAPE) this.#state = "string-escape";
        // One that has no end must not swallow all that comes after it.
        else if (code === NEWLINE) return this.#abandon(code);
        return true;
      case "string-escape":
        if (code === 0x5c) {
          this.#state = "text";
          return true;
        }
        this.#state = "escape";
        return false;
    }
  }

  #abandon(code: number): boolean {
    this.#state = code === ESCAPE ? "escape" : "text";
    return code === ESCAPE;
  }

  #control(code: number): void {
    if (code === NEWLINE) {
      this.#line += "\n";
      this.#returned = false;
    } else if (code === 0x0d) this.#returned = this.#line !== "";
    else if (code === 0x08) this.#line = this.#line.slice(0, -lastWidth(this.#line));
    else if (code === ESCAPE) this.#state = "escape";
    else if (code === 0x9b) this.#state = "csi";
    else if (code >= 0x80 && STRING_STARTERS.has(code - 0x40)) this.#state = "string";
  }
}

const NEWLINE = 0x0a;
const BELL = 0x07;
const ESCAPE = 0x1b;
/** DCS, SOS, OSC, PM, APC: what follows goes on until ST. */
const STRING_STARTERS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f]);

function isControl(code: number): boolean {
  return code < 0x20 ? code !== 0x09 : code >= 0x7f && code <= 0x9f;
}

/** How many units the last character takes; 1 where there is none, so that nothing is taken back. */
function lastWidth(line: string): number {
  const last = line.charCodeAt(line.length - 1);
  const before = line.charCodeAt(line.length - 2);
  return last >= 0xdc00 && last <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? 2 : 1;
}

/** Where to cut a text: after the last character before `most` that no key has in it, else there, between characters. */
function cutAt(text: string, most: number): number {
  for (let at = most; at > most / 2; at--) {
    if (!/[\w./+=~%-]/.test(text.charAt(at - 1)) && !isLow(text.charCodeAt(at))) return at;
  }
  return isLow(text.charCodeAt(most)) ? most - 1 : most;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** A whole text as {@link TerminalText} leaves it. */
export function plainText(text: string): string {
  let all = "";
  const terminal = new TerminalText((piece) => {
    all += piece;
  });
  terminal.push(text);
  terminal.end();
  return all;
}
