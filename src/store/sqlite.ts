import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";

/** Loads `node:sqlite` without the warning that it is experimental, which Node 22 prints for whoever uses it. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = Object.getOwnPropertyDescriptors(process);
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    Object.defineProperty(process, "emitWarning", emitWarning);
  }
}

/** How long a write waits for another process's, in milliseconds; both take a few at most. */
const PATIENCE_MS = 10_000;

/** Marks our files: "cqly". */
const OURS = 0x63716c79;

/** So long is the log at most after it was copied into the file. */
const LOG_BYTES = 16 * 2 ** 20;

/** Version of the tables. A file of a later one is not touched. */
const TABLES = 1;

const schema = `
  CREATE TABLE sessions (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    folder TEXT NOT NULL,
    model TEXT NOT NULL,
    messages INTEGER NOT NULL,
    origin TEXT NOT NULL,
    last INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    holder TEXT,
    until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sessions_updated ON sessions (updated, n);
  CREATE TABLE entries (key INTEGER PRIMARY KEY, at INTEGER NOT NULL, body ANY NOT NULL, sum INTEGER NOT NULL) STRICT;
  CREATE TABLE blobs (
    n INTEGER NOT NULL,
    hash TEXT NOT NULL,
    packed INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (n, hash)
  ) STRICT;
  CREATE VIRTUAL TABLE words USING fts5(
    text, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
  );
  PRAGMA application_id = ${OURS};
  PRAGMA user_version = ${TABLES};
`;

/**
 * Opens a file of sessions, and makes it where it is not there. Each commit is durable: WAL with full sync survives a
 * loss of power (https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * @throws StoreError `newer`, `damaged`, `unwritable`
 */
export function openDatabase(file: string): DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  return explained(file, () => {
    const database = new Database(file, { timeout: PATIENCE_MS });
    try {
      // Space that is given back shortens the file; that has to be said before anything is in it.
      database.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}`);
      const version = number(database, "user_version");
      if (version !== TABLES && number(database, "application_id") !== OURS && !isEmpty(database)) {
        throw new StoreError("invalid", `${file} is no file of sessions; give another one`);
      }
      if (version > TABLES) {
        throw new StoreError(
          "newer",
          `${file} was written by a later version of colloquy; update this one, or give another file`,
        );
      }
      if (version < TABLES) {
        within(database, () => {
          // Another process may have been quicker.
          if (number(database, "user_version") < TABLES) database.exec(schema);
        });
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens a file whatever it says of itself, to read what can be read. */
export function openDamaged(file: string): DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  return new Database(file, { timeout: PATIENCE_MS });
}

/** Deletes things so that they cannot be read from the file's bytes, and gives their space back to the disk. */
export function erase<Result>(database: DatabaseSync, run: () => Result): Result {
  database.exec("PRAGMA secure_delete = ON");
  try {
    const result = within(database, run);
    // So many pages at a time that nobody waits long for it.
    for (let free = Infinity; free > 0;) {
      database.exec("PRAGMA incremental_vacuum(256)");
      const left = number(database, "freelist_count");
      // A file that was made otherwise keeps them.
      if (left >= free) break;
      free = left;
    }
    // The log has the old pages still; where others read from it, it is emptied later.
    database.exec("PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)");
    return result;
  } finally {
    database.exec(`PRAGMA secure_delete = OFF; PRAGMA busy_timeout = ${PATIENCE_MS}`);
  }
}

/** Does all of it, or nothing. */
export function within<Result>(database: DatabaseSync, run: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // After a full disk it has been rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs something, and says what an error of SQLite means for whoever uses the store. */
export function explained<Result>(file: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw error instanceof StoreError ? error : explain(file, error);
  }
}

/** Primary result codes: https://www.sqlite.org/rescode.html */
const SQLITE = {
  perm: 3,
  busy: 5,
  nomem: 7,
  readonly: 8,
  ioerr: 10,
  full: 13,
  cantopen: 14,
} as const;

function explain(file: string, error: unknown): unknown {
  // A number that no file of ours has: https://nodejs.org/api/sqlite.html
  if ((error as NodeJS.ErrnoException).code === "ERR_OUT_OF_RANGE") return damaged(file, error);
  const code = (error as { readonly errcode?: number }).errcode;
  if (code === undefined) return error;
  switch (code & 0xff) {
    case SQLITE.full:
      return new StoreError("unwritable", `the disk is full: ${file} cannot be written`, error);
    case SQLITE.perm:
    case SQLITE.readonly:
    case SQLITE.cantopen:
      return new StoreError("unwritable", `${file} cannot be opened for writing: ${messageOf(error)}`, error);
    case SQLITE.ioerr:
      return new StoreError("unwritable", `${file} cannot be read or written: ${messageOf(error)}`, error);
    case SQLITE.busy:
      return new StoreError(
        "unwritable",
        `${file} was locked by another process for ${PATIENCE_MS / 1000} s`,
        error,
      );
    case SQLITE.nomem:
      return error;
    default:
      // Our statements are right: where one fails, the file is not what it was.
      return damaged(file, error);
  }
}

function damaged(file: string, error: unknown): StoreError {
  return new StoreError(
    "damaged",
    `${file} is damaged; \`colloquy doctor --sessions --mend\` saves what is whole`,
    error,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function number(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
}
