import { closeSync, openSync, writeSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

interface Lines {
  readonly text: string;
  /** There are lines after them. */
  readonly more: boolean;
}

/** What a program wrote, in a file that is written as it comes. */
export class CommandLog {
  readonly path: string;
  readonly #most: number;
  #file: number | undefined;
  #written = 0;
  #dropped = 0;
  #problem: string | undefined;

  /**
   * @param path of a file that is not there yet; it is made with the first byte, for its owner alone.
   * @param most how many bytes it may hold; what comes after them is counted and dropped.
   */
  constructor(path: string, most: number) {
    this.path = path;
    this.#most = most;
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    const room = this.#problem === undefined ? this.#most - this.#written : 0;
    // A piece that does not fit ends the log, at the end of a line.
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, bytes.lastIndexOf(0x0a, room - 1) + 1);
    if (this.#dropped > 0 || room <= 0 || !this.#append(kept)) this.#dropped += bytes.length;
    else this.#dropped += bytes.length - kept.length;
  }

  /** What is wrong with the log, for whoever is told of it; undefined when it is whole. */
  get gap(): string | undefined {
    if (this.#problem !== undefined) return `the log could not be written: ${this.#problem}`;
    if (this.#dropped === 0) return undefined;
    return `the log holds the first ${this.#written} bytes; ${this.#dropped} more were dropped`;
  }

  /** Lines of the log from one on, the first being 1, as far as `most` bytes go. */
  async lines(from: number, most: number): Promise<Lines> {
    if (this.#written === 0) return { text: "", more: false };
    const file = await open(this.path, "r");
    try {
      return await linesOf(file, from, most);
    } finally {
      await file.close();
    }
  }

  close(): void {
    if (this.#file === undefined) return;
    try {
      closeSync(this.#file);
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#file = undefined;
  }

  #append(bytes: Buffer): boolean {
    try {
      this.#file ??= openSync(this.path, "wx", 0o600);
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
      this.#written += bytes.length;
      return true;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}

async function linesOf(file: FileHandle, from: number, most: number): Promise<Lines> {
  const chunk = Buffer.alloc(64 * 1024);
  const kept: Buffer[] = [];
  let [line, length] = [1, 0];
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return { text: Buffer.concat(kept).toString(), more: false };
    let at = 0;
    while (line < from && at < bytesRead) {
      const newline = chunk.subarray(0, bytesRead).indexOf(0x0a, at);
      at = newline === -1 ? bytesRead : newline + 1;
      if (newline !== -1) line++;
    }
    if (at === bytesRead) continue;
    kept.push(Buffer.from(chunk.subarray(at, bytesRead)));
    length += bytesRead - at;
    if (length <= most) continue;
    const all = Buffer.concat(kept);
    const end = all.lastIndexOf(0x0a, most - 1) + 1;
    return { text: all.subarray(0, end === 0 ? most : end).toString(), more: true };
  }
}
