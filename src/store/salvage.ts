import type { DatabaseSync } from "node:sqlite";

/** A table whose rows are found by a whole number, from 0. */
export interface Keyed {
  readonly table: string;
  readonly key: string;
  readonly columns: string;
}

/** No key of ours is larger. */
const LARGEST = 2 ** 45;

/** So many holes are looked into: each costs a few page reads. */
const PROBES = 5000;

/**
 * Reads what can be read of a table that is damaged: of a range of keys, what comes before the damage and what comes
 * behind it; then the same of both halves of the hole. What is read is what SQLite says: whether it is right is for
 * others to find out.
 */
export function salvage(
  database: DatabaseSync,
  { table, key, columns }: Keyed,
  keep: (key: number, row: Readonly<Record<string, unknown>>) => void,
): void {
  const seen = new Set<number>();
  /** Reads a range in one direction: the last key that was read, or undefined where all of it was. */
  const read = (from: number, to: number, order: "ASC" | "DESC"): number | undefined => {
    const up = order === "ASC";
    let at = up ? from - 1 : to + 1;
    const rows = tried(() =>
      database
        .prepare(
          `SELECT ${key} AS salvaged, ${columns} FROM ${table} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key} ${order}`,
        )
        .iterate(from, to),
    );
    for (;;) {
      const found = tried(() => rows?.next());
      if (found === undefined) return at;
      if (found.done === true) return undefined;
      const { salvaged, ...row } = found.value;
      const next = Number(salvaged);
      // A page that is where another one was leads anywhere, in circles too.
      if (!(up ? next > at && next <= to : next < at && next >= from)) return at;
      at = next;
      if (!seen.has(next)) keep(next, row);
      seen.add(next);
    }
  };
  const holes: [from: number, to: number][] = [[0, LARGEST]];
  for (let probe = 0; probe < PROBES; probe++) {
    const hole = holes.shift();
    if (hole === undefined) return;
    const [from, to] = hole;
    const before = read(from, to, "ASC");
    if (before === undefined || before >= to) continue;
    const behind = read(before + 1, to, "DESC");
    if (behind === undefined || behind <= before + 1) continue;
    const middle = before + Math.floor((behind - before) / 2);
    if (behind - before <= 2) continue;
    holes.push([before + 1, middle], [middle + 1, behind - 1]);
  }
}

/** Undefined where SQLite cannot. */
function tried<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
