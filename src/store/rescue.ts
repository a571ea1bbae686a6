import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { JournalEntry } from "../conversation/journal.ts";
import { isObject, parseJson, type JsonValue } from "../llm/json.ts";
import { packBody, unpackBody } from "./body.ts";
import { isGone, readHolder } from "./holder.ts";
import { unpack } from "./packed.ts";
import { held } from "./refusals.ts";
import { salvage } from "./salvage.ts";
import { changeOf } from "./session.ts";
import type { SessionInfo } from "./shelf.ts";
import { ROWS } from "./sqlite-shelf.ts";
import { within } from "./sqlite.ts";
import { wordsIn } from "./words.ts";
import { blobsOf, saidInRow, SEARCHED } from "./written.ts";

/** What was brought from one file into the other. */
export interface Rescued {
  readonly sessions: number;
  readonly entries: number;
  /** What was not, a line for each. */
  readonly lost: readonly string[];
}

type SqlRow = Readonly<Record<string, unknown>>;

/** A session's record as the damaged file has it. */
interface KeptRecord extends SessionInfo {
  readonly last: number;
  readonly fence: number;
}

/**
 * Brings what can be read of a damaged file into an empty one: rows that are what was written, under their numbers;
 * sessions by their records, and by their entries where those are lost.
 * @throws StoreError `held` by a session that another process has open.
 */
export function rescue(from: DatabaseSync, to: DatabaseSync, now: number): Rescued {
  return within(to, () => {
    rescueBlobs(from, to);
    rescueEntries(from, to);
    const lost = rescueRecords(from, to, now);
    indexWords(to);
    return { sessions: count(to, "sessions"), entries: count(to, "entries"), lost };
  });
}

function rescueBlobs(from: DatabaseSync, to: DatabaseSync): void {
  const add = to.prepare("INSERT OR IGNORE INTO blobs (n, hash, packed, data) VALUES (?, ?, ?, ?)");
  const columns = "n, hash, packed, data";
  salvage(from, { table: "blobs", key: "rowid", columns }, (_, { n, hash, packed, data }) => {
    if (!isCount(n) || typeof hash !== "string" || !(data instanceof Uint8Array)) return;
    if (unpack(packed, data, hash) !== undefined) add.run(n, hash, packed === 1 ? 1 : 0, data);
  });
}

function rescueEntries(from: DatabaseSync, to: DatabaseSync): void {
  const add = to.prepare("INSERT INTO entries (key, at, body, sum) VALUES (?, ?, ?, ?)");
  salvage(from, { table: "entries", key: "key", columns: "at, body, sum" }, (key, { at, body, sum }) => {
    const text = unpackBody(body);
    if (key % ROWS === 0 || text === undefined || crc32(text) !== sum) return;
    add.run(key, isCount(at) ? at : 0, packBody(text), sum);
  });
}

/** @returns what is lost. */
function rescueRecords(from: DatabaseSync, to: DatabaseSync, now: number): readonly string[] {
  const records = new Map<number, KeptRecord>();
  const columns = "id, title, created, updated, folder, model, messages, origin, last, fence, holder, until";
  salvage(from, { table: "sessions", key: "n", columns }, (n, row) => {
    if (!isRecord(row)) return;
    records.set(n, row);
    const { holder, until } = row;
    const by = typeof holder === "string" ? readHolder(holder) : undefined;
    if (by !== undefined && Number(until) > now && !isGone(by)) throw held(row.id, by);
  });
  const lost: string[] = [];
  const ends = endsOf(to);
  const ids = new Set<string>();
  const add = to.prepare(
    `INSERT INTO sessions (n, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 0)`,
  );
  for (const [n, { id }] of records) if (!ends.has(n)) lost.push(`session ${id}: all of it`);
  for (const [n, end] of ends) {
    const record = records.get(n);
    const { title, created, updated, folder, model, messages, origin, last, fence, ...known } =
      record ?? recordOf(to, n);
    let { id } = known;
    for (let copy = 2; ids.has(id); copy++) id = `${known.id}-${copy}`;
    ids.add(id);
    if (record === undefined) lost.push(`session ${id}: its record; it was made anew of its entries`);
    add.run(n, id, title, created, updated, folder, model, messages, origin, Math.max(end, last), fence + 1);
  }
  return lost;
}

/** The last row of each session. */
function endsOf(to: DatabaseSync): ReadonlyMap<number, number> {
  const rows = to
    .prepare(`SELECT key / ${ROWS} AS n, max(key % ${ROWS}) AS end FROM entries GROUP BY 1`)
    .all();
  return new Map(rows.map(({ n, end }) => [Number(n), Number(end)]));
}

/** A session's record, by what its entries say. */
function recordOf(to: DatabaseSync, n: number): KeptRecord {
  const rows = to.prepare("SELECT body FROM entries WHERE key BETWEEN ? AND ? ORDER BY key");
  const entries: JournalEntry[] = [];
  for (const { body } of rows.iterate(n * ROWS, (n + 1) * ROWS - 1)) {
    const value = parseJson(unpackBody(body) ?? "");
    const entry = Array.isArray(value) ? (value as JsonValue[])[1] : undefined;
    // Its sum says that we wrote it.
    if (entry !== undefined && isObject(entry)) entries.push(entry as unknown as JournalEntry);
  }
  const { messages, updated, title = "", model = "" } = changeOf(entries);
  const { conversation = "lost", at = 0 } = entries[0] ?? {};
  const info = { id: conversation, title, created: at, updated, folder: "", model, messages, origin: "" };
  return { ...info, last: 0, fence: 0 };
}

function indexWords(to: DatabaseSync): void {
  const add = to.prepare("INSERT INTO words (rowid, text) VALUES (?, ?)");
  const blob = to.prepare("SELECT packed, data FROM blobs WHERE n = ? AND hash = ?");
  for (const { key, at, body, sum } of to.prepare("SELECT * FROM entries ORDER BY key").iterate()) {
    const n = Math.floor(Number(key) / ROWS);
    const row = { seq: Number(key) % ROWS, at: Number(at), body: unpackBody(body) ?? "", sum: Number(sum) };
    if (!row.body.includes('"type":"message"')) continue;
    const text = (hash: string): string | undefined => {
      const found = blob.get(n, hash);
      return found && unpack(found["packed"], found["data"], hash);
    };
    const said = saidInRow(row, new Map(blobsOf(row).map((hash) => [hash, text(hash)])));
    const words = wordsIn(said.slice(0, SEARCHED));
    if (words.length > 0) add.run(Number(key), words.join(" "));
  }
}

function count(to: DatabaseSync, table: string): number {
  return Number(to.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"]);
}

function isRecord(row: SqlRow): row is SqlRow & KeptRecord {
  const texts = ["id", "title", "folder", "model", "origin"].every((name) => typeof row[name] === "string");
  const counts = ["created", "updated", "messages", "last", "fence"].every((name) => isCount(row[name]));
  return texts && counts && Number(row["last"]) < ROWS;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
