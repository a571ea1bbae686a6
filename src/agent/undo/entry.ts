import { UndoError } from "./errors.ts";
import { isName } from "./names.ts";

/** A file as it was. */
export interface FileEntry {
  readonly type: "file";
  /** The twelve bits of chmod(2). */
  readonly mode: number;
  /** In bytes. */
  readonly size: number;
  /** When its content was changed last, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** SHA-256 of its content, in hex: the object that holds it. */
  readonly hash: string;
}

/** A folder as it was. */
export interface FolderEntry {
  readonly type: "folder";
  readonly mode: number;
  /** The object that holds its listing. */
  readonly hash: string;
}

/** A symbolic link as it was. */
interface LinkEntry {
  readonly type: "link";
  readonly target: string;
}

/** What was at a path. */
export type Entry = FileEntry | FolderEntry | LinkEntry;

/** What was in a folder, by name. */
export type Listing = ReadonlyMap<string, Entry>;

/** Whether two are the same to whoever reads them. The listings of folders may still differ in the times of files. */
export function isSame(a: Entry, b: Entry): boolean {
  if (a.type === "file") return b.type === "file" && a.hash === b.hash && a.mode === b.mode;
  if (a.type === "link") return b.type === "link" && a.target === b.target;
  return b.type === "folder" && a.mode === b.mode && a.hash === b.hash;
}

/** A listing as the bytes of an object: the same one always has the same bytes. A line for each entry. */
export function encodeListing(listing: Listing): Buffer {
  const lines = [...listing]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => `${JSON.stringify(rowOf(name, entry))}\n`);
  return Buffer.from(lines.join(""));
}

/** @throws UndoError `damaged` */
export function decodeListing(bytes: Buffer): Listing {
  const listing = new Map<string, Entry>();
  for (const line of bytes.toString("utf8").split("\n")) {
    if (line === "") continue;
    const [name, entry] = readRow(line);
    listing.set(name, entry);
  }
  return listing;
}

type Row = readonly [name: string, type: string, ...facts: readonly (string | number)[]];

function rowOf(name: string, entry: Entry): Row {
  switch (entry.type) {
    case "file":
      return [name, "file", entry.hash, entry.mode, entry.size, String(entry.mtimeNs)];
    case "folder":
      return [name, "folder", entry.hash, entry.mode];
    case "link":
      return [name, "link", entry.target];
  }
}

const HASH = /^[0-9a-f]{64}$/;

function readRow(line: string): readonly [string, Entry] {
  try {
    const [name, type, first, mode, size, mtime] = JSON.parse(line) as readonly unknown[];
    if (typeof name === "string" && isName(name) && typeof first === "string") {
      if (type === "link") return [name, { type, target: first }];
      if (HASH.test(first) && isCount(mode)) {
        if (type === "folder") return [name, { type, mode, hash: first }];
        if (type === "file" && isCount(size) && typeof mtime === "string") {
          return [name, { type, mode, size, mtimeNs: BigInt(mtime), hash: first }];
        }
      }
    }
  } catch {
    // It is told below.
  }
  throw new UndoError("damaged", "a kept listing of a folder cannot be read");
}

/** Whether it is a number of something. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
