import { hash as digest } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseJson, isObject } from "../../llm/json.ts";
import { isWhyLeftOut, type LeftOut } from "./coverage.ts";
import { isCount, type FolderEntry } from "./entry.ts";
import { codeOf, reasonOf, UndoError } from "./errors.ts";

/** What a snapshot was taken before: calls of tools, or a restore to another one, of some paths or of all. */
export type Occasion =
  | { readonly type: "call" }
  | { readonly type: "restore"; readonly to: number; readonly paths?: readonly string[] };

/** A snapshot: when it was taken, before what, and what was there. */
export interface Snapshot {
  /** Counts the snapshots of a store from 1. */
  readonly id: number;
  /** In milliseconds since 1970. */
  readonly when: number;
  /** What was about to happen, in a line. */
  readonly label: string;
  readonly before: Occasion;
  readonly root: FolderEntry;
  readonly leftOut: readonly LeftOut[];
  /** Files and links. */
  readonly files: number;
  /** In them. */
  readonly bytes: number;
}

/** A snapshot of which nothing can be said but that it was there. */
export interface DamagedSnapshot {
  readonly id: number;
  readonly why: string;
}

/** The snapshots in a folder, a file each: the hash of what follows, and JSON. */
export class Snapshots {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Oldest first, and those that cannot be read. */
  all(): { readonly whole: readonly Snapshot[]; readonly damaged: readonly DamagedSnapshot[] } {
    const whole: Snapshot[] = [];
    const damaged: DamagedSnapshot[] = [];
    for (const id of this.#ids()) {
      try {
        whole.push(this.read(id));
      } catch (error) {
        damaged.push({ id, why: reasonOf(error) });
      }
    }
    return { whole, damaged };
  }

  /** @throws UndoError `not-found`, `damaged` */
  read(id: number): Snapshot {
    let text: string;
    try {
      text = readFileSync(this.#file(id), "utf8");
    } catch (error) {
      throw new UndoError("not-found", `there is no restore point ${id}`, error);
    }
    const end = text.indexOf("\n");
    const body = text.slice(end + 1);
    const snapshot =
      digest("sha256", body, "hex") === text.slice(0, end) ? shaped(parseJson(body)) : undefined;
    if (snapshot?.id === id) return snapshot;
    throw new UndoError("damaged", `restore point ${id} is damaged and cannot be used`);
  }

  /** The next free number. One of a damaged snapshot is not free. */
  next(): number {
    return (this.#ids().at(-1) ?? 0) + 1;
  }

  write(snapshot: Snapshot): void {
    const body = JSON.stringify({ version: 1, ...snapshot });
    const file = this.#file(snapshot.id);
    const temporary = `${file}.tmp`;
    writeFileSync(temporary, `${digest("sha256", body, "hex")}\n${body}`, { mode: 0o600 });
    renameSync(temporary, file);
  }

  remove(id: number): void {
    rmSync(this.#file(id), { force: true });
  }

  #ids(): number[] {
    return namesIn(this.#folder)
      .filter((name) => /^\d{1,12}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  #file(id: number): string {
    return path.join(this.#folder, String(id).padStart(6, "0"));
  }
}

/** There is no folder before there is a snapshot. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function shaped(value: unknown): Snapshot | undefined {
  if (!isObject(value) || value["version"] !== 1) return undefined;
  const { id, when, label, before, root, leftOut, files, bytes } = value;
  const sound =
    isCount(id) &&
    typeof when === "number" &&
    typeof label === "string" &&
    isOccasion(before) &&
    isCount(files) &&
    isCount(bytes) &&
    isRoot(root) &&
    Array.isArray(leftOut) &&
    leftOut.every(isLeftOut);
  return sound ? { id, when, label, before, root, leftOut, files, bytes } : undefined;
}

function isOccasion(value: unknown): value is Occasion {
  if (!isObject(value)) return false;
  const { type, to, paths } = value;
  if (type === "call") return true;
  const sound =
    paths === undefined || (Array.isArray(paths) && paths.every((each) => typeof each === "string"));
  return type === "restore" && isCount(to) && sound;
}

function isRoot(value: unknown): value is FolderEntry {
  return (
    isObject(value) &&
    value["type"] === "folder" &&
    isCount(value["mode"]) &&
    typeof value["hash"] === "string" &&
    /^[0-9a-f]{64}$/.test(value["hash"])
  );
}

function isLeftOut(value: unknown): value is LeftOut {
  return isObject(value) && typeof value["path"] === "string" && isWhyLeftOut(value["why"]);
}
