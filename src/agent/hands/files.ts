/* Files as the tools see them: links followed, nothing but files read, and a file replaced in one step. */

import { createHash, randomBytes } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fdatasyncSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import path from "node:path";
import { codeOf, HandsProblem, meaningOf } from "./problem.ts";

/** Longer files are read in pages, and not edited. In bytes. */
export const MOST_EDITED: number = 16 * 1024 * 1024;

/** An absolute path from one that a model gave. The working folder is the workspace. */
export function absolute(given: string): string {
  if (given === "") throw new HandsProblem("the path is empty");
  if (given.includes("\0")) throw new HandsProblem("the path has a NUL character");
  return path.resolve(given);
}

/** The path with links followed; undefined where nothing is. */
export function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw new HandsProblem(`${file}: ${meaningOf(error)}`);
  }
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    throw new HandsProblem(`${file} is a link to what is not there`);
  }
  return undefined;
}

/** Opens a file to be read; a pipe or a device, which may never answer, is refused. */
export function openFile(file: string): { readonly fd: number; readonly stats: Stats } {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw new HandsProblem(`${file}: ${meaningOf(error)}`);
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw new HandsProblem(`${file} is neither a file nor a folder`);
}

/** A whole file. */
export interface WholeFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** Reads a file that is to be replaced. */
export function readWhole(file: string): WholeFile {
  const { fd, stats } = openFile(file);
  try {
    if (stats.size > MOST_EDITED)
      throw new HandsProblem(`${file} is too long to be edited: ${stats.size} bytes`);
    return { bytes: readFileSync(fd), stats };
  } finally {
    closeSync(fd);
  }
}

/** Tells one content from another. */
export function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

/** @throws HandsProblem when the file is not what whoever asks believes. */
export function checkVersion(file: string, bytes: Uint8Array, known: string | undefined): void {
  if (known === undefined || versionOf(bytes) === known) return;
  throw new HandsProblem(`${file} has changed since you read it; read it again`);
}

/** Makes a file that is not there yet, and the folders on the way to it. */
export function createFile(file: string, bytes: Uint8Array): void {
  attempt(file, () => {
    mkdirSync(path.dirname(file), { recursive: true });
    const temporary = writeTemporary(file, bytes, undefined);
    try {
      // Unlike a rename it leaves alone what somebody else has made meanwhile.
      linkSync(temporary, file);
    } catch (error) {
      if (codeOf(error) === "EEXIST") {
        unlinkSync(temporary);
        throw new HandsProblem(`${file} was made meanwhile; read it`);
      }
      // A file system without hard links.
      renameSync(temporary, file);
      return;
    }
    unlinkSync(temporary);
  });
}

/**
 * Puts other bytes in a file's place in one step: a reader sees all of the old or all of the new. Its mode stays.
 * @param file with links followed.
 */
export function replaceFile(file: string, bytes: Uint8Array, was: Stats): void {
  attempt(file, () => {
    accessSync(file, constants.W_OK);
    const temporary = writeTemporary(file, bytes, was);
    try {
      const now = statSync(file);
      if (now.ino !== was.ino || now.size !== was.size || now.mtimeMs !== was.mtimeMs) {
        throw new HandsProblem(`${file} was changed by somebody else just now; read it again`);
      }
      renameSync(temporary, file);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
  });
}

function writeTemporary(file: string, bytes: Uint8Array, was: Stats | undefined): string {
  const name = `.${path.basename(file).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`;
  const temporary = path.join(path.dirname(file), name);
  const fd = openSync(temporary, "wx", was === undefined ? 0o666 : 0o600);
  try {
    writeFileSync(fd, bytes);
    if (was !== undefined) {
      keepOwner(fd, was);
      fchmodSync(fd, was.mode & 0o7777);
    }
    fdatasyncSync(fd);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(fd);
  }
  return temporary;
}

function keepOwner(fd: number, was: Stats): void {
  const now = fstatSync(fd);
  if (now.uid === was.uid && now.gid === was.gid) return;
  try {
    fchownSync(fd, was.uid, was.gid);
  } catch {
    // Only the superuser may; the file is then ours.
  }
}

function attempt(file: string, effect: () => void): void {
  try {
    effect();
  } catch (error) {
    if (error instanceof HandsProblem) throw error;
    throw new HandsProblem(`${file} was not written: ${meaningOf(error)}`);
  }
}

/** What stands where a file was looked for that is not there, so that a slip of the pen can be seen. */
export function missing(file: string): HandsProblem {
  const folder = path.dirname(file);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return new HandsProblem(`there is no ${file}, nor the folder ${folder}`);
  }
  const wanted = path.basename(file).toLowerCase();
  const stem = wanted.replace(/\.[^.]*$/, "");
  const near = names.filter((name) => name.toLowerCase().includes(stem) && stem !== "").slice(0, 5);
  return new HandsProblem(`there is no ${file}${near.length > 0 ? `; there is ${near.join(", ")}` : ""}`);
}
