import { lstatSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Objects } from "./objects.ts";
import { Slices } from "./slices.ts";
import type { Snapshot } from "./snapshots.ts";
import type { Trees } from "./trees.ts";

/** What may stay. Without a word about it, all may. */
export interface PruneOptions {
  /** Snapshots older than so many milliseconds go. */
  readonly keepMs?: number;
  /** The oldest go until what is left takes at most so many bytes of the disk. */
  readonly maxBytes?: number;
}

/** What was taken away, and what is left. */
export interface Pruned {
  /** The ids of the snapshots that went. */
  readonly removed: readonly number[];
  /** The bytes that are left, in all objects. */
  readonly bytes: number;
}

/**
 * Which snapshots stay, newest first, and the objects that they need.
 * @param least how many stay in any case
 * @param sizes of all objects that there are
 */
export async function choose(
  newestFirst: readonly Snapshot[],
  { keepMs = Infinity, maxBytes = Infinity }: PruneOptions,
  now: number,
  least: number,
  sizes: ReadonlyMap<string, number>,
  trees: Trees,
): Promise<{ readonly stay: readonly Snapshot[]; readonly needed: ReadonlySet<string> }> {
  const stay: Snapshot[] = [];
  const needed = new Set<string>();
  const slices = new Slices();
  let bytes = 0;
  for (const snapshot of newestFirst) {
    const more = new Set<string>();
    const add = (hash: string): boolean => {
      if (needed.has(hash) || more.has(hash)) return false;
      more.add(hash);
      bytes += sizes.get(hash) ?? 0;
      return true;
    };
    const visit = async (hash: string): Promise<void> => {
      if (!add(hash)) return;
      await slices.spend(20);
      for (const entry of listingOr(trees, hash)) {
        if (entry.type === "file") add(entry.hash);
        else if (entry.type === "folder") await visit(entry.hash);
      }
    };
    const mayGo = stay.length >= least;
    if (mayGo && now - snapshot.when > keepMs) break;
    await visit(snapshot.root.hash);
    if (mayGo && bytes > maxBytes) break;
    stay.push(snapshot);
    for (const hash of more) needed.add(hash);
  }
  return { stay, needed };
}

/** What is in a folder; nothing where its listing is damaged: that leads to nothing any more. */
function listingOr(trees: Trees, hash: string): ReturnType<ReturnType<Trees["listing"]>["values"]> | [] {
  try {
    return trees.listing(hash).values();
  } catch {
    return [];
  }
}

/** All objects that there are, with their sizes in bytes. */
export async function sizesOf(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const slices = new Slices();
  for (const first of readdirSync(folder)) {
    if (!/^[0-9a-f]{2}$/.test(first)) continue;
    for (const rest of readdirSync(path.join(folder, first))) {
      await slices.spend(1);
      const status = lstatSync(path.join(folder, first, rest), { throwIfNoEntry: false });
      if (status !== undefined) found.set(first + rest, status.size);
    }
  }
  return found;
}

/** Takes away objects that nothing needs. Returns how many bytes are left. */
export async function sweep(
  objects: Objects,
  sizes: ReadonlyMap<string, number>,
  needed: ReadonlySet<string>,
): Promise<number> {
  const slices = new Slices();
  let left = 0;
  for (const [hash, size] of sizes) {
    if (needed.has(hash)) left += size;
    else {
      await slices.spend(10);
      rmSync(objects.place(hash), { force: true });
    }
  }
  objects.forget();
  return left;
}

/** Takes away what a crash left half written. Only who holds the lock may. */
export function removeHalves(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".tmp")) rmSync(path.join(folder, name), { force: true });
  }
}
