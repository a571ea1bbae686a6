/*
 * A file's bytes as text of which each letter knows its place, so that an edit of the text is an edit of the bytes, and
 * no other byte is touched: not a byte that is no text, not a line end, not a mark at the beginning.
 */

/** What a file's text is written in: by its mark (UTF-16 has one here), else UTF-8. */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be";

/** Bytes as text, with the place of each UTF-16 unit. */
export interface Letters {
  readonly encoding: Encoding;
  /** A byte that is no text is a lone surrogate, U+DC80 to U+DCFF, which no text that is searched for contains. */
  readonly text: string;
  /** The byte at which each unit begins, and the number of bytes. Both halves of a pair begin where the pair does. */
  readonly offsets: Uint32Array;
}

/** The encoding that the mark at the beginning tells. */
export function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/** Reads bytes as text. */
export function lettersOf(bytes: Uint8Array): Letters {
  const encoding = encodingOf(bytes);
  return encoding === "utf-8" ? fromUtf8(bytes) : fromUtf16(bytes, encoding);
}

/** A text in bytes of an encoding. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

function fromUtf16(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): Letters {
  const count = Math.floor(bytes.length / 2);
  const odd = bytes.length % 2;
  const units = new Uint16Array(count + odd);
  const offsets = new Uint32Array(count + odd + 1);
  const [high, low] = encoding === "utf-16be" ? [0, 1] : [1, 0];
  for (let at = 0; at < count; at++) {
    units[at] = ((bytes[2 * at + high] ?? 0) << 8) | (bytes[2 * at + low] ?? 0);
    offsets[at] = 2 * at;
  }
  if (odd === 1) {
    units[count] = 0xdc80;
    offsets[count] = 2 * count;
  }
  offsets[count + odd] = bytes.length;
  return { encoding, text: asString(units, count + odd), offsets };
}

function fromUtf8(bytes: Uint8Array): Letters {
  const units = new Uint16Array(bytes.length);
  const offsets = new Uint32Array(bytes.length + 1);
  let count = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequence(bytes, at);
    offsets[count] = at;
    if (length === 0) {
      // No text begins with a byte below 0x80 that is not text by itself.
      units[count++] = 0xdc00 | (bytes[at] ?? 0);
      at++;
      continue;
    }
    const point = pointAt(bytes, at, length);
    if (point < 0x10000) units[count++] = point;
    else {
      units[count++] = 0xd800 | ((point - 0x10000) >> 10);
      offsets[count] = at;
      units[count++] = 0xdc00 | ((point - 0x10000) & 0x3ff);
    }
    at += length;
  }
  offsets[count] = bytes.length;
  return { encoding: "utf-8", text: asString(units, count), offsets: offsets.subarray(0, count + 1) };
}

/** How many bytes the character takes that begins here; 0 where none does (Unicode, table 3-7). */
function sequence(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let next = at + 2; next < at + length; next++) {
    const byte = bytes[next] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

function pointAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] ?? 0;
  if (length === 1) return first;
  let point = first & (0xff >> (length + 1));
  for (let next = at + 1; next < at + length; next++) point = (point << 6) | ((bytes[next] ?? 0) & 0x3f);
  return point;
}

function asString(units: Uint16Array, count: number): string {
  return Buffer.from(units.buffer, 0, 2 * count).toString("utf16le");
}
