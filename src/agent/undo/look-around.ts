import type { BigIntStats } from "node:fs";
import { isMark, onlyMarks } from "../sandbox/placeholder-mark.ts";
import { isHeavy, isHistory, type LeftOut, type UndoLimits, type WhyLeftOut } from "./coverage.ts";
import { codeOf } from "./errors.ts";
import { descend, type Folder } from "./folder.ts";
import type { Slices } from "./slices.ts";

/** Something that was seen; nothing was read yet. */
export type Seen =
  | { readonly type: "file" | "link"; readonly status: BigIntStats }
  | { readonly type: "folder"; readonly mode: number; readonly children: SeenFolder };

/** What was seen in a folder, by name. */
export type SeenFolder = ReadonlyMap<string, Seen>;

/** Folders in folders; each that is open takes a handle. */
const DEEPEST = 128;

/** A heavy folder that waits until all else was looked at. */
interface Waiting {
  readonly path: string;
  readonly name: string;
  readonly mode: number;
  readonly siblings: Map<string, Seen>;
}

/** What decides how far one looks. */
export interface Horizon {
  readonly limits: Pick<Required<UndoLimits>, "fileBytes" | "totalBytes" | "files">;
  /** Paths that are passed over. */
  readonly skip: ReadonlySet<string>;
  /** Whether what is closed to us may be opened: a restore gives it another mode, or removes it. */
  readonly unlock?: (path: string) => boolean;
}

/**
 * Looks at all that is in a workspace, and decides what of it a snapshot covers. Nothing is read and no link followed.
 * Folders that are heavy by their names come last, so that they take no other's room; one that does not fit is left out
 * whole, and so is any other folder whose files go beyond the limits.
 */
export class LookAround {
  readonly leftOut: LeftOut[] = [];
  files = 0;
  bytes = 0;
  readonly #root: Folder;
  readonly #horizon: Horizon;
  readonly #slices: Slices;
  #waiting: Waiting[] | undefined = [];

  constructor(root: Folder, horizon: Horizon, slices: Slices) {
    this.#root = root;
    this.#horizon = horizon;
    this.#slices = slices;
  }

  async all(): Promise<SeenFolder> {
    const children = (await this.#folder(this.#root, "", 0)) ?? new Map<string, Seen>();
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const each of waiting) await this.#heavy(each);
    return children;
  }

  async #heavy({ path, name, mode, siblings }: Waiting): Promise<void> {
    const before = { files: this.files, bytes: this.bytes, leftOut: this.leftOut.length };
    let folder: Folder;
    try {
      folder = descend(this.#root, path);
    } catch (error) {
      this.#unopened(path, error);
      return;
    }
    try {
      const children = await this.#folder(folder, path, path.split("/").length);
      const beyond = this.leftOut
        .slice(before.leftOut)
        .find(({ why }) => why === "too-many" || why === "too-much");
      if (beyond !== undefined) {
        this.files = before.files;
        this.bytes = before.bytes;
        this.leftOut.length = before.leftOut;
        this.#omit(path, beyond.why);
      } else if (children !== undefined) siblings.set(name, { type: "folder", mode, children });
    } finally {
      folder.close();
    }
  }

  /** What is in a folder; undefined where it is left out whole, or is only the mark of a sandbox. */
  async #folder(folder: Folder, path: string, depth: number): Promise<Map<string, Seen> | undefined> {
    const there = folder.names();
    if (depth > 0 && onlyMarks(there)) return undefined;
    const names = there.filter((name) => !isMark(name)).sort();
    const children = new Map<string, Seen>();
    const folders: (readonly [name: string, status: BigIntStats])[] = [];
    const found: (readonly [name: string, status: BigIntStats])[] = [];
    for (const name of names) {
      const at = below(path, name);
      if (isHistory(name) || this.#horizon.skip.has(at)) continue;
      await this.#slices.spend(1);
      const status = folder.look(name);
      if (status === undefined) continue;
      if (status.isDirectory()) folders.push([name, status]);
      else if (!status.isFile() && !status.isSymbolicLink()) this.#omit(at, "special");
      else if (status.isFile() && status.size > this.#horizon.limits.fileBytes) this.#omit(at, "too-big");
      else found.push([name, status]);
    }
    if (depth > 0) {
      const why = this.#beyond(found.map(([, status]) => status));
      if (why !== undefined) {
        this.#omit(path, why);
        return undefined;
      }
    }
    for (const [name, status] of found) {
      const why = this.#beyond([status]);
      if (why !== undefined) {
        this.#omit(below(path, name), why);
        continue;
      }
      this.files++;
      this.bytes += Number(status.size);
      children.set(name, { type: status.isFile() ? "file" : "link", status });
    }
    for (const [name, status] of folders) await this.#inner(folder, path, depth, name, status, children);
    return children;
  }

  async #inner(
    folder: Folder,
    path: string,
    depth: number,
    name: string,
    status: BigIntStats,
    siblings: Map<string, Seen>,
  ): Promise<void> {
    const at = below(path, name);
    const mode = Number(status.mode) & 0o7777;
    if (depth >= DEEPEST) {
      this.#omit(at, "too-deep");
      return;
    }
    if ((mode & 0o500) !== 0o500 && this.#horizon.unlock?.(at) === true) folder.unlock(name);
    if (this.#waiting !== undefined && isHeavy(name)) {
      this.#waiting.push({ path: at, name, mode, siblings });
      return;
    }
    let inner: Folder;
    try {
      inner = folder.open(name);
    } catch (error) {
      this.#unopened(at, error);
      return;
    }
    try {
      const children = await this.#folder(inner, at, depth + 1);
      if (children !== undefined) siblings.set(name, { type: "folder", mode, children });
    } catch (error) {
      this.#unopened(at, error);
    } finally {
      inner.close();
    }
  }

  #beyond(statuses: readonly BigIntStats[]): WhyLeftOut | undefined {
    const { limits } = this.#horizon;
    if (this.files + statuses.length > limits.files) return "too-many";
    const bytes = statuses.reduce((sum, { size }) => sum + Number(size), this.bytes);
    return bytes > limits.totalBytes && statuses.length > 0 ? "too-much" : undefined;
  }

  #unopened(path: string, error: unknown): void {
    const code = codeOf(error);
    if (code === "ENOENT") return;
    if (code === "ENOTDIR" || code === "ELOOP") this.#omit(path, "changing");
    else if (code === "EACCES" || code === "EPERM") this.#omit(path, "unreadable");
    else throw error;
  }

  #omit(path: string, why: WhyLeftOut): void {
    this.leftOut.push({ path, why });
  }
}

/** The path of something in a folder; the workspace itself is the empty path. */
export function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
