/**
 * Sessions in PostgreSQL, for programs that run on many machines. Needs the optional package `pg`.
 */
import type { System } from "../providers/system.ts";
import { makePool, type PostgresPool } from "./postgres-client.ts";
import { PostgresShelf } from "./postgres-shelf.ts";
import { Store } from "./store.ts";

/** Where the database is: an address, or a `Pool` of `pg`, which stays open and whose errors stay its owner's. */
export type PostgresOptions = ({ readonly connectionString: string } | { readonly pool: PostgresPool }) & {
  /** The schema that the tables are in, which is made where it is not there; `colloquy` by default. */
  readonly schema?: string;
  /** Time and chance; the machine's own by default. */
  readonly machine?: System;
};

/**
 * Opens the sessions in a database of PostgreSQL (13 or later), and makes their tables where they are not there. Each
 * append is one transaction, and durable as the server's disk is.
 *
 * @throws ConfigurationError `missing-package`; StoreError `newer`, `unwritable` when the database cannot be used.
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const { schema = "colloquy", machine } = options;
  const own = "pool" in options ? undefined : await makePool(options.connectionString);
  const pool = own ?? (options as { readonly pool: PostgresPool }).pool;
  const shelf = new PostgresShelf(pool, schema, async () => own?.end());
  try {
    // Whoever cannot use it hears of it now.
    await shelf.problems();
  } catch (error) {
    await own?.end();
    throw error;
  }
  return new Store(shelf, machine);
}

export type { PostgresClient, PostgresPool } from "./postgres-client.ts";
export type { Store } from "./store.ts";
