import { beginsHead, bounded, chunkSize, CR, headerFields, HttpSyntaxError, LF } from "./syntax.ts";

/** A response's first lines. Header names are in lower case; values of repeated headers are joined by commas. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the connection may be used again after this response. */
  readonly keepAlive: boolean;
}

/** Takes a response as it is read. */
export interface ResponseListener {
  head(head: ResponseHead): void;
  /** Bytes of the body: those of one `push` come as one. Who keeps them copies them: what is read next may overwrite them. */
  data(bytes: Uint8Array): void;
  end(): void;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 8 * 1024;

type State =
  | "head"
  | "length"
  | "chunk-size"
  | "chunk-data"
  | "chunk-end"
  | "trailer"
  | "until-close"
  | "done";

/**
 * Reads HTTP/1.1 responses to POST requests (RFC 9112), pushed in as bytes cut anywhere. Interim responses (1xx) are
 * passed over. Pure: it never touches a socket.
 *
 * It exists because each piece of a chunked body costs a microsecond in `node:http`, and models send a piece for each
 * word: here the pieces of one read are moved together within its buffer and handed on as one.
 */
export class ResponseParser {
  readonly #listener: ResponseListener;
  #state: State = "head";
  /** Bytes of a head or a line whose end has not come yet. */
  #held: Buffer | undefined;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;

  constructor(listener: ResponseListener) {
    this.#listener = listener;
  }

  /** Whether the response is finished. */
  get done(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes bytes, which it may change. Returns how many it did not need: more than none after the end is a fault of
   * the server.
   * @throws HttpSyntaxError
   */
  push(input: Buffer): number {
    let bytes = input;
    if (this.#held !== undefined) {
      bytes = Buffer.concat([this.#held, input]);
      this.#held = undefined;
    }
    let at = 0;
    // The body's pieces are moved to the front of what was read, one behind the other; reading is always ahead.
    let first = -1;
    let filled = 0;
    const keep = (from: number, to: number): void => {
      if (first === -1) {
        first = from;
        filled = to;
      } else {
        if (filled !== from) bytes.copyWithin(filled, from, to);
        filled += to - from;
      }
    };
    while (at < bytes.length && this.#state !== "done") {
      switch (this.#state) {
        case "head": {
          const end = bytes.indexOf("\r\n\r\n", at, "latin1");
          if (end === -1) {
            // What begins otherwise never becomes a head: the silence after it need not be waited out.
            if (!beginsHead(bytes, at)) this.#head(bytes.toString("latin1", at, at + 80));
            at = this.#hold(bytes, at, MAX_HEAD_BYTES);
            break;
          }
          bounded(end - at, MAX_HEAD_BYTES);
          this.#head(bytes.toString("latin1", at, end));
          at = end + 4;
          break;
        }
        case "chunk-size": {
          const end = bytes.indexOf(LF, at);
          if (end === -1) {
            at = this.#hold(bytes, at, MAX_LINE_BYTES);
            break;
          }
          bounded(end - at, MAX_LINE_BYTES);
          this.#left = chunkSize(bytes, at, end);
          this.#state = this.#left === 0 ? "trailer" : "chunk-data";
          at = end + 1;
          break;
        }
        case "length":
        case "chunk-data": {
          const to = Math.min(bytes.length, at + this.#left);
          keep(at, to);
          this.#left -= to - at;
          at = to;
          if (this.#left === 0) this.#state = this.#state === "length" ? "done" : "chunk-end";
          break;
        }
        case "chunk-end":
          if (bytes[at] === CR) {
            if (at + 1 === bytes.length) {
              at = this.#hold(bytes, at, MAX_LINE_BYTES);
              break;
            }
            at++;
          }
          if (bytes[at] !== LF) throw new HttpSyntaxError("a chunk is longer than it says");
          at++;
          this.#state = "chunk-size";
          break;
        case "trailer": {
          const end = bytes.indexOf(LF, at);
          if (end === -1) {
            at = this.#hold(bytes, at, MAX_HEAD_BYTES);
            break;
          }
          bounded(end - at, MAX_HEAD_BYTES);
          if (end === at || (end === at + 1 && bytes[at] === CR)) this.#state = "done";
          at = end + 1;
          break;
        }
        case "until-close":
          keep(at, bytes.length);
          at = bytes.length;
      }
    }
    if (first !== -1) this.#listener.data(bytes.subarray(first, filled));
    if (this.#state === "done") this.#listener.end();
    return bytes.length - at;
  }

  /**
   * The connection was closed.
   * @returns whether the response had come to its end by then.
   */
  close(): boolean {
    if (this.#state !== "until-close") return this.#state === "done";
    this.#state = "done";
    this.#listener.end();
    return true;
  }

  #hold(bytes: Buffer, from: number, limit: number): number {
    bounded(bytes.length - from, limit);
    this.#held = Buffer.from(bytes.subarray(from));
    return bytes.length;
  }

  #head(text: string): void {
    const status = /^HTTP\/1\.([01]) (\d{3})(?: |\r\n|$)/.exec(text);
    if (status === null) {
      const [line = ""] = text.split("\r\n", 1);
      throw new HttpSyntaxError(`no status line: ${JSON.stringify(line.slice(0, 80))}`);
    }
    const code = Number(status[2]);
    if (code === 101) throw new HttpSyntaxError("the server switched protocols unasked");
    if (code < 200) return;
    const headers = headerFields(text);
    this.#state = this.#framing(code, headers);
    const connection = (headers["connection"] ?? "").toLowerCase();
    const persistent = status[1] === "1" ? !connection.includes("close") : connection.includes("keep-alive");
    this.#listener.head({ status: code, headers, keepAlive: persistent && this.#state !== "until-close" });
  }

  /** How the body's end is told: RFC 9112 section 6.3. */
  #framing(status: number, headers: Readonly<Record<string, string>>): State {
    if (status === 204 || status === 304) return "done";
    const coding = headers["transfer-encoding"];
    if (coding !== undefined) {
      return /(?:^|,)\s*chunked\s*$/i.test(coding) ? "chunk-size" : "until-close";
    }
    const length = headers["content-length"];
    if (length === undefined) return "until-close";
    const only = length.includes(",") ? repeated(length) : length;
    if (!/^\d{1,15}$/.test(only)) throw new HttpSyntaxError(`not a length: ${length}`);
    this.#left = Number(only);
    return this.#left === 0 ? "done" : "length";
  }
}

/** A repeated length is allowed only when it repeats itself. */
function repeated(lengths: string): string {
  const different = new Set(lengths.split(",").map((each) => each.trim()));
  const [only = ""] = different;
  return different.size === 1 ? only : "";
}
