import { StoreError } from "./errors.ts";
import { connected, quoted, within, type PostgresClient, type PostgresPool } from "./postgres-client.ts";

/** Version of the tables. Those of a later one are not touched. */
const TABLES = 1;

/** One process makes tables at a time: "cqly", as a number. */
const LOCK = 0x63716c79;

/**
 * Makes the tables where they are not there.
 * @throws StoreError `newer`, `unwritable`
 */
export async function makeTables(pool: PostgresPool, schema: string): Promise<void> {
  // Who may only use them need not be allowed to make any.
  if ((await connected(pool, (client) => versionOf(client, schema))) === TABLES) return;
  await within(pool, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    // Another process may have been quicker.
    if ((await versionOf(client, schema)) === 0) await client.query(tables(quoted(schema)));
  });
}

/** 0 where there are none. */
async function versionOf(client: PostgresClient, schema: string): Promise<number> {
  // Not `to_regclass`: a connection remembers for a while that there was nothing.
  const known = await client.query("SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'tables'", [
    schema,
  ]);
  if (known.rows.length === 0) return 0;
  const { rows } = await client.query(`SELECT version FROM ${quoted(schema)}.tables`);
  const version = Number(rows[0]?.["version"]);
  if (version <= TABLES) return version;
  throw new StoreError(
    "newer",
    `the sessions in schema ${schema} were written by a later version of colloquy; update this one, or give another schema`,
  );
}

/** Ids are compared byte by byte, whatever the database's language is. */
const tables = (schema: string): string => `
  CREATE SCHEMA IF NOT EXISTS ${schema};
  CREATE TABLE ${schema}.tables (version int NOT NULL);
  INSERT INTO ${schema}.tables VALUES (${TABLES});
  CREATE TABLE ${schema}.sessions (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    title text NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    folder text NOT NULL,
    model text NOT NULL,
    messages bigint NOT NULL,
    origin text NOT NULL,
    last bigint NOT NULL,
    fence bigint NOT NULL,
    holder text,
    until bigint NOT NULL
  );
  CREATE INDEX ON ${schema}.sessions (updated, n);
  CREATE TABLE ${schema}.entries (
    n bigint NOT NULL REFERENCES ${schema}.sessions ON DELETE CASCADE,
    seq bigint NOT NULL,
    at bigint NOT NULL,
    body text NOT NULL,
    sum bigint NOT NULL,
    words tsvector,
    PRIMARY KEY (n, seq)
  );
  CREATE INDEX ON ${schema}.entries USING gin (words);
  CREATE TABLE ${schema}.blobs (
    n bigint NOT NULL REFERENCES ${schema}.sessions ON DELETE CASCADE,
    hash text NOT NULL,
    packed int NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (n, hash)
  );
`;
