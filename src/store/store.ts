import { conversationId } from "../conversation/conversation-id.ts";
import type { BeginEntry, JournalEntry } from "../conversation/journal.ts";
import { historyAt } from "../conversation/recovery.ts";
import { wellFormed } from "../llm/json.ts";
import { system as machine, type System } from "../providers/system.ts";
import { isEntry } from "./entry-shape.ts";
import { StoreError } from "./errors.ts";
import { isGone, thisProcess } from "./holder.ts";
import { noSession } from "./refusals.ts";
import { CLAIM_MS, OpenSession, type DamagedEntry, type Session } from "./session.ts";
import type { ListQuery, Row, SessionInfo, Shelf } from "./shelf.ts";
import { lineOf } from "./line.ts";
import { firstOf, wordsIn } from "./words.ts";
import { blobsOf, Reader, saidInRow, Writer } from "./written.ts";

/** How a session begins. */
export interface SessionOptions {
  /** Its title; the beginning of what is said first by default. */
  readonly title?: string;
  /** The folder that it belongs to. */
  readonly folder?: string;
}

/** A session as it was written. */
export interface SessionRecord {
  readonly info: SessionInfo;
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
  readonly damage: readonly DamagedEntry[];
}

/** A session as a file of its own: all of it, as JSON. */
export interface SessionExport {
  readonly format: "colloquy-session";
  readonly version: 1;
  readonly session: SessionInfo;
  readonly entries: readonly JournalEntry[];
  /** What could not be read of it, where there is any. */
  readonly damage?: readonly DamagedEntry[];
}

/** A message that was searched for. */
export interface Found {
  readonly session: SessionInfo;
  /** The number of the entry in its session. */
  readonly seq: number;
  /** What was said around the first of the words. */
  readonly excerpt: string;
}

/** What is wrong in a store. */
export interface StoreReport {
  readonly sessions: number;
  /** What is wrong with the store itself, in words. */
  readonly problems: readonly string[];
  /** Sessions of which something cannot be read. */
  readonly damaged: readonly { readonly id: string; readonly damage: readonly DamagedEntry[] }[];
}

/** So many rows are read at once. */
const PAGE = 500;

/** So many sessions are looked through at once. */
const ALL = 1_000_000;

/**
 * Sessions: conversations that are written down as they happen, and can be gone on with.
 *
 * @example
 * const store = await openStore(":memory:");
 * const session = await store.create();
 * const conversation = createConversation({ model: openModel("rehearsal"), journal: session.journal });
 * await conversation.send("echo: kept");
 * (await store.list())[0]?.title; // "echo: kept"
 */
export class Store {
  readonly #shelf: Shelf;
  readonly #machine: System;
  readonly #open = new Set<Session>();

  /** Sessions on a shelf. {@link openStore} and its like make one. */
  constructor(shelf: Shelf, system: System = machine) {
    this.#shelf = shelf;
    this.#machine = system;
  }

  /** A new session. It is written with the first entry of its conversation, so that none is ever empty. */
  async create({ title = "", folder = "" }: SessionOptions = {}): Promise<Session> {
    return this.#opened(clean({ ...this.#newInfo(), title, folder }), undefined, []);
  }

  /**
   * Opens a session to go on with it. Nobody else can meanwhile.
   *
   * @param id or the beginning of one.
   * @throws StoreError `not-found`, `ambiguous`, `held`
   */
  async resume(id: string): Promise<Session> {
    const { id: whole } = await this.info(id);
    const { clock } = this.#machine;
    const now = clock.now();
    const claimed = await this.#shelf.claim(whole, thisProcess(), now + CLAIM_MS, now, isGone);
    const { info, entries, damage } = await this.read(whole);
    return this.#opened(info, claimed, entries, damage);
  }

  /**
   * A new session that begins with the history of another one, as it was behind its n-th message. Its account begins
   * at nothing. The other one is only read, and may be open anywhere.
   *
   * @param at counts the messages of the session's own conversation from 1; the last one by default.
   * @throws StoreError `not-found`, `ambiguous`, `invalid` for a message that there is not.
   */
  async fork(
    id: string,
    { at, ...options }: SessionOptions & { readonly at?: number } = {},
  ): Promise<Session> {
    const { info, entries } = await this.read(id);
    const messages = historyAt(entries, at);
    if (messages === undefined) {
      throw new StoreError("invalid", `session ${info.id} has no message ${at}; it has ${info.messages}`);
    }
    const { title = info.title, folder = info.folder } = options;
    const begun = this.#newInfo();
    const { id: conversation, created } = begun;
    const begin: JournalEntry = { ...beginningOf(entries), messages, conversation, at: created };
    const { model } = info;
    const fork = clean({ ...begun, title, folder, model, messages: messages.length, origin: info.id });
    const holder = thisProcess();
    const claimed = await this.#shelf.add(fork, [new Writer().row(begin, 1)], holder, created + CLAIM_MS);
    return this.#opened(fork, claimed, [begin]);
  }

