import { hash as digest, createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  chmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { codeOf, UndoError } from "./errors.ts";
import type { Slices } from "./slices.ts";

/** Files are read in pieces of so many bytes. */
const PIECE = 1 << 20;

/** A piece costs as much as looking at so many files. */
const PIECE_COST = 300;

/** A small object costs as much as looking at so many files. */
const PUT_COST = 20;

/** What was read of a file. */
export interface Taken {
  readonly hash: string;
  /** In bytes. */
  readonly size: number;
}

/**
 * Contents, each kept once under its SHA-256. An object is written whole beside its place and then put there, so that a
 * crash leaves none that is half. Nothing is forced onto the disk: after a power cut an object may be short or empty,
 * which its size and its hash tell.
 */
export class Objects {
  readonly #folder: string;
  readonly #known = new Set<string>();
  #clones = true;
  /** One file at a time is read into it: whoever uses this waits for one before the next. */
  readonly #scratch = Buffer.allocUnsafe(PIECE);
  /** How many bytes were added. */
  added = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  place(hash: string): string {
    return path.join(this.#folder, hash.slice(0, 2), hash.slice(2));
  }

  /** Keeps some bytes. */
  put(bytes: Uint8Array): string {
    const hash = digest("sha256", bytes, "hex");
    if (this.#has(hash, bytes.length)) return hash;
    const temporary = this.#temporary();
    try {
      writeFileSync(temporary, bytes, { flag: "wx", mode: 0o600 });
      this.#settle(temporary, hash, bytes.length);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    return hash;
  }

  /**
   * Keeps what an open file holds, or only reckons its hash.
   * @param most how many bytes are read at most; undefined is returned for a longer one.
   */
  async take(fd: number, most: number, keep: boolean, slices: Slices): Promise<Taken | undefined> {
    const { size } = fstatSync(fd);
    if (size > most) return undefined;
    if (size < PIECE) {
      const bytes = readWhole(fd, size, this.#scratch);
      // One that grows while it is read goes the long way.
      if (bytes !== undefined) {
        const hash = keep ? this.put(bytes) : digest("sha256", bytes, "hex");
        await slices.spend(PUT_COST + (bytes.length / PIECE) * PIECE_COST);
        return { hash, size: bytes.length };
      }
    }
    const temporary = keep ? this.#temporary() : undefined;
    try {
      const source = temporary !== undefined && this.#clone(fd, temporary) ? openSync(temporary, "r") : fd;
      try {
        const cloned = source !== fd;
        const taken = await copyOut(source, cloned ? undefined : temporary, most, this.#scratch, slices);
        if (taken !== undefined && temporary !== undefined) {
          if (this.#has(taken.hash, taken.size)) rmSync(temporary, { force: true });
          else this.#settle(temporary, taken.hash, taken.size);
          return taken;
        }
        if (temporary !== undefined) rmSync(temporary, { force: true });
        return taken;
      } finally {
        if (source !== fd) closeSync(source);
      }
    } catch (error) {
      if (temporary !== undefined) rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** An object's bytes. @throws UndoError `damaged` where it is not there, or is not what it was. */
  read(hash: string): Buffer {
    let bytes: Buffer | undefined;
    try {
      bytes = readFileSync(this.place(hash));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
    if (bytes === undefined || digest("sha256", bytes, "hex") !== hash) throw damaged();
    return bytes;
  }

  /** Writes an object into an open file. @throws UndoError `damaged`; what is then in the file is not to be used. */
  async copyTo(hash: string, target: number, slices: Slices): Promise<void> {
    let source: number;
    try {
      source = openSync(this.place(hash), "r");
    } catch (error) {
      throw codeOf(error) === "ENOENT" ? damaged() : error;
    }
    try {
      const taken = await pump(source, target, Infinity, this.#scratch, slices);
      if (taken?.hash !== hash) throw damaged();
    } finally {
      closeSync(source);
    }
  }

  /** Forgets which objects there are: somebody took some away. */
  forget(): void {
    this.#known.clear();
  }

  #has(hash: string, size: number): boolean {
    if (this.#known.has(hash)) return true;
    const found = lstatSync(this.place(hash), { throwIfNoEntry: false });
    if (found?.isFile() !== true || found.size !== size) return false;
    this.#known.add(hash);
    return true;
  }

  #settle(temporary: string, hash: string, size: number): void {
    const place = this.place(hash);
    try {
      renameSync(temporary, place);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
      mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
      renameSync(temporary, place);
    }
    this.#known.add(hash);
    this.added += size;
  }

  /** Shares the blocks of a file where the file system can; not asked again where it cannot. */
  #clone(fd: number, temporary: string): boolean {
    if (!this.#clones || process.platform !== "linux") return false;
    try {
      // The handle itself, not a path: nobody can put another file in its place.
      copyFileSync(
        `/proc/self/fd/${fd}`,
        temporary,
        constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE,
      );
      chmodSync(temporary, 0o600);
      return true;
    } catch {
      rmSync(temporary, { force: true });
      this.#clones = false;
      return false;
    }
  }

  #temporary(): string {
    return path.join(this.#folder, `${randomBytes(12).toString("hex")}.tmp`);
  }
}

function damaged(): UndoError {
  return new UndoError("damaged", "its kept content is damaged or gone");
}

/** The whole of a small file; undefined where it has become longer. */
function readWhole(fd: number, size: number, bytes: Buffer): Buffer | undefined {
  let length = 0;
  while (length <= size) {
    const read = readSync(fd, bytes, length, size + 1 - length, length);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
  }
  return undefined;
}

async function copyOut(
  source: number,
  target: string | undefined,
  most: number,
  scratch: Buffer,
  slices: Slices,
): Promise<Taken | undefined> {
  const fd = target === undefined ? undefined : openSync(target, "wx", 0o600);
  try {
    return await pump(source, fd, most, scratch, slices);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function pump(
  source: number,
  target: number | undefined,
  most: number,
  scratch: Buffer,
  slices: Slices,
): Promise<Taken | undefined> {
  const hash = createHash("sha256");
  for (let size = 0; ;) {
    const length = readSync(source, scratch, 0, PIECE, size);
    if (length === 0) return { hash: hash.digest("hex"), size };
    const bytes = scratch.subarray(0, length);
    hash.update(bytes);
    if (target !== undefined) writeAll(target, bytes);
    size += length;
    if (size > most) return undefined;
    await slices.spend((length / PIECE) * PIECE_COST + PUT_COST);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
