import { ConfigurationError } from "../llm/errors.ts";
import { StoreError } from "./errors.ts";

/** A connection as `pg` has it, as far as it is used here. */
export interface PostgresClient {
  query(
    sql: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Record<string, unknown>[]; readonly rowCount: number | null }>;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
  /** With `true` the connection is not used again. */
  release(destroy?: boolean): void;
}

/** A `Pool` of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  end(): Promise<void>;
}

/** How long is waited for a connection, and for the answer to a statement, in milliseconds. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 60_000;

/** A pool of our own. @throws ConfigurationError `missing-package` */
export async function makePool(connectionString: string): Promise<PostgresPool> {
  let pg: typeof import("pg");
  try {
    pg = await import("pg");
  } catch (error) {
    const missing = new ConfigurationError(
      "missing-package",
      "sessions in PostgreSQL need an optional package: run `npm install pg`",
    );
    missing.cause = error;
    throw missing;
  }
  const pool = new pg.Pool({
    connectionString,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    // A program may end though a connection is kept for its next append.
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced by another one.
  pool.on("error", () => undefined);
  return pool;
}

/** Runs something on a connection; one that failed is not used again. @throws StoreError */
export async function connected<Result>(
  pool: PostgresPool,
  run: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
  let client: PostgresClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw explained(error);
  }
  // What breaks between two statements is told by the next one.
  const ignore = (): void => undefined;
  client.on("error", ignore);
  let failed = true;
  try {
    const result = await run(client);
    failed = false;
    return result;
  } catch (error) {
    failed = !(error instanceof StoreError);
    throw explained(error);
  } finally {
    client.removeListener("error", ignore);
    client.release(failed);
  }
}

/** A name as SQL has it, whatever stands in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Does all of it, or nothing; what is done survives a crash of the server, whatever its settings say. */
export function within<Result>(
  pool: PostgresPool,
  run: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
  return connected(pool, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on");
    try {
      const result = await run(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      if (error instanceof StoreError) await client.query("ROLLBACK");
      throw error;
    }
  });
}

/** Says what an error means for whoever uses the store: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function explained(error: unknown): unknown {
  if (error instanceof StoreError || error instanceof ConfigurationError) return error;
  const { code = "", message = String(error) } = error as {
    readonly code?: string;
    readonly message?: string;
  };
  if (code.startsWith("XX0")) {
    return new StoreError("damaged", `the database is damaged: ${message}`, error);
  }
  return new StoreError(
    "unwritable",
    `the database of sessions cannot be used: ${message || code}; what was under way may be written, or not`,
    error,
  );
}
