import type { Journal, JournalEntry } from "../conversation/journal.ts";
import { recover } from "../conversation/recovery.ts";
import { noUsage, type TotalUsage } from "../llm/total.ts";
import { StoreError } from "../store/errors.ts";
import type { DamagedEntry, Session, SessionInfo, Store } from "../store/index.ts";
import type { SessionChoice } from "./command.ts";
import type { Io } from "./io.ts";
import { openKeptSessions, openSessions } from "./sessions-file.ts";
import type { Teller } from "./terminal.ts";

/** The session that a conversation is kept in. */
export interface Kept {
  readonly id: string;
  readonly journal: Journal;
  /** What was kept before; undefined for a session that begins. */
  readonly before: Before | undefined;
  /** Whether anything of it is kept. */
  readonly written: () => boolean;
  /** Gives it a title. */
  readonly rename: (title: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A session that goes on. */
interface Before {
  readonly info: SessionInfo;
  readonly past: readonly JournalEntry[];
  readonly damage: readonly DamagedEntry[];
  /** What was used since. */
  readonly usedSince: () => TotalUsage;
}

/** A choice of a session that is there already. */
export type OldSession = Exclude<SessionChoice, { readonly kind: "new" | "none" }>;

/**
 * Opens the session that was asked for.
 * @param folder where we run, with all links followed.
 * @throws StoreError
 */
export async function openKept(choice: OldSession, folder: string, io: Io): Promise<Kept> {
  const store = await openKeptSessions(io);
  if (store === undefined) throw new StoreError("not-found", "no session was kept yet");
  try {
    const session = await find(store, choice, folder);
    const { id, damage } = session;
    const { journal, used: usedSince, touched } = counted(session.journal);
    const before = { info: await store.info(id), past: journal.past ?? [], damage, usedSince };
    // A fork in which nothing was said is nothing to go on with.
    const written = choice.kind === "fork" ? touched : () => true;
    const close = async (): Promise<void> => {
      if (!written()) await store.delete(id);
      await store.close();
    };
    const rename = (title: string): Promise<void> => store.rename(id, title);
    return { id, journal, before, written, rename, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function find(store: Store, choice: OldSession, folder: string): Promise<Session> {
  switch (choice.kind) {
    case "resume":
      return store.resume(choice.id);
    case "fork":
      return store.fork(choice.id, { ...(choice.at !== undefined && { at: choice.at }), folder });
    case "continue": {
      const [last] = await store.list({ folder, most: 1 });
      if (last !== undefined) return store.resume(last.id);
      throw new StoreError(
        "not-found",
        "no session was begun in this folder; `colloquy sessions --all` lists those of others",
      );
    }
  }
}

/** A journal that knows what was said and used since it was opened, whatever was before. */
function counted(journal: Journal): {
  readonly journal: Journal;
  readonly used: () => TotalUsage;
  readonly touched: () => boolean;
} {
  const calls: JournalEntry[] = [];
  let touched = false;
  const begun = new Set<string>();
  const append = (entries: readonly JournalEntry[]): void | Promise<void> => {
    for (const entry of entries) {
      if (entry.type === "message" || entry.type === "call-start") touched = true;
      if (entry.type === "call-start") begun.add(`${entry.conversation} ${entry.call}`);
      // The end of a call that an earlier process began is that one's.
      if (entry.type === "call-end" && !begun.has(`${entry.conversation} ${entry.call}`)) continue;
      if (entry.type !== "message" && entry.type !== "compaction") calls.push(entry);
    }
    return journal.append(entries);
  };
  const nobody = { provider: "", name: "", protocol: "none" };
  const used = (): TotalUsage => recover(calls, undefined, nobody, 0)?.ledger.total ?? noUsage;
  return { journal: { ...journal, append }, used, touched: () => touched };
}

/** Begins a session; says so where nothing can be kept, and returns undefined. */
export async function keepNew(folder: string, io: Io, tell: Teller): Promise<Kept | undefined> {
  try {
    const store = await openSessions(io);
    const { id, journal } = await store.create({ folder });
    const lenient = unlessRefused(journal, (error) => tell.notice(unkept(error)));
    const rename = (title: string): Promise<void> => store.rename(id, title);
    return { id, ...lenient, before: undefined, rename, close: () => store.close() };
  } catch (error) {
    tell.notice(unkept(error));
    return undefined;
  }
}

function unkept(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `this conversation is not kept: ${why}. Set COLLOQUY_HOME to another folder, or say --no-session`;
}

/** A journal that is given up when not even its first entries can be written; what fails later is an error. */
function unlessRefused(
  journal: Journal,
  refused: (error: unknown) => void,
): { readonly journal: Journal; readonly written: () => boolean } {
  let state: "new" | "written" | "refused" = "new";
  const refuse = (error: unknown): void => {
    if (state !== "new") throw error;
    state = "refused";
    refused(error);
  };
  const done = (): void => {
    state = "written";
  };
  const append = (entries: readonly JournalEntry[]): void | Promise<void> => {
    if (state === "refused") return undefined;
    try {
      const writing = journal.append(entries);
      if (writing instanceof Promise) return writing.then(done, refuse);
      return done();
    } catch (error) {
      return refuse(error);
    }
  };
  return { journal: { ...journal, append }, written: () => state === "written" };
}
