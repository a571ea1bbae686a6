/**
 * Sessions: conversations that outlive their process. `openStore` keeps them in a file of SQLite.
 */
import type { System } from "../providers/system.ts";
import { MemoryShelf } from "./memory-shelf.ts";
import { SqliteShelf } from "./sqlite-shelf.ts";
import { Store } from "./store.ts";

/** Where sessions are kept, and what is taken from the machine. */
export interface StoreOptions {
  /** Time and chance; the machine's own by default. */
  readonly machine?: System;
}

/**
 * Opens a file of sessions, and makes it, and its folder, where they are not there. Many processes may have it open at
 * once; each session is written by one of them.
 *
 * @param file the path, or `:memory:` for sessions that are gone with the process.
 * @throws StoreError `newer`, `damaged`, `invalid`, `unwritable`
 */
export async function openStore(file: string, { machine }: StoreOptions = {}): Promise<Store> {
  return new Store(file === ":memory:" ? new MemoryShelf() : new SqliteShelf(file), machine);
}

export { costLines, type CostLine } from "./costs.ts";
export { StoreError, type StoreErrorKind } from "./errors.ts";
export { mendStore, type MendReport } from "./mend.ts";
export type { DamagedEntry, Session } from "./session.ts";
export type { ListQuery, SessionInfo } from "./shelf.ts";
export type { Found, SessionExport, SessionOptions, SessionRecord, Store, StoreReport } from "./store.ts";
export type { Damage } from "./written.ts";
