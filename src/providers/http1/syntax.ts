/** What was read is no HTTP/1.1. */
export class HttpSyntaxError extends Error {
  override readonly name: string = "HttpSyntaxError";
}

export const CR = 0x0d;
export const LF = 0x0a;

const STATUS_LINE = Buffer.from("HTTP/1.");

/** Whether these bytes are, so far, how a head begins. */
export function beginsHead(bytes: Buffer, from: number): boolean {
  const length = Math.min(STATUS_LINE.length, bytes.length - from);
  return bytes.compare(STATUS_LINE, 0, length, from, from + length) === 0;
}

/** @throws HttpSyntaxError for what is longer than anybody needs. */
export function bounded(length: number, limit: number): void {
  if (length > limit) throw new HttpSyntaxError(`a head or line is longer than ${limit} bytes`);
}

/** What no head may hold: who takes a lone CR or LF for the end of a line reads other headers than we do. */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const stray = /\0|\r(?!\n)|(?<!\r)\n/;

/**
 * Objects without the names of a prototype. V8 keeps these as records, and those of `Object.create(null)` as tables, which
 * are slow to go through.
 */
const Fields = function () {} as unknown as new () => Record<string, string>;
Fields.prototype = Object.create(null);

/**
 * The fields of a head after its first line, names in lower case; the values of those that are repeated are joined.
 * @throws HttpSyntaxError
 */
export function headerFields(head: string): Record<string, string> {
  const headers: Record<string, string> = new Fields();
  const clean = !stray.test(head);
  const lines = head.split("\r\n");
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const colon = line.indexOf(":");
    // Blanks before a name would go on with the line before, and those behind it hide it (RFC 9112 section 5).
    if (colon <= 0 || isBlank(line, 0) || isBlank(line, colon - 1) || (!clean && stray.test(line)))
      throw new HttpSyntaxError(`not a header: ${JSON.stringify(line.slice(0, 80))}`);
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

function isBlank(line: string, at: number): boolean {
  return line.charCodeAt(at) <= 0x20;
}

/** The size that a chunk's first line says, in hexadecimal; what follows a semicolon means nothing to us. */
export function chunkSize(bytes: Buffer, from: number, to: number): number {
  let size = 0;
  let digits = 0;
  for (let i = from; i < to; i++) {
    const digit = hexadecimal(bytes[i] as number);
    if (digit === -1) break;
    size = size * 16 + digit;
    digits++;
  }
  const next = bytes[from + digits];
  const ends = next === CR || next === LF || next === 0x3b || next === 0x20;
  if (digits === 0 || digits > 12 || !ends) throw new HttpSyntaxError("a chunk has no valid size");
  return size;
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
