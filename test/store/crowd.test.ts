import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createConversation } from "../../src/conversation/conversation.ts";
import { openStore, type Store } from "../../src/store/index.ts";
import { openPostgresStore } from "../../src/store/postgres.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { noPostgres, Postgres } from "../support/postgres.ts";
import { folder } from "./place.ts";

const program = fileURLToPath(new URL("crowd.ts", import.meta.url));
const PROCESSES = 20;
const ROUNDS = 3;

/** Begins a session, lets 20 processes at the store, and looks at what they left. */
async function crowd(t: TestContext, kind: string, place: string, store: Store): Promise<void> {
  t.after(() => store.close());
  const session = await store.create({ title: "common" });
  await createConversation({ model: scripted(["hello"]), journal: session.journal }).send("begin");
  await session.close();
  const args = ["--disable-warning=ExperimentalWarning", program, kind, place, session.id, String(ROUNDS)];
  const runs = await Promise.all(
    Array.from({ length: PROCESSES }, () => promisify(execFile)(process.execPath, args)),
  );
  let resumed = 0;
  for (const { stdout, stderr } of runs) {
    assert.equal(stderr, "");
    const [, id = "", count] = /^ok (\S+) (\d+)\n$/.exec(stdout) ?? assert.fail(stdout);
    assert.equal((await store.info(id)).messages, 2 * ROUNDS);
    resumed += Number(count);
  }
  const { info, entries, damage } = await store.read(session.id);
  assert.deepEqual(damage, []);
  // Each of them went on from all that the others had said.
  assert.equal(info.messages, 2 + 2 * resumed);
  assert.equal(entries.filter(({ type }) => type === "message").length, info.messages);
  assert.ok(resumed > 0);
  assert.deepEqual(await store.check(), { sessions: PROCESSES + 1, problems: [], damaged: [] });
}

test("20 processes use one file at once", async (t) => {
  const file = path.join(folder(t), "sessions.db");
  await crowd(t, "sqlite", file, await openStore(file));
});

test("20 processes use one database at once", { skip: noPostgres ?? false }, async (t) => {
  const server = await Postgres.start();
  t.after(() => server.end());
  await crowd(t, "postgres", server.address, await openPostgresStore({ connectionString: server.address }));
});