  /** What is known of a session. @throws StoreError `not-found`, `ambiguous` */
  async info(id: string): Promise<SessionInfo> {
    const exact = await this.#shelf.info(id);
    if (exact !== undefined) return known(exact);
    const [first, second] = id === "" ? [] : await this.#shelf.complete(id, 2);
    if (second !== undefined) {
      throw new StoreError("ambiguous", `several sessions begin with ${id}: ${first}, ${second}`);
    }
    const found = first === undefined ? undefined : await this.#shelf.info(first);
    if (found === undefined) throw noSession(id);
    return known(found);
  }

  /** Sessions, those that changed last first; all of them unless it says how many. */
  async list({ most = ALL, ...query }: Partial<ListQuery> = {}): Promise<readonly SessionInfo[]> {
    return this.#shelf.list({ ...query, most });
  }

  /** Messages in which all of these words stand, or words that begin like them; of the newest sessions first. */
  async search(text: string, query: Partial<ListQuery> = {}): Promise<readonly Found[]> {
    const words = wordsIn(text);
    const all: Found[] = [];
    for (const { id, seq } of await this.#shelf.search(words, { most: 50, ...query })) {
      const session = await this.#shelf.info(id);
      // It may have been deleted meanwhile.
      if (session === undefined) continue;
      const [row] = await this.#shelf.rows(id, seq - 1, 1);
      const said = row === undefined ? "" : saidInRow(row, await this.#blobs(id, row));
      all.push({ session: known(session), seq, excerpt: excerpt(said, words) });
    }
    return all;
  }

  /** All that was written of a session, without opening it. @throws StoreError `not-found`, `ambiguous` */
  async read(id: string): Promise<SessionRecord> {
    const { last, ...info } = await this.#required((await this.info(id)).id);
    return { info, ...(await this.#entries(info.id, 0, last)) };
  }

  /** Gives a session another title. @throws StoreError `not-found`, `ambiguous` */
  async rename(id: string, title: string): Promise<void> {
    const { id: whole } = await this.info(id);
    if (!(await this.#shelf.rename(whole, lineOf(title)))) throw noSession(id);
  }

  /** Deletes a session with all that it holds. @throws StoreError `not-found`, `ambiguous` */
  async delete(id: string): Promise<void> {
    const { id: whole } = await this.info(id);
    if (!(await this.#shelf.remove(whole))) throw noSession(id);
  }

  /** A session as plain data, which {@link import} takes back, here or elsewhere. */
  async export(id: string): Promise<SessionExport> {
    const { info: session, entries, damage } = await this.read(id);
    return {
      format: "colloquy-session",
      version: 1,
      session,
      entries,
      ...(damage.length > 0 && { damage }),
    };
  }

  /**
   * Keeps a session that was exported; under an id of its own where there is one of its id.
   * @throws StoreError `invalid`
   */
  async import(data: unknown): Promise<SessionInfo> {
    const { session, entries } = readExport(data);
    const id = (await this.#shelf.info(session.id)) === undefined ? session.id : this.#newInfo().id;
    const writer = new Writer();
    const rows = entries.map((entry, at) => writer.row(entry, at + 1));
    const info = clean({ ...session, id });
    const { fence } = await this.#shelf.add(info, rows, thisProcess(), 0);
    await this.#shelf.release(id, fence);
    return info;
  }

  /** Reads everything, and says what cannot be read. */
  async check(): Promise<StoreReport> {
    const problems = [...(await this.#shelf.problems())];
    const sessions = await this.list();
    const damaged: { readonly id: string; readonly damage: readonly DamagedEntry[] }[] = [];
    for (const { id } of sessions) {
      try {
        const { damage } = await this.read(id);
        if (damage.length > 0) damaged.push({ id, damage });
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        problems.push(`session ${id}: ${error.message}`);
      }
    }
    return { sessions: sessions.length, problems, damaged };
  }

  /** Closes what is open. */
  async close(): Promise<void> {
    try {
      for (const session of this.#open) await session.close();
    } finally {
      await this.#shelf.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #required(id: string): Promise<SessionInfo & { readonly last: number }> {
    const found = await this.#shelf.info(id);
    if (found === undefined) throw noSession(id);
    return found;
  }

  /** The entries behind a row up to another one, and which of them cannot be read. */
  async #entries(
    id: string,
    after: number,
    count: number,
  ): Promise<Pick<SessionRecord, "entries" | "damage">> {
    const reader = new Reader();
    const entries: JournalEntry[] = [];
    const damage: DamagedEntry[] = [];
    let next = after + 1;
    const end = after + count;
    while (next <= end) {
      const rows = await this.#shelf.rows(id, next - 1, Math.min(PAGE, end - next + 1));
      if (rows.length === 0) break;
      for (const row of rows) {
        if (row.seq > next) damage.push(...missing(next, row.seq));
        next = row.seq + 1;
        const entry = reader.entry(row, await this.#blobs(id, row));
        if (typeof entry === "string") damage.push({ seq: row.seq, damage: entry });
        else entries.push(entry);
      }
    }
    damage.push(...missing(next, end + 1));
    return { entries, damage };
  }

  /** The long texts that a row needs. */
  async #blobs(id: string, row: Row): Promise<ReadonlyMap<string, string | undefined>> {
    const hashes = blobsOf(row);
    if (hashes.length === 0) return none;
    const blobs = new Map<string, string | undefined>();
    for (const hash of hashes) blobs.set(hash, await this.#shelf.blob(id, hash));
    return blobs;
  }

  #opened(
    info: SessionInfo,
    claimed: ConstructorParameters<typeof OpenSession>[0]["claimed"],
    past: readonly JournalEntry[],
    damage: readonly DamagedEntry[] = [],
  ): Session {
    const session: Session = new OpenSession({
      shelf: this.#shelf,
      clock: this.#machine.clock,
      holder: thisProcess(),
      info,
      claimed,
      past,
      damage,
      conversation: past[0]?.conversation ?? info.id,
      onClose: () => this.#open.delete(session),
    });
    this.#open.add(session);
    return session;
  }

  #newInfo(): SessionInfo {
    const now = this.#machine.clock.now();
    const id = conversationId(this.#machine.random);
    return { id, title: "", created: now, updated: now, folder: "", model: "", messages: 0, origin: "" };
  }
}

const none: ReadonlyMap<string, string | undefined> = new Map();

/** How the conversation of a session began, but for its history. */
function beginningOf(entries: readonly JournalEntry[]): BeginEntry {
  const first = entries.find(({ type }) => type === "begin");
  if (first?.type !== "begin") return { type: "begin", model: { provider: "", name: "" }, system: [] };
  const { model, system } = first;
  return { type: "begin", model, system };
}

function known({ id, title, created, updated, folder, model, messages, origin }: SessionInfo): SessionInfo {
  return { id, title, created, updated, folder, model, messages, origin };
}

/** So many characters around a word are shown. */
const AROUND = 60;

function excerpt(said: string, words: readonly string[]): string {
  const line = said.replace(/\s+/g, " ");
  const from = Math.max(0, firstOf(words, line) - AROUND);
  const to = from + 2 * AROUND;
  return `${from > 0 ? "…" : ""}${wellFormed(line.slice(from, to))}${to < line.length ? "…" : ""}`;
}

/** So many rows that are missing behind each other are told one by one: a damaged count may say that there are millions. */
const TOLD = 1000;

function missing(from: number, to: number): readonly DamagedEntry[] {
  const count = Math.min(TOLD, Math.max(0, to - from));
  return Array.from({ length: count }, (_, at) => ({ seq: from + at, damage: "missing" }));
}

/** What is shown in lists, fit to be shown: a title may come from anywhere. */
function clean(info: SessionInfo): SessionInfo {
  const { title, folder, model, origin } = info;
  return {
    ...info,
    title: lineOf(title),
    folder: wellFormed(folder.replaceAll("\0", "")),
    model: lineOf(model),
    origin: lineOf(origin),
  };
}

/** @throws StoreError `invalid` */
function readExport(data: unknown): Pick<SessionExport, "session" | "entries"> {
  const { format, version, session, entries } = (data ?? {}) as Partial<SessionExport>;
  if (format !== "colloquy-session") throw new StoreError("invalid", "this is no exported session");
  if (version !== 1) {
    throw new StoreError(
      "invalid",
      `the session was exported by a later version (${String(version)}); update colloquy`,
    );
  }
  const { id, title, created, updated, folder, model, messages, origin } = (session ?? {}) as SessionInfo;
  const texts = [id, title, folder, model, origin].every((each) => typeof each === "string");
  const counts = [created, updated, messages].every((each) => Number.isSafeInteger(each) && each >= 0);
  if (!texts || !counts || !/^[\w-]{1,64}$/.test(id)) {
    throw new StoreError("invalid", "the exported session does not say which it is");
  }
  if (!Array.isArray(entries) || entries.length === 0)
    throw new StoreError("invalid", "the exported session is empty");
  const wrong = entries.findIndex((each) => !isEntry(each));
  if (wrong >= 0) throw new StoreError("invalid", `entry ${wrong + 1} of the exported session is none`);
  return { session: { id, title, created, updated, folder, model, messages, origin }, entries };
}
