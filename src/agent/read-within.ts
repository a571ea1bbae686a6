import { constants } from "node:fs";
import { lstat, open, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { isWithin } from "./sandbox/look.ts";
import { isPlaceholder } from "./sandbox/placeholder-mark.ts";

/** It is not there, or it is and is not read; `why` goes on from its name. */
type NotRead = { readonly type: "absent" } | { readonly type: "refused"; readonly why: string };

/** What came of reading a file that anybody may have put there. */
export type FileRead =
  | NotRead
  | {
      readonly type: "text";
      /** Bytes that are no UTF-8 are U+FFFD. */
      readonly text: string;
      /** Where it really is. */
      readonly path: string;
      /** Whether there is more than was read. */
      readonly cut: boolean;
    };

/** The same, as bytes. */
export type BytesRead =
  | NotRead
  | { readonly type: "bytes"; readonly bytes: Uint8Array; readonly path: string; readonly cut: boolean };

/**
 * Reads the beginning of a text file of others'. Links are followed within the folder and not out of it; what is no
 * file (a pipe that nobody writes to, a device) is not opened.
 *
 * @param folder absolute, its links followed
 * @param at an absolute path
 * @param most how many bytes are read; a cut is at the end of a line
 */
export async function readWithin(folder: string, at: string, most: number): Promise<FileRead> {
  const read = await readBytesWithin(folder, at, most);
  if (read.type !== "bytes") return read;
  const { bytes, path, cut } = read;
  if (bytes.includes(0)) return refused("is no text");
  const text = new TextDecoder().decode(cut ? bytes.subarray(0, lineEnd(bytes)) : bytes);
  return { type: "text", text, path, cut };
}

/** The same for any file. */
export async function readBytesWithin(folder: string, at: string, most: number): Promise<BytesRead> {
  try {
    const real = await realpath(at);
    if (!isWithin(folder, real)) return refused("is a link that leads out of the project");
    const found = await lstat(real);
    if (found.isDirectory() && isPlaceholder(real)) return { type: "absent" };
    if (!found.isFile()) return refused("is no file");
    // Not waiting, and not through a link: what is there may have changed since.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const opened = await file.stat();
      const again = await realpath(at);
      const now = await stat(again);
      const same = opened.isFile() && opened.ino === now.ino && opened.dev === now.dev;
      if (!same || again !== real) return refused("changed while it was read");
      const buffer = Buffer.alloc(Math.min(most, opened.size) + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      const cut = length > most;
      return { type: "bytes", bytes: buffer.subarray(0, Math.min(length, most)), path: real, cut };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { type: "absent" };
    return refused(`cannot be read (${code ?? message})`);
  }
}

/** The same for a file of the user's own, who may keep it elsewhere and link to it. */
export function readOwn(at: string, most: number): Promise<FileRead> {
  return readWithin(path.parse(at).root, at, most);
}

function refused(why: string): NotRead {
  return { type: "refused", why };
}

function lineEnd(bytes: Uint8Array): number {
  const newline = bytes.lastIndexOf(0x0a);
  if (newline !== -1) return newline + 1;
  let end = bytes.length;
  while (end > 0 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80) end--;
  return Math.max(0, end - 1);
}
