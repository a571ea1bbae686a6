import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StoreError } from "./errors.ts";
import { packBody, unpackBody } from "./body.ts";
import { holderLine, readHolder, type Holder } from "./holder.ts";
import { pack, unpack } from "./packed.ts";
import { held, noSession, taken, there } from "./refusals.ts";
import type { Change, Claimed, ListQuery, NewRow, Row, SessionInfo, Shelf } from "./shelf.ts";
import { SameFile } from "./same-file.ts";
import { erase, explained, openDatabase, within } from "./sqlite.ts";

/** A session has so many rows at most; its number and a row's make the key of the row. */
export const ROWS: number = 2 ** 24;

/** The number of a session's last row, whatever its own row says: that may be damaged. */
const LAST: string = `max(last, coalesce((
  SELECT max(key) FROM entries WHERE key > n * ${ROWS} AND key < (n + 1) * ${ROWS}) - n * ${ROWS}, 0)) AS last`;

/**
 * A shelf in a file of SQLite. Many processes may use the same file. Other people of the machine may not read it.
 * @throws StoreError `newer`, `damaged`, `unwritable`
 */
export class SqliteShelf implements Shelf {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #same: SameFile | undefined;

  constructor(file: string) {
    this.#file = file;
    if (file !== ":memory:") makeFolder(path.dirname(file));
    this.#database = openDatabase(file);
    if (file === ":memory:") return;
    for (const each of [file, `${file}-wal`, `${file}-shm`]) hide(each);
    this.#same = new SameFile(file);
  }

