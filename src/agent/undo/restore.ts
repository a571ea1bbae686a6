import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import type { Asked } from "./asked.ts";
import type { Change } from "./change.ts";
import { isHistory, type WhyLeftOut } from "./coverage.ts";
import { isSame, type Entry, type FileEntry, type FolderEntry, type Listing } from "./entry.ts";
import { codeOf, reasonOf, UndoError } from "./errors.ts";
import type { Folder } from "./folder.ts";
import { below } from "./look-around.ts";
import { bytesOf } from "./names.ts";
import type { Objects } from "./objects.ts";
import { Slices } from "./slices.ts";
import { leftText, mayBeLost } from "./plan.ts";
import type { Trees } from "./trees.ts";

/** A path that is not as it was, and why. */
export interface Problem {
  readonly path: string;
  readonly why: string;
}

/** What a restore works with. */
export interface Restoring {
  readonly objects: Objects;
  readonly trees: Trees;
  /** What the snapshot does not cover: it is left as it is. */
  readonly ignored: ReadonlySet<string>;
  /** What stands there now and could not be kept: it is neither written over nor removed, unless it was named. */
  readonly unkept: ReadonlyMap<string, WhyLeftOut>;
  /** Whether a path was asked for, and by its own name. */
  readonly asked: (path: string) => Asked;
}

const CHANGED = "it changed while it was restored, and was left; undo again";

/** What that looks like to whoever opens, makes or removes something. */
const RACED: ReadonlySet<string> = new Set(["ELOOP", "ENOTDIR", "ENOENT", "EEXIST", "ENOTEMPTY", "EISDIR"]);

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Makes a workspace what it was, path by path. What cannot be done is noted, and the rest goes on. */
export class Restore {
  readonly done: Change[] = [];
  readonly problems: Problem[] = [];
  readonly #with: Restoring;
  readonly #slices = new Slices();
  /** Names of what could not be kept, by folder. */
  readonly #unkept = new Map<string, string[]>();

  constructor(restoring: Restoring) {
    this.#with = restoring;
    for (const at of restoring.unkept.keys()) {
      const end = at.lastIndexOf("/");
      const folder = at.slice(0, Math.max(end, 0));
      this.#unkept.set(folder, [...(this.#unkept.get(folder) ?? []), at.slice(end + 1)]);
    }
  }

