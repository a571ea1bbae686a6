/*
 * The names of files. A file system takes any bytes; most names are UTF-8 and are kept as that text. A byte that is no
 * UTF-8 is kept as a lone surrogate, U+DC80 to U+DCFF, by which it is found again: the way of Python's PEP 383.
 */

const LONE = /\p{Surrogate}/u;

/** The text that a name is kept as. */
export function nameOf(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  // Whatever is wrong in it shows as this character; it may also stand there by right.
  return !text.includes("\ufffd") || Buffer.from(text).equals(bytes) ? text : escaped(bytes);
}

/** The bytes of a name. */
export function bytesOf(name: string): Buffer {
  if (!LONE.test(name)) return Buffer.from(name);
  return Buffer.concat(
    Array.from(name, (letter) =>
      LONE.test(letter) ? Buffer.from([letter.charCodeAt(0) & 0xff]) : Buffer.from(letter),
    ),
  );
}

/** A name in a folder, as the file system takes it. */
export function inFolder(folder: string, name: string): string | Buffer {
  const whole = `${folder}/${name}`;
  return LONE.test(name) ? bytesOf(whole) : whole;
}

/** Whether a name can be that of something in a folder: it leads nowhere else. */
export function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function escaped(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const letter = letterAt(bytes, at);
    text += letter ?? String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += letter === undefined ? 1 : Buffer.byteLength(letter);
  }
  return text;
}

/** The character that begins at a byte; undefined where none does. */
function letterAt(bytes: Buffer, at: number): string | undefined {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const piece = bytes.subarray(at, at + length);
    const text = piece.toString("utf8");
    if (Buffer.from(text).equals(piece)) return text;
  }
  return undefined;
}
