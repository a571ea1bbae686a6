import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { system, type System } from "../providers/system.ts";
import { StoreError } from "./errors.ts";
import { graft } from "./graft.ts";
import { SqliteShelf } from "./sqlite-shelf.ts";
import { rescue } from "./rescue.ts";
import { openDatabase, openDamaged } from "./sqlite.ts";
import { Store, type StoreReport } from "./store.ts";

/** What became of a file of sessions that was to be mended. */
export type MendReport =
  | { readonly outcome: "whole"; readonly sessions: number }
  | {
      readonly outcome: "mended";
      /** How many sessions, and entries of theirs, are in the file now. */
      readonly sessions: number;
      readonly entries: number;
      /** What is not there any more, a line for each. */
      readonly lost: readonly string[];
      /** Where the damaged file is now. */
      readonly damaged: string;
    };

/**
 * Mends a file of sessions that is damaged: what can be read goes into a new file, which takes its place; the damaged
 * one stays beside it, under a name with the date. A file that is whole is left alone. Nobody else may have it open.
 *
 * @throws StoreError `not-found`; `held` by a session that another process has open; `newer`; `invalid` for a database
 * of something else; `unwritable`.
 */
export async function mendStore(
  file: string,
  { machine = system }: { readonly machine?: System } = {},
): Promise<MendReport> {
  if (!existsSync(file)) throw new StoreError("not-found", `there is no file ${file}`);
  const now = machine.clock.now();
  const mended = `${file}.mended`;
  const copy = `${file}.damaged-copy`;
  for (const each of [mended, copy]) erase(each);
  try {
    // The damaged file itself is not even opened: that alone may change it.
    for (const log of ["", "-wal"]) if (existsSync(file + log)) copyFileSync(file + log, copy + log);
    const before = await reportOf(copy);
    if (before !== undefined && before.problems.length === 0 && before.damaged.length === 0)
      return { outcome: "whole", sessions: before.sessions };
    openDatabase(mended).close();
    graft(mended, copy);
    const from = openDamaged(copy);
    const to = openDatabase(mended);
    let saved: ReturnType<typeof rescue>;
    try {
      saved = rescue(from, to, now);
    } finally {
      from.close();
      to.close();
    }
    const after = await reportOf(mended);
    const lost = [
      ...saved.lost,
      ...(after?.damaged ?? []).map(({ id, damage }) => `session ${id}: ${told(damage)}`),
    ];
    const damaged = exchange(file, mended, now);
    return { outcome: "mended", sessions: saved.sessions, entries: saved.entries, lost, damaged };
  } finally {
    for (const each of [mended, copy]) erase(each);
  }
}

/** What is wrong in a file; undefined where it cannot be opened. */
async function reportOf(file: string): Promise<StoreReport | undefined> {
  try {
    const store = new Store(new SqliteShelf(file));
    try {
      return await store.check();
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StoreError && error.kind === "damaged") return undefined;
    throw error;
  }
}

/** Puts the mended file in the place of the damaged one, which gets another name before. */
function exchange(file: string, mended: string, now: number): string {
  const date = new Date(now).toISOString().replaceAll(":", "-").replace(/\..*/, "");
  let damaged = `${file}.damaged-${date}`;
  for (let n = 2; existsSync(damaged); n++) damaged = `${file}.damaged-${date}-${n}`;
  for (const log of ["", "-wal"]) if (existsSync(file + log)) alsoNamed(file + log, damaged + log);
  // A log beside another file than its own would be read into that one.
  for (const log of ["-wal", "-shm"]) rmSync(file + log, { force: true });
  renameSync(mended, file);
  return path.resolve(damaged);
}

function alsoNamed(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch {
    // Not every file system can give a file two names.
    copyFileSync(file, name);
  }
}

function erase(file: string): void {
  for (const log of ["", "-wal", "-shm"]) rmSync(file + log, { force: true });
}

function told(damage: StoreReport["damaged"][number]["damage"]): string {
  const counts = new Map<string, number>();
  for (const each of damage) counts.set(each.damage, (counts.get(each.damage) ?? 0) + 1);
  return [...counts]
    .map(([what, count]) => `${count} ${count === 1 ? "entry" : "entries"} (${what})`)
    .join(", ");
}
