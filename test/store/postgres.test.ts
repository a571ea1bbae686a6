import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { makePool, type PostgresPool } from "../../src/store/postgres-client.ts";
import { PostgresShelf } from "../../src/store/postgres-shelf.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { noPostgres, Postgres } from "../support/postgres.ts";
import { contract } from "./contract.ts";

let server: Postgres;
let pool: PostgresPool;
const skip = noPostgres;
if (skip !== undefined) console.log(`sessions in PostgreSQL: not tried, ${skip}`);
else {
  before(async () => {
    server = await Postgres.start();
    pool = await makePool(server.address);
  });
  after(async () => {
    await pool?.end();
    await server?.end();
  });
}

let schemas = 0;
contract({
  name: "postgres",
  place: () => {
    // A name that has to be quoted.
    const schema = `Sessions "${++schemas}"`;
    return { shelf: () => new PostgresShelf(pool, schema, async () => undefined) };
  },
  ...(skip !== undefined && { skip }),
});

test("a pool of one's own is used, and left open", { skip: skip ?? false }, async () => {
  const own = new pg.Pool({ connectionString: server.address });
  const store = await openPostgresStore({ pool: own, schema: "own" });
  await (await store.create()).close();
  await store.close();
  const { rows } = await own.query<{ found: string | null }>(
    "SELECT to_regclass('own.sessions')::text AS found",
  );
  assert.equal(rows[0]?.found, "own.sessions");
  await own.query("UPDATE own.tables SET version = 2");
  await assert.rejects(openPostgresStore({ pool: own, schema: "own" }), { kind: "newer", message: /update/ });
  await own.end();
});

test("many make the tables at once", { skip: skip ?? false }, async () => {
  const stores = await Promise.all(
    Array.from({ length: 8 }, () => openPostgresStore({ connectionString: server.address, schema: "rush" })),
  );
  for (const store of stores) assert.deepEqual(await store.list(), []);
  await Promise.all(stores.map((store) => store.close()));
});

test(
  "a server that goes away fails what is under way, and is used again later",
  { skip: skip ?? false },
  async () => {
    const own = await Postgres.start();
    const store = await openPostgresStore({ connectionString: own.address });
    const session = await store.create();
    const talk = createConversation({ model: scripted(["one", "two"]), journal: session.journal });
    await talk.send("say one");
    await own.down();
    await assert.rejects(talk.send("say two"), { name: "StoreError", kind: "unwritable" });
    await assert.rejects(store.list(), { name: "StoreError", kind: "unwritable" });
    await assert.rejects(openPostgresStore({ connectionString: own.address }), { kind: "unwritable" });
    await own.up();
    await assert.rejects(talk.send("say two"), { name: "StoreError", kind: "unwritable" });
    await session.close();
    const again = await store.resume(session.id);
    const more = createConversation({ model: scripted(["two"]), journal: again.journal });
    assert.equal((await more.send("say two")).text, "two");
    assert.equal((await store.info(session.id)).messages, 4);
    await store.close();
    await own.end();
  },
);
