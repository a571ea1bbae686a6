import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { openStore, StoreError, type Store } from "../../src/store/index.ts";
import { scripted } from "../../src/testing/scripted.ts";

/** A store of each kind, gone with its test. */
async function open(t: TestContext, kind: string): Promise<Store> {
  if (kind === "memory") return openStore(":memory:");
  const folder = mkdtempSync(path.join(tmpdir(), "colloquy-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = await openStore(path.join(folder, "deep", "sessions.db"));
  t.after(() => store.close());
  return store;
}

for (const kind of ["memory", "sqlite"]) {
  test(`a session is kept, and gone on with (${kind})`, async (t) => {
    const store = await open(t, kind);
    const session = await store.create({ folder: "/somewhere" });
    const first = createConversation({ model: scripted(["one", "two"]), journal: session.journal });
    await first.send("say one");
    assert.equal(first.id, session.id);
    await assert.rejects(store.resume(session.id), { name: "StoreError", kind: "held" });
    await session.close();
    await assert.rejects(first.send("more"), StoreError);

    const again = await store.resume(session.id.slice(0, 3));
    const second = createConversation({ model: scripted(["two"]), journal: again.journal });
    assert.deepEqual(second.history.toArray(), first.history.toArray().slice(0, 2));
    assert.equal((await second.send("say two")).text, "two");
    const [info] = await store.list();
    assert.deepEqual([info?.title, info?.messages, info?.folder], ["say one", 4, "/somewhere"]);
    assert.deepEqual(
      (await store.search("TWO")).map(({ excerpt }) => excerpt),
      ["say two", "two"],
    );

    const fork = await store.fork(session.id, { at: 2 });
    const third = createConversation({ model: scripted(["three"]), journal: fork.journal });
    assert.equal(third.history.length, 2);
    await third.send("say three");
    assert.equal((await store.info(fork.id)).origin, session.id);
    assert.deepEqual(await store.check(), { sessions: 2, problems: [], damaged: [] });

    const copy = await store.import(JSON.parse(JSON.stringify(await store.export(session.id))));
    assert.notEqual(copy.id, session.id);
    assert.deepEqual((await store.read(copy.id)).entries, (await store.read(session.id)).entries);
    await store.rename(copy.id, "A copy");
    await store.delete(session.id);
    assert.deepEqual((await store.list()).map(({ title }) => title).sort(), ["A copy", "say one"]);
  });
}