  add(info: SessionInfo, rows: readonly NewRow[], holder: Holder, until: number): Claimed {
    return this.#write(() => {
      const { id, title, created, updated, folder, model, messages, origin } = info;
      const last = rows.at(-1)?.seq ?? 0;
      if (this.#get("SELECT 1 FROM sessions WHERE id = ?", [id]) !== undefined) throw there(id);
      // Behind all rows that there are, also such as belong to no session any more.
      const { lastInsertRowid } = this.#run(
        `INSERT INTO sessions (n, id, title, created, updated, folder, model, messages, origin, last, fence, holder, until)
         SELECT 1 + max(coalesce((SELECT max(n) FROM sessions), 0), coalesce((SELECT max(key) FROM entries), 0) / ${ROWS}),
           ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?`,
        [id, title, created, updated, folder, model, messages, origin, last, holderLine(holder), until],
      );
      this.#insert(lastInsertRowid, rows);
      return { fence: 1, last };
    });
  }

  claim(
    id: string,
    holder: Holder,
    until: number,
    now: number,
    isGone: (holder: Holder) => boolean,
  ): Claimed {
    return this.#write(() => {
      const found = this.#get(`SELECT fence, ${LAST}, holder, until FROM sessions WHERE id = ?`, [id]);
      if (found === undefined) throw noSession(id);
      const before = typeof found["holder"] === "string" ? readHolder(found["holder"]) : undefined;
      if (before !== undefined && Number(found["until"]) > now && !isGone(before)) throw held(id, before);
      const fence = Number(found["fence"]) + 1;
      this.#run("UPDATE sessions SET fence = ?, holder = ?, until = ? WHERE id = ?", [
        fence,
        holderLine(holder),
        until,
        id,
      ]);
      return { fence, last: Number(found["last"]) };
    });
  }

  renew(id: string, fence: number, until: number): void {
    const { changes } = this.#write(() =>
      this.#run("UPDATE sessions SET until = ? WHERE id = ? AND fence = ?", [until, id, fence]),
    );
    if (changes === 0) throw taken(id);
  }

  release(id: string, fence: number): void {
    // Whoever ends loses nothing by a file that is gone.
    explained(this.#file, () =>
      this.#run("UPDATE sessions SET holder = NULL, until = 0 WHERE id = ? AND fence = ?", [id, fence]),
    );
  }

  append(id: string, fence: number, rows: readonly NewRow[], change: Change): void {
    this.#write(() => {
      const { updated, messages, title = "", model = "" } = change;
      const found = this.#get(
        `UPDATE sessions SET last = ?, updated = ?, messages = messages + ?,
           title = CASE title WHEN '' THEN ? ELSE title END,
           model = CASE model WHEN '' THEN ? ELSE model END
         WHERE id = ? AND fence = ? RETURNING n`,
        [rows.at(-1)?.seq ?? 0, updated, messages, title, model, id, fence],
      );
      if (found === undefined) throw taken(id);
      this.#insert(Number(found["n"]), rows);
    });
  }

  rows(id: string, after: number, most: number): readonly Row[] {
    return this.#read(() => {
      const n = this.#number(id);
      const rows: Row[] = [];
      let last = after;
      for (const { key, at, body, sum } of this.#all(
        "SELECT key, at, body, sum FROM entries WHERE key > ? AND key < ? ORDER BY key LIMIT ?",
        [n * ROWS + after, (n + 1) * ROWS, most],
      )) {
        const seq = Number(key) - n * ROWS;
        // Of a damaged page SQLite may make rows of nothing, in any order.
        if (seq <= last || seq >= ROWS) continue;
        last = seq;
        // What cannot be unpacked is damaged, as its sum says.
        rows.push({ seq, at: Number(at), body: unpackBody(body) ?? "", sum: Number(sum) });
      }
      return rows;
    });
  }

  blob(id: string, hash: string): string | undefined {
    return this.#read(() => {
      const found = this.#get("SELECT packed, data FROM blobs WHERE n = ? AND hash = ?", [
        this.#number(id),
        hash,
      ]);
      return found && unpack(found["packed"], found["data"], hash);
    });
  }

  info(id: string): (SessionInfo & { readonly last: number }) | undefined {
    return this.#read(() => {
      const found = this.#get(`SELECT *, ${LAST} FROM sessions WHERE id = ?`, [id]);
      return found === undefined ? undefined : { ...infoOf(found), last: Number(found["last"]) };
    });
  }

  complete(prefix: string, most: number): readonly string[] {
    return this.#read(() =>
      this.#all("SELECT id FROM sessions WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", [
        prefix,
        `${prefix}\u{10ffff}`,
        most,
      ]).map(({ id }) => String(id)),
    );
  }

  list({ most, skip = 0, folder }: ListQuery): readonly SessionInfo[] {
    return this.#read(() =>
      this.#all(
        `SELECT * FROM sessions ${folder === undefined ? "" : "WHERE folder = ?"} ORDER BY updated DESC, n DESC LIMIT ? OFFSET ?`,
        [...(folder === undefined ? [] : [folder]), most, skip],
      ).map(infoOf),
    );
  }

  search(
    words: readonly string[],
    { most, skip = 0, folder }: ListQuery,
  ): readonly { readonly id: string; readonly seq: number }[] {
    if (words.length === 0) return [];
    const query = words.map((word) => `"${word}"*`).join(" AND ");
    return this.#read(() =>
      this.#all(
        `SELECT s.id AS id, w.rowid - s.n * ${ROWS} AS seq FROM words w JOIN sessions s ON s.n = w.rowid / ${ROWS}
         WHERE words MATCH ? ${folder === undefined ? "" : "AND s.folder = ?"}
         ORDER BY s.updated DESC, s.n DESC, w.rowid LIMIT ? OFFSET ?`,
        [query, ...(folder === undefined ? [] : [folder]), most, skip],
      ).map(({ id, seq }) => ({ id: String(id), seq: Number(seq) })),
    );
  }

  rename(id: string, title: string): boolean {
    return (
      this.#write(() => this.#run("UPDATE sessions SET title = ? WHERE id = ?", [title, id])).changes > 0
    );
  }

  remove(id: string): boolean {
    const removed = (): boolean => {
      const found = this.#get("DELETE FROM sessions WHERE id = ? RETURNING n", [id]);
      if (found === undefined) return false;
      const n = Number(found["n"]);
      const range = [n * ROWS, (n + 1) * ROWS];
      this.#run("DELETE FROM words WHERE rowid > ? AND rowid < ?", range);
      this.#run("DELETE FROM entries WHERE key > ? AND key < ?", range);
      this.#run("DELETE FROM blobs WHERE n = ?", [n]);
      return true;
    };
    return this.#kept(() => erase(this.#database, removed));
  }

  problems(): readonly string[] {
    return this.#read(() => [
      ...this.#all("PRAGMA integrity_check(20)", [])
        .map((row) => String(row["integrity_check"]))
        .filter((line) => line !== "ok"),
      ...this.#all(
        `SELECT DISTINCT key / ${ROWS} AS n FROM entries WHERE key / ${ROWS} NOT IN (SELECT n FROM sessions)`,
        [],
      ).map(({ n }) => `the entries of session number ${String(n)} are there, and it is not`),
    ]);
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #insert(n: number, rows: readonly NewRow[]): void {
    for (const { seq, at, body, sum, blobs, words } of rows) {
      if (seq >= ROWS)
        throw new StoreError("unwritable", `a session has at most ${ROWS} entries; fork it to go on`);
      const key = n * ROWS + seq;
      this.#run("INSERT INTO entries (key, at, body, sum) VALUES (?, ?, ?, ?)", [
        key,
        at,
        packBody(body),
        sum,
      ]);
      for (const { hash, text } of blobs) {
        const { packed, data } = pack(text);
        this.#run("INSERT OR IGNORE INTO blobs (n, hash, packed, data) VALUES (?, ?, ?, ?)", [
          n,
          hash,
          packed,
          data,
        ]);
      }
      if (words.length > 0)
        this.#run("INSERT INTO words (rowid, text) VALUES (?, ?)", [key, words.join(" ")]);
    }
  }

  #number(id: string): number {
    const found = this.#get("SELECT n FROM sessions WHERE id = ?", [id]);
    if (found === undefined) throw noSession(id);
    return Number(found["n"]);
  }

  #write<Result>(run: () => Result): Result {
    return this.#kept(() => within(this.#database, run));
  }

  #kept<Result>(run: () => Result): Result {
    const result = explained(this.#file, run);
    // What went into a file that is not there any more is lost, whatever SQLite says.
    this.#same?.check();
    return result;
  }

  #read<Result>(run: () => Result): Result {
    return explained(this.#file, run);
  }

  #run(
    sql: string,
    values: readonly Value[],
  ): { readonly changes: number; readonly lastInsertRowid: number } {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }

  #get(sql: string, values: readonly Value[]): Record<string, unknown> | undefined {
    return this.#prepared(sql).get(...values);
  }

  #all(sql: string, values: readonly Value[]): Record<string, unknown>[] {
    return this.#prepared(sql).all(...values);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

type Value = string | number | null | Uint8Array;

function infoOf(row: Record<string, unknown>): SessionInfo {
  return {
    id: String(row["id"]),
    title: String(row["title"]),
    created: Number(row["created"]),
    updated: Number(row["updated"]),
    folder: String(row["folder"]),
    model: String(row["model"]),
    messages: Number(row["messages"]),
    origin: String(row["origin"]),
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreError(
      "unwritable",
      `the folder ${folder} cannot be made: ${(error as Error).message}`,
      error,
    );
  }
}

/** Takes others' leave to read a file; one that is not there yet, or not ours, stays as it is. */
function hide(file: string): void {
  try {
    chmodSync(file, 0o600);
  } catch {
    // See above.
  }
}
