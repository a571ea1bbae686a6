import { holderLine, readHolder, type Holder } from "./holder.ts";
import { pack, unpack } from "./packed.ts";
import { connected, quoted, within, type PostgresClient, type PostgresPool } from "./postgres-client.ts";
import { makeTables } from "./postgres-tables.ts";
import { held, noSession, taken, there } from "./refusals.ts";
import type { Change, Claimed, ListQuery, NewRow, Row, SessionInfo, Shelf } from "./shelf.ts";

/** A shelf in a schema of PostgreSQL, for processes on many machines. Tables are made when it is first used. */
export class PostgresShelf implements Shelf {
  readonly #pool: PostgresPool;
  readonly #name: string;
  /** As SQL names it. */
  readonly #schema: string;
  readonly #end: () => Promise<void>;
  #ready: Promise<void> | undefined;

  /** @param end what is to be ended with the shelf. */
  constructor(pool: PostgresPool, schema: string, end: () => Promise<void>) {
    this.#pool = pool;
    this.#name = schema;
    this.#schema = quoted(schema);
    this.#end = end;
  }

  async add(info: SessionInfo, rows: readonly NewRow[], holder: Holder, until: number): Promise<Claimed> {
    return this.#write(async (client) => {
      const { id, title, created, updated, folder, model, messages, origin } = info;
      const last = rows.at(-1)?.seq ?? 0;
      const added = await client.query(
        `INSERT INTO ${this.#schema}.sessions
           (id, title, created, updated, folder, model, messages, origin, last, fence, holder, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11) ON CONFLICT (id) DO NOTHING RETURNING n`,
        [id, title, created, updated, folder, model, messages, origin, last, holderLine(holder), until],
      );
      if (added.rows[0] === undefined) throw there(id);
      await this.#insert(client, added.rows[0]["n"], rows);
      return { fence: 1, last };
    });
  }

  async claim(
    id: string,
    holder: Holder,
    until: number,
    now: number,
    isGone: (holder: Holder) => boolean,
  ): Promise<Claimed> {
    return this.#write(async (client) => {
      const found = await client.query(
        `SELECT fence, last, holder, until FROM ${this.#schema}.sessions WHERE id = $1 FOR UPDATE`,
        [id],
      );
      const [row] = found.rows;
      if (row === undefined) throw noSession(id);
      const before = typeof row["holder"] === "string" ? readHolder(row["holder"]) : undefined;
      if (before !== undefined && Number(row["until"]) > now && !isGone(before)) throw held(id, before);
      const fence = Number(row["fence"]) + 1;
      await client.query(
        `UPDATE ${this.#schema}.sessions SET fence = $2, holder = $3, until = $4 WHERE id = $1`,
        [id, fence, holderLine(holder), until],
      );
      return { fence, last: Number(row["last"]) };
    });
  }

  async renew(id: string, fence: number, until: number): Promise<void> {
    const renewed = await this.#query(
      "UPDATE :sessions SET until = $3 WHERE id = $1 AND fence = $2 RETURNING n",
      [id, fence, until],
    );
    if (renewed.length === 0) throw taken(id);
  }

  async release(id: string, fence: number): Promise<void> {
    await this.#query("UPDATE :sessions SET holder = NULL, until = 0 WHERE id = $1 AND fence = $2", [
      id,
      fence,
    ]);
  }

  async append(id: string, fence: number, rows: readonly NewRow[], change: Change): Promise<void> {
    await this.#write(async (client) => {
      const { updated, messages, title = "", model = "" } = change;
      // Holds the session's row until all of it is written: who claims it waits, and then sees all of it.
      const found = await client.query(
        `UPDATE ${this.#schema}.sessions SET last = $3, updated = $4, messages = messages + $5,
           title = CASE title WHEN '' THEN $6 ELSE title END,
           model = CASE model WHEN '' THEN $7 ELSE model END
         WHERE id = $1 AND fence = $2 RETURNING n`,
        [id, fence, rows.at(-1)?.seq ?? 0, updated, messages, title, model],
      );
      if (found.rows[0] === undefined) throw taken(id);
      await this.#insert(client, found.rows[0]["n"], rows);
    });
  }

  async rows(id: string, after: number, most: number): Promise<readonly Row[]> {
    const rows = await this.#query(
      "SELECT seq, at, body, sum FROM :entries WHERE n = $1 AND seq > $2 ORDER BY seq LIMIT $3",
      [await this.#number(id), after, most],
    );
    return rows.map(({ seq, at, body, sum }) => ({
      seq: Number(seq),
      at: Number(at),
      body: String(body),
      sum: Number(sum),
    }));
  }

  async blob(id: string, hash: string): Promise<string | undefined> {
    const n = await this.#number(id);
    const [found] = await this.#query("SELECT packed, data FROM :blobs WHERE n = $1 AND hash = $2", [
      n,
      hash,
    ]);
    return found && unpack(found["packed"], found["data"], hash);
  }

  async info(id: string): Promise<(SessionInfo & { readonly last: number }) | undefined> {
    if (id.includes("\0")) return undefined;
    const [found] = await this.#query("SELECT * FROM :sessions WHERE id = $1", [id]);
    return found && { ...infoOf(found), last: Number(found["last"]) };
  }

  async complete(prefix: string, most: number): Promise<readonly string[]> {
    if (prefix.includes("\0")) return [];
    const rows = await this.#query(
      "SELECT id FROM :sessions WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3",
      [prefix, `${prefix}\u{10ffff}`, most],
    );
    return rows.map(({ id }) => String(id));
  }

  async list({ most, skip = 0, folder }: ListQuery): Promise<readonly SessionInfo[]> {
    const where = folder === undefined ? "" : "WHERE folder = $3";
    const rows = await this.#query(
      `SELECT * FROM :sessions ${where} ORDER BY updated DESC, n DESC LIMIT $1 OFFSET $2`,
      [most, skip, ...(folder === undefined ? [] : [folder])],
    );
    return rows.map(infoOf);
  }

  async search(
    words: readonly string[],
    { most, skip = 0, folder }: ListQuery,
  ): Promise<readonly { readonly id: string; readonly seq: number }[]> {
    if (words.length === 0) return [];
    // They are letters and digits, and nothing that a query could mistake.
    const query = words.map((word) => `'${word}':*`).join(" & ");
    const rows = await this.#query(
      `SELECT s.id, e.seq FROM :entries e JOIN :sessions s USING (n)
       WHERE e.words @@ $1::tsquery ${folder === undefined ? "" : "AND s.folder = $4"}
       ORDER BY s.updated DESC, s.n DESC, e.seq LIMIT $2 OFFSET $3`,
      [query, most, skip, ...(folder === undefined ? [] : [folder])],
    );
    return rows.map(({ id, seq }) => ({ id: String(id), seq: Number(seq) }));
  }

  async rename(id: string, title: string): Promise<boolean> {
    const rows = await this.#query("UPDATE :sessions SET title = $2 WHERE id = $1 RETURNING n", [id, title]);
    return rows.length > 0;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#query("DELETE FROM :sessions WHERE id = $1 RETURNING n", [id])).length > 0;
  }

  async problems(): Promise<readonly string[]> {
    await this.#made();
    return [];
  }

  close(): Promise<void> {
    return this.#end();
  }

  async #insert(client: PostgresClient, n: unknown, rows: readonly NewRow[]): Promise<void> {
    for (const { seq, at, body, sum, blobs, words } of rows) {
      await client.query(
        `INSERT INTO ${this.#schema}.entries (n, seq, at, body, sum, words)
         VALUES ($1, $2, $3, $4, $5, array_to_tsvector($6::text[]))`,
        [n, seq, at, body, sum, words.length === 0 ? null : words],
      );
      for (const { hash, text } of blobs) {
        const { packed, data } = pack(text);
        await client.query(
          `INSERT INTO ${this.#schema}.blobs (n, hash, packed, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
          [n, hash, packed, Buffer.from(data.buffer, data.byteOffset, data.byteLength)],
        );
      }
    }
  }

  async #number(id: string): Promise<unknown> {
    const [found] = await this.#query("SELECT n FROM :sessions WHERE id = $1", [id]);
    if (found === undefined) throw noSession(id);
    return found["n"];
  }

  async #write<Result>(run: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    await this.#made();
    return within(this.#pool, run);
  }

  /** One statement; `:name` is a table of ours. */
  async #query(sql: string, values: unknown[]): Promise<Record<string, unknown>[]> {
    await this.#made();
    const named = sql.replace(/(?<!:):(sessions|entries|blobs)/g, `${this.#schema}.$1`);
    return (await connected(this.#pool, (client) => client.query(named, values))).rows;
  }

  #made(): Promise<void> {
    // What failed is tried again.
    return (this.#ready ??= makeTables(this.#pool, this.#name).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    }));
  }
}

function infoOf(row: Record<string, unknown>): SessionInfo {
  const { id, title, created, updated, folder, model, messages, origin } = row;
  return {
    id: String(id),
    title: String(title),
    created: Number(created),
    updated: Number(updated),
    folder: String(folder),
    model: String(model),
    messages: Number(messages),
    origin: String(origin),
  };
}