  /** @param now what a scan found there just before; undefined for a folder that was just made. */
  async folder(folder: Folder, now: FolderEntry | undefined, then: FolderEntry, path = ""): Promise<void> {
    const { trees, ignored } = this.#with;
    let before: Listing;
    let after: Listing;
    try {
      before = now === undefined ? new Map<string, Entry>() : trees.listing(now.hash);
      after = trees.listing(then.hash);
    } catch (error) {
      this.#problem(path, error);
      return;
    }
    const names = new Set([...before.keys(), ...after.keys(), ...(this.#unkept.get(path) ?? [])]);
    const mode = folder.mode;
    // One that its owner may not write in; its own mode comes at the end.
    const opened = (mode & 0o300) !== 0o300;
    for (const name of names) {
      const at = below(path, name);
      await this.#slices.spend(1);
      const [from, to] = [before.get(name), after.get(name)];
      if (ignored.has(at) || this.#with.asked(at) === "no") continue;
      if (from !== undefined && to !== undefined && isSame(from, to)) continue;
      if (from === undefined && to === undefined && !this.#with.unkept.has(at)) continue;
      try {
        if (opened) folder.mode = mode | 0o700;
        await this.#path(folder, name, at, from, to);
      } catch (error) {
        this.#problem(at, error);
      }
    }
    const asked = this.#with.asked(path);
    const wanted = asked === "named" || asked === "within" ? then.mode : (now?.mode ?? mode);
    if (folder.mode === wanted) return;
    folder.mode = wanted;
    if (now !== undefined && wanted !== now.mode) this.#did(path, "mode", "folder");
  }

  async #path(
    folder: Folder,
    name: string,
    at: string,
    from: Entry | undefined,
    to: Entry | undefined,
  ): Promise<void> {
    const asked = this.#with.asked(at);
    if (from?.type === "folder" && (to?.type === "folder" || asked === "around")) {
      const inner = folder.open(name);
      try {
        // Of a folder that was not there, what was asked for goes, and nothing else.
        const then = to?.type === "folder" ? to : { ...from, hash: this.#with.trees.add(new Map(), false) };
        await this.folder(inner, from, then, at);
      } finally {
        inner.close();
      }
      return;
    }
    if (asked === "around" && to?.type !== "folder") return;
    this.#checkUnkept(at, asked);
    this.#checkUnchanged(folder, name, from, at);
    const there = folder.look(name);
    if (to === undefined) {
      if (await this.#remove(folder, name, at, from)) this.#did(at, "remove", from?.type ?? "file");
      return;
    }
    if (there?.isDirectory() === true && !(await this.#remove(folder, name, at, from))) return;
    await this.#make(folder, name, at, to, there !== undefined && !there.isDirectory());
    const same = from?.type === "file" && to.type === "file" && from.hash === to.hash;
    this.#did(at, there === undefined ? "create" : same ? "mode" : "replace", to.type);
  }

  /** @param occupied whether something that is no folder has the name now */
  async #make(folder: Folder, name: string, at: string, to: Entry, occupied: boolean): Promise<void> {
    if (to.type === "folder") {
      if (occupied) unlinkSync(folder.at(name));
      mkdirSync(folder.at(name), 0o700);
      const inner = folder.open(name);
      try {
        inner.mode = to.mode;
        await this.folder(inner, undefined, to, at);
      } finally {
        inner.close();
      }
      return;
    }
    const temporary = `.colloquy-undo-${randomBytes(9).toString("hex")}`;
    try {
      if (to.type === "link") symlinkSync(bytesOf(to.target), folder.at(temporary));
      else await this.#write(folder, temporary, to);
      renameSync(folder.at(temporary), folder.at(name));
    } catch (error) {
      try {
        unlinkSync(folder.at(temporary));
      } catch {
        // It was never made.
      }
      throw error;
    }
  }

  async #write(folder: Folder, temporary: string, { hash, mode, mtimeNs }: FileEntry): Promise<void> {
    const fd = openSync(folder.at(temporary), CREATE, 0o600);
    try {
      await this.#with.objects.copyTo(hash, fd, this.#slices);
      fchmodSync(fd, mode);
      const seconds = Number(mtimeNs) / 1e9;
      futimesSync(fd, seconds, seconds);
    } finally {
      closeSync(fd);
    }
  }

  /** Removes what a scan has seen, and nothing else. Says whether all of it is gone. */
  async #remove(folder: Folder, name: string, at: string, seen: Entry | undefined): Promise<boolean> {
    const status = folder.look(name);
    if (status === undefined) return true;
    if (!status.isDirectory()) {
      unlinkSync(folder.at(name));
      return true;
    }
    if (seen?.type !== "folder") throw new UndoError("invalid", CHANGED);
    const known = this.#with.trees.listing(seen.hash);
    const inner = folder.open(name);
    let whole = true;
    try {
      if ((inner.mode & 0o700) !== 0o700) inner.mode = inner.mode | 0o700;
      for (const each of inner.names()) {
        const path = below(at, each);
        await this.#slices.spend(2);
        try {
          this.#checkMayGo(inner, each, path, known.get(each));
          if (await this.#remove(inner, each, path, known.get(each))) {
            this.#did(path, "remove", known.get(each)?.type ?? "file");
          } else whole = false;
        } catch (error) {
          whole = false;
          this.#problem(path, error);
        }
      }
    } finally {
      inner.close();
    }
    if (whole) rmdirSync(folder.at(name));
    return whole;
  }

  /** @throws UndoError for something in a folder that goes, where it is to stay. */
  #checkMayGo(folder: Folder, name: string, at: string, seen: Entry | undefined): void {
    if (isHistory(name) || this.#with.ignored.has(at)) {
      throw new UndoError("invalid", "it is no matter of undo, and was left");
    }
    this.#checkUnkept(at, this.#with.asked(at));
    this.#checkUnchanged(folder, name, seen, at);
  }

  /** @throws UndoError where something would be lost for good. */
  #checkUnkept(at: string, asked: Asked): void {
    const why = this.#with.unkept.get(at);
    if (why !== undefined && !mayBeLost(why, asked)) throw new UndoError("invalid", leftText(why));
  }

  /** @throws UndoError where somebody has changed it since the scan: that was not kept. */
  #checkUnchanged(folder: Folder, name: string, seen: Entry | undefined, at: string): void {
    if (this.#with.unkept.has(at)) return;
    const status = folder.look(name);
    const same =
      status === undefined
        ? true
        : seen?.type === "file"
          ? status.isFile() && Number(status.size) === seen.size && status.mtimeNs === seen.mtimeNs
          : seen?.type === "link"
            ? status.isSymbolicLink()
            : seen?.type === "folder" && status.isDirectory();
    if (!same) throw new UndoError("invalid", CHANGED);
  }

  #did(path: string, does: Change["does"], type: Change["type"]): void {
    this.done.push({ path: path === "" ? "." : path, does, type });
  }

  #problem(path: string, error: unknown): void {
    const raced = RACED.has(codeOf(error));
    this.problems.push({ path: path === "" ? "." : path, why: raced ? CHANGED : reasonOf(error) });
  }
}
