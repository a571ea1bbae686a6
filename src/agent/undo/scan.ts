import { closeSync, constants, fstatSync, openSync, readlinkSync, type BigIntStats } from "node:fs";
import type { LeftOut, UndoLimits, WhyLeftOut } from "./coverage.ts";
import type { Entry, FileEntry, FolderEntry } from "./entry.ts";
import { codeOf } from "./errors.ts";
import { Folder } from "./folder.ts";
import { below, LookAround, type Horizon, type Seen, type SeenFolder } from "./look-around.ts";
import { nameOf } from "./names.ts";
import type { Objects } from "./objects.ts";
import { Slices } from "./slices.ts";
import { stampOf, type Stamps } from "./stamps.ts";
import type { Trees } from "./trees.ts";

/** A workspace as it was found. */
export interface Scan {
  readonly root: FolderEntry;
  readonly leftOut: readonly LeftOut[];
  /** Files and links. */
  readonly files: number;
  /** In them. */
  readonly bytes: number;
  /** What was known of each file; undefined where nothing was kept. */
  readonly stamps: Stamps | undefined;
}

/** How a workspace is looked at. */
export interface ScanOptions extends Horizon {
  /** With links followed. */
  readonly workspace: string;
  /** What was known before. */
  readonly stamps: Stamps;
  /**
   * The time of the file system when the scan began, in nanoseconds: what changed shortly before it or since may change
   * again without another time, and is read again by the next scan. Undefined: nothing is kept, only reckoned.
   */
  readonly tick: bigint | undefined;
  readonly objects: Objects;
  readonly trees: Trees;
  /** Ends it; what is thrown is its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The coarsest clock of a file system that is in use, FAT's, in nanoseconds. */
const GRAIN = 2_000_000_000n;

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

const SWAPPED: ReadonlySet<string> = new Set(["ELOOP", "EINVAL", "ENXIO", "ENOTDIR", "EISDIR"]);

/** Looks at a workspace, and reads what may have changed since it was known. */
export async function scan(options: ScanOptions): Promise<Scan> {
  const slices = new Slices(options.signal);
  const root = Folder.root(options.workspace);
  try {
    const around = new LookAround(root, options, slices);
    const seen = await around.all();
    const reading = new Reading(options, slices);
    const hash = await reading.folder(seen, "", () => root);
    return {
      root: { type: "folder", mode: root.mode, hash },
      leftOut: [...around.leftOut, ...reading.leftOut],
      files: around.files,
      bytes: around.bytes,
      stamps: options.tick === undefined ? undefined : reading.stamps,
    };
  } finally {
    root.close();
  }
}

/** Limits that nothing reaches, but for those of one file. */
export function boundless({ fileBytes }: Required<UndoLimits>): Horizon["limits"] {
  return { fileBytes, totalBytes: Infinity, files: Infinity };
}

class Reading {
  readonly leftOut: LeftOut[] = [];
  readonly stamps: Map<string, { readonly stamp: string; readonly hash: string }> = new Map();
  readonly #options: ScanOptions;
  readonly #slices: Slices;

  constructor(options: ScanOptions, slices: Slices) {
    this.#options = options;
    this.#slices = slices;
  }

  /** @param open opens the folder; only one of which something is read is opened. */
  async folder(seen: SeenFolder, path: string, open: () => Folder): Promise<string> {
    const listing = new Map<string, Entry>();
    let opened: Folder | undefined;
    const here = (): Folder => (opened ??= open());
    try {
      for (const [name, each] of seen) {
        const entry = await this.#entry(each, name, below(path, name), here);
        if (entry !== undefined) listing.set(name, entry);
      }
    } finally {
      if (path !== "") opened?.close();
    }
    await this.#slices.spend(5);
    return this.#options.trees.add(listing, this.#options.tick !== undefined);
  }

  async #entry(seen: Seen, name: string, at: string, here: () => Folder): Promise<Entry | undefined> {
    if (seen.type === "folder") {
      const hash = await this.folder(seen.children, at, () => here().open(name));
      return { type: "folder", mode: seen.mode, hash };
    }
    if (seen.type === "link") {
      await this.#slices.spend(1);
      const target = this.#attempt(at, () => readlinkSync(here().at(name), { encoding: "buffer" }));
      return target === undefined ? undefined : { type: "link", target: nameOf(target) };
    }
    const known = this.#options.stamps.get(at);
    if (known?.stamp === stampOf(seen.status)) {
      this.stamps.set(at, known);
      return fileEntry(seen.status, Number(seen.status.size), known.hash);
    }
    const isClosed = (Number(seen.status.mode) & 0o400) === 0;
    if (isClosed && this.#options.unlock?.(at) === true) this.#attempt(at, () => here().unlock(name));
    const fd = this.#attempt(at, () => openSync(here().at(name), READ));
    return fd === undefined ? undefined : this.#file(fd, at, Number(seen.status.mode) & 0o7777);
  }

  /** @param mode as it was seen: one that was opened for us has another one by now. */
  async #file(fd: number, at: string, mode: number): Promise<FileEntry | undefined> {
    const { objects, limits, tick } = this.#options;
    try {
      const before = fstatSync(fd, { bigint: true });
      if (!before.isFile()) return this.#omit(at, "changing");
      const taken = await objects.take(fd, limits.fileBytes, tick !== undefined, this.#slices);
      if (taken === undefined) return this.#omit(at, "too-big");
      const stamp = stampOf(before);
      const still = stampOf(fstatSync(fd, { bigint: true })) === stamp;
      if (tick !== undefined && still && before.ctimeNs < tick - GRAIN) {
        this.stamps.set(at, { stamp, hash: taken.hash });
      }
      return { type: "file", mode, size: taken.size, mtimeNs: before.mtimeNs, hash: taken.hash };
    } finally {
      closeSync(fd);
    }
  }

  /** Opens something; undefined where it is gone, or not what it was, or closed to us. */
  #attempt<Opened>(path: string, open: () => Opened): Opened | undefined {
    try {
      return open();
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT") return undefined;
      if (code === "EACCES" || code === "EPERM") return this.#omit(path, "unreadable");
      // A link, a pipe or a folder came in its place.
      if (SWAPPED.has(code)) return this.#omit(path, "changing");
      throw error;
    }
  }

  #omit(path: string, why: WhyLeftOut): undefined {
    this.leftOut.push({ path, why });
    return undefined;
  }
}

function fileEntry(status: BigIntStats, size: number, hash: string): FileEntry {
  return { type: "file", mode: Number(status.mode) & 0o7777, size, mtimeNs: status.mtimeNs, hash };
}
