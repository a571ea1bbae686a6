import {
  fstatSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { isObject, parseJson } from "../../llm/json.ts";
import type { Clock } from "../../providers/system.ts";
import { askedFor, inWorkspace } from "./asked.ts";
import { changesBetween, countsOf, type Change, type Counts } from "./change.ts";
import { differences } from "./compare.ts";
import type { LeftOut, UndoLimits } from "./coverage.ts";
import type { FolderEntry } from "./entry.ts";
import { codeOf, reasonOf, UndoError } from "./errors.ts";
import { Folder } from "./folder.ts";
import { takeLock } from "./lock.ts";
import { Objects } from "./objects.ts";
import { planned } from "./plan.ts";
import { choose, removeHalves, sizesOf, sweep, type Pruned, type PruneOptions } from "./prune.ts";
import { Restore } from "./restore.ts";
import { boundless, scan, type Scan } from "./scan.ts";
import { Snapshots, type DamagedSnapshot, type Occasion, type Snapshot } from "./snapshots.ts";
import { readStamps, writeStamps, type Stamps } from "./stamps.ts";
import { Trees } from "./trees.ts";
import type { Restored, RestoreOptions, RestorePoint } from "./undo.ts";

interface StoreOptions {
  /** With links followed. */
  readonly workspace: string;
  readonly folder: string;
  /** Paths of the workspace that are no part of it. */
  readonly skip: ReadonlySet<string>;
  readonly clock: Clock;
  readonly limits: Required<UndoLimits>;
}

/** What is held while this process may write. */
interface Writing {
  readonly release: () => void;
  /** What the objects took of the disk, in bytes, that were not added by this process; unknown until it matters. */
  bytes: number | undefined;
}

/** The snapshots of one workspace, in a folder. What is asked of it is done one after the other. */
export class UndoStore {
  readonly #options: StoreOptions;
  readonly #objects: Objects;
  readonly #trees: Trees;
  readonly #snapshots: Snapshots;
  #stamps: Stamps;
  #writing: Writing | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  /** @throws UndoError `invalid` */
  constructor(options: StoreOptions) {
    this.#options = options;
    this.#objects = new Objects(this.#place("objects"));
    this.#trees = new Trees(this.#objects);
    this.#snapshots = new Snapshots(this.#place("snapshots"));
    this.#checkOwner();
    this.#stamps = readStamps(this.#place("stamps"));
  }

  /** @throws UndoError; the signal's reason: then there is none */
  snapshot(label: () => string, signal: AbortSignal | undefined): Promise<Snapshot> {
    return this.#alone(async () => {
      signal?.throwIfAborted();
      const { limits } = this.#options;
      const found = await this.#scan({ limits, skip: [], keep: true, signal });
      const snapshot = this.#keep(found, label, { type: "call" }, []);
      await this.#makeRoom();
      return snapshot;
    });
  }

  list(): Promise<readonly RestorePoint[]> {
    return this.#alone(async () => {
      const { whole } = this.#snapshots.all();
      if (whole.length === 0) return [];
      const now = await this.#scan({ limits: boundless(this.#options.limits), skip: [], keep: false });
      const points: RestorePoint[] = [];
      for (const [at, snapshot] of whole.entries()) {
        const { id, when, label, before, leftOut } = snapshot;
        const step = await this.#counts(snapshot, whole[at + 1] ?? now);
        points.push({ id, when, label, before, leftOut, step, since: await this.#counts(snapshot, now) });
      }
      return points;
    });
  }

  damaged(): readonly DamagedSnapshot[] {
    return this.#snapshots.all().damaged;
  }

  changes(id: number): Promise<readonly Change[]> {
    return this.#alone(async () => {
      const snapshot = this.#snapshots.read(id);
      return (await this.#plan(snapshot, await this.#present(snapshot), undefined)).done;
    });
  }

  restore(id: number, { paths, dryRun = false }: RestoreOptions): Promise<Restored> {
    return this.#alone(async () => {
      const snapshot = this.#snapshots.read(id);
      const { leftOut, root: then } = snapshot;
      const within = this.#within(paths);
      const asked = askedFor(within);
      const unlock = dryRun ? undefined : (path: string) => asked(path) !== "no";
      const present = await this.#present(snapshot, unlock);
      if (dryRun) {
        return { ...(await this.#plan(snapshot, present, paths)), leftOut, back: undefined };
      }
      const occasion = { type: "restore", to: id, ...(within !== undefined && { paths: within }) } as const;
      const back = this.#keep(present, () => `undo to ${id}`, occasion, leftOut).id;
      const restore = new Restore({
        objects: this.#objects,
        trees: this.#trees,
        ignored: this.#ignored(snapshot),
        unkept: new Map(present.leftOut.map(({ path, why }) => [path, why])),
        asked,
      });
      const root = Folder.root(this.#options.workspace);
      try {
        await restore.folder(root, present.root, then);
      } finally {
        root.close();
      }
      const { done, problems } = restore;
      return { done, problems, leftOut, back };
    });
  }

  prune(options: PruneOptions): Promise<Pruned> {
    return this.#alone(async () => this.#prune(options, this.#begin()));
  }

  async close(): Promise<void> {
    await this.#queue;
    const writing = this.#writing;
    if (writing === undefined) return;
    this.#writing = undefined;
    try {
      writeStamps(this.#place("stamps"), this.#stamps);
    } catch {
      // Then all is read again.
    }
    writing.release();
  }

  /**
   * The present, as far as a snapshot covers it, and whatever it takes.
   * @param unlock what may be opened that is closed to us; then it is kept, else only looked at.
   */
  #present({ leftOut }: Snapshot, unlock?: (path: string) => boolean): Promise<Scan> {
    const limits = boundless(this.#options.limits);
    return this.#scan({ limits, skip: leftOut, keep: unlock !== undefined, unlock });
  }

  async #scan(how: {
    readonly limits: Pick<Required<UndoLimits>, "fileBytes" | "totalBytes" | "files">;
    readonly skip: readonly LeftOut[];
    readonly keep: boolean;
    readonly unlock?: ((path: string) => boolean) | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Scan> {
    if (how.keep) this.#begin();
    const found = await scan({
      workspace: this.#options.workspace,
      limits: how.limits,
      skip: new Set([...this.#options.skip, ...how.skip.map(({ path }) => path)]),
      stamps: this.#stamps,
      tick: how.keep ? this.#tick() : undefined,
      objects: this.#objects,
      trees: this.#trees,
      signal: how.signal,
      ...(how.unlock !== undefined && { unlock: how.unlock }),
    });
    if (found.stamps !== undefined) this.#stamps = found.stamps;
    return found;
  }

  /** Writes a snapshot of what was scanned, unless the last one says the same. */
  #keep(
    { root, files, bytes, ...found }: Scan,
    label: () => string,
    before: Occasion,
    passedOver: readonly LeftOut[],
  ): Snapshot {
    const leftOut = [...found.leftOut, ...passedOver];
    const last = this.#snapshots.all().whole.at(-1);
    // Where a restore went is to be known, whatever was there before.
    const mayShare = before.type === "call";
    if (mayShare && last !== undefined && this.#isSame(last, root, leftOut)) return last;
    const when = this.#options.clock.now();
    const id = this.#snapshots.next();
    const snapshot: Snapshot = { id, when, label: label(), before, root, leftOut, files, bytes };
    this.#snapshots.write(snapshot);
    return snapshot;
  }

  #isSame(last: Snapshot, root: FolderEntry, leftOut: readonly LeftOut[]): boolean {
    const before = new Set(last.leftOut.map(({ path }) => path));
    if (before.size !== leftOut.length || !leftOut.every(({ path }) => before.has(path))) return false;
    try {
      return differences(this.#trees, last.root, root, before).next().done === true;
    } catch {
      // It is damaged.
      return false;
    }
  }

  async #counts(from: Snapshot, to: Snapshot | Scan): Promise<Counts | undefined> {
    const ignored = new Set([...from.leftOut, ...to.leftOut].map(({ path }) => path));
    try {
      return countsOf(await changesBetween(this.#trees, from.root, to.root, ignored));
    } catch (error) {
      if (error instanceof UndoError) return undefined;
      throw error;
    }
  }

  /** What a restore would come to, as far as can be told. */
  async #plan(
    snapshot: Snapshot,
    present: Scan,
    paths: readonly string[] | undefined,
  ): Promise<Pick<Restored, "done" | "problems">> {
    const all = await changesBetween(this.#trees, present.root, snapshot.root, this.#ignored(snapshot));
    return planned(all, present.leftOut, askedFor(this.#within(paths)));
  }

  #within(paths: readonly string[] | undefined): readonly string[] | undefined {
    return paths?.map((each) => inWorkspace(this.#options.workspace, each));
  }

  #ignored({ leftOut }: Snapshot): ReadonlySet<string> {
    return new Set([...this.#options.skip, ...leftOut.map(({ path }) => path)]);
  }

  /** Where all of it takes more than it may, the oldest go; but never the newest. */
  async #makeRoom(): Promise<void> {
    const writing = this.#begin();
    const most = this.#options.limits.storeBytes;
    writing.bytes ??= sum(await sizesOf(this.#place("objects"))) - this.#objects.added;
    if (writing.bytes + this.#objects.added > most) await this.#prune({ maxBytes: most }, writing, 1);
  }

  async #prune(options: PruneOptions, writing: Writing, least = 0): Promise<Pruned> {
    const { whole } = this.#snapshots.all();
    const folder = this.#place("objects");
    const sizes = await sizesOf(folder);
    const now = this.#options.clock.now();
    const { stay, needed } = await choose(whole.toReversed(), options, now, least, sizes, this.#trees);
    const staying = new Set(stay.map(({ id }) => id));
    const removed = whole.map(({ id }) => id).filter((id) => !staying.has(id));
    // First what leads there, then what is there: a crash in between leaves only what the next one takes away.
    for (const id of removed) this.#snapshots.remove(id);
    this.#stamps = new Map([...this.#stamps].filter(([, { hash }]) => needed.has(hash)));
    rmSync(this.#place("stamps"), { force: true });
    const bytes = await sweep(this.#objects, sizes, needed);
    writing.bytes = bytes - this.#objects.added;
    return { removed, bytes };
  }

  /** One thing after the other; and what the system says becomes ours. */
  #alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#queue.then(act).catch((error: unknown) => {
      throw codeOf(error) === "" || error instanceof UndoError
        ? error
        : new UndoError("unwritable", reasonOf(error), error);
    });
    this.#queue = done.catch(() => undefined).then(() => this.#trees.clear());
    return done;
  }

  /** From here on this process alone may write. @throws UndoError `held` */
  #begin(): Writing {
    if (this.#writing !== undefined) return this.#writing;
    for (const name of ["objects", "snapshots"]) {
      mkdirSync(this.#place(name), { recursive: true, mode: 0o700 });
    }
    const release = takeLock(this.#place("lock"));
    try {
      removeHalves(this.#place("objects"));
      const { workspace } = this.#options;
      const owner = this.#place("workspace");
      writeFileSync(`${owner}.tmp`, JSON.stringify({ version: VERSION, workspace }), { mode: 0o600 });
      renameSync(`${owner}.tmp`, owner);
      // Another process may have written here meanwhile.
      this.#stamps = readStamps(this.#place("stamps"));
    } catch (error) {
      release();
      throw error;
    }
    return (this.#writing = { release, bytes: undefined });
  }

  /** The time by the clock of the file system. */
  #tick(): bigint {
    const fd = openSync(this.#place("tick"), "w", 0o600);
    try {
      writeSync(fd, ".");
      return fstatSync(fd, { bigint: true }).ctimeNs;
    } finally {
      closeSync(fd);
    }
  }

  #checkOwner(): void {
    const text = readOrNothing(this.#place("workspace"));
    const owner = parseJson(text);
    if (!isObject(owner)) return;
    const { version, workspace } = owner;
    if (typeof version === "number" && version > VERSION) {
      throw new UndoError(
        "invalid",
        "these restore points were written by a later version of colloquy; update",
      );
    }
    if (workspace === this.#options.workspace) return;
    throw new UndoError(
      "invalid",
      `these restore points are of ${JSON.stringify(workspace)}, not of this folder`,
    );
  }

  #place(name: string): string {
    return path.join(this.#options.folder, name);
  }
}

/** Of the form in which snapshots are kept. */
const VERSION = 1;

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((all, size) => all + size, 0);
}

/** A small file; empty where it cannot be read: what is wrong with the folder is told when it is written to. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
