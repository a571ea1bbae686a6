import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { mendStore, openStore, StoreError, type SessionRecord, type Store } from "../../src/store/index.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { seededRandom, virtualSystem } from "../support/clock.ts";
import { folder } from "./place.ts";

/** A file of three sessions, with calls, results and long texts; closed. */
async function made(
  t: TestContext,
): Promise<{ readonly file: string; readonly was: ReadonlyMap<string, SessionRecord> }> {
  const file = path.join(folder(t), "sessions.db");
  // The same bytes each time, but for who wrote them.
  const store = await openStore(file, { machine: virtualSystem() });
  await fill(store);
  const was = await all(store);
  await store.close();
  return { file, was };
}

async function fill(store: Store): Promise<void> {
  const long = (input: unknown): string => `${JSON.stringify(input)} ${"long output ".repeat(500)}`;
  const look = defineTool({ name: "look", input: { type: "object" }, run: long });
  for (let n = 0; n < 3; n++) {
    const session = await store.create({ title: `number ${n}` });
    const steps = [
      {
        toolCalls: [
          { name: "look", input: { n, at: 1 } },
          { name: "look", input: { n, at: 2 } },
        ],
      },
      `it is ${n}`,
    ];
    const talk = createConversation({
      model: scripted([...steps, "yes", "yes"]),
      tools: [look],
      journal: session.journal,
    });
    await talk.turn(`what is it? ${"Say. ".repeat(200)}`);
    await talk.send("sure?");
    await talk.send("really?");
    await session.close();
  }
}

async function all(store: Store): Promise<ReadonlyMap<string, SessionRecord>> {
  const records = new Map<string, SessionRecord>();
  for (const { id } of await store.list()) records.set(id, await store.read(id));
  return records;
}

const text = (entry: JournalEntry): string => JSON.stringify(entry);

/** What is read is what was written, and what is not read is told of. */
async function honest(file: string, was: ReadonlyMap<string, SessionRecord>): Promise<void> {
  let store: Store | undefined;
  try {
    store = await openStore(file);
    for (const { id } of await store.list()) {
      const before = was.get(id);
      if (before === undefined) continue;
      const { entries, damage } = await store.read(id);
      const known = new Set(before.entries.map(text));
      for (const entry of entries) assert.ok(known.has(text(entry)), "an entry that was never written");
      assert.ok(
        entries.length + damage.length >= before.entries.length,
        "an entry is gone, and nobody says so",
      );
      // Whatever was lost, it can be gone on with.
      const session = await store.resume(id);
      const talk = createConversation({ model: scripted(["on"]), journal: session.journal });
      assert.equal((await talk.send("go on")).text, "on");
      await session.close();
    }
  } catch (error) {
    assert.ok(error instanceof StoreError, String((error as Error).stack));
    assert.match(error.kind, /^(?:damaged|newer|invalid|not-found|unwritable)$/);
  } finally {
    await store?.close();
  }
}

function sql(file: string, run: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  run(database);
  database.close();
}

test("a bit that flips in a row is found, whichever it is", async (t) => {
  const { file, was } = await made(t);
  const [[id, { entries }] = assert.fail()] = was;
  const store = await openStore(file);
  t.after(() => store.close());
  const database = new DatabaseSync(file);
  t.after(() => database.close());
  database.exec("PRAGMA synchronous = OFF");
  const rows = database
    .prepare("SELECT key, body FROM entries WHERE key > 50331648 - 33554432 - 16777216 ORDER BY key LIMIT 3")
    .all();
  const set = database.prepare(
    "UPDATE entries SET body = iif(typeof(body) = 'text', CAST(?1 AS TEXT), ?1) WHERE key = ?2",
  );
  let flips = 0;
  const first = [...was.keys()].at(-1) ?? id;
  const [whole] = [(await store.read(first)).entries];
  for (const [at, { key, body }] of rows.entries()) {
    const bytes = Buffer.from(body as string);
    for (let byte = 0; byte < bytes.length; byte++) {
      const flipped = Buffer.from(bytes);
      flipped[byte] = (flipped[byte] ?? 0) ^ (1 << (byte % 8));
      set.run(flipped, Number(key));
      const read = await store.read(first);
      // The last bits of a packed row may be padding: whatever they are, it says the same.
      if (byte === bytes.length - 1 && read.damage.length === 0) assert.deepEqual(read.entries, whole);
      else {
        assert.equal(read.damage[0]?.seq, at + 1, `byte ${byte}`);
        assert.ok(read.entries.length < whole.length);
      }
      flips++;
    }
    set.run(bytes, Number(key));
  }
  assert.deepEqual((await store.read(first)).damage, []);
  assert.ok(flips > 200 && entries.length > 5, `${flips} flips`);
});

test("what is missing is told of, and the rest is read", async (t) => {
  const { file, was } = await made(t);
  const ids = [...was.keys()];
  sql(file, (database) => {
    database.exec("DELETE FROM entries WHERE key IN (16777216 + 3, 2 * 16777216 + 1)");
    database.exec("DELETE FROM blobs WHERE n = 3");
    database.exec("UPDATE sessions SET last = 2 WHERE n = 1");
    database.exec("UPDATE sessions SET last = 1 << 40 WHERE n = 2");
  });
  const store = await openStore(file);
  t.after(() => store.close());
  const damage = async (id = "") => (await store.read(id)).damage;
  const [third, second, first] = ids;
  assert.deepEqual(await damage(first), [{ seq: 3, damage: "missing" }]);
  const missing = await damage(second);
  assert.equal(missing[0]?.seq, 1);
  assert.ok(missing.length <= 1001, "a count that is wrong makes no end of them");
  const [lost, ...more] = (await damage(third)).map((each) => each.damage);
  assert.equal(lost, "its long text is lost");
  assert.ok(more.includes("its result is lost"));
  const { damaged } = await store.check();
  assert.deepEqual(
    damaged.map(({ id }) => id),
    ids,
  );
});

test("a text that was changed is not passed off as what was said", async (t) => {
  const { file, was } = await made(t);
  sql(file, (database) =>
    database.exec("UPDATE blobs SET data = CAST('something else' AS BLOB), packed = 0"),
  );
  await honest(file, was);
  const store = await openStore(file);
  t.after(() => store.close());
  assert.equal((await store.check()).damaged.length, 3);
});

test(
  "a file may be damaged anywhere: it opens, or says that it is damaged",
  { timeout: 60_000 },
  async (t) => {
    const { file, was } = await made(t);
    const whole = readFileSync(file);
    const random = seededRandom(7);
    const copy = path.join(folder(t), "copy.db");
    for (let n = 0; n < 200; n++) {
      const bytes = Buffer.from(whole);
      const flips = n % 3 === 0 ? 40 : 1;
      for (let flip = 0; flip < flips; flip++) {
        const at = Math.floor(random() * (n % 2 === 0 ? bytes.length : Math.min(bytes.length, 4096)));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      write(copy, bytes);
      await honest(copy, was);
    }
  },
);

test("a file that was cut short opens, or says that it is damaged", async (t) => {
  const { file, was } = await made(t);
  const whole = readFileSync(file);
  const copy = path.join(folder(t), "copy.db");
  for (let end = 0; end < whole.length; end += 4096 / 4) {
    write(copy, whole.subarray(0, end));
    await honest(copy, end === 0 ? new Map() : was);
  }
});

test("the log may end anywhere: what was written before is there", { timeout: 60_000 }, async (t) => {
  const file = path.join(folder(t), "sessions.db");
  const copy = path.join(folder(t), "copy.db");
  const store = await openStore(file);
  const session = await store.create();
  const talk = createConversation({ model: scripted(() => "yes"), journal: session.journal });
  const lengths: number[] = [];
  for (let n = 0; n < 12; n++) {
    await talk.send(`message ${n}`);
    lengths.push(readFileSync(`${file}-wal`).length);
  }
  const { entries } = await store.read(session.id);
  const main = readFileSync(file);
  const log = readFileSync(`${file}-wal`);
  await store.close();
  let cuts = 0;
  for (let frame = 32; frame <= log.length; frame += 24 + 4096) {
    for (const end of [frame - 1, frame, frame + 1]) {
      write(copy, main);
      writeFileSync(`${copy}-wal`, log.subarray(0, end));
      const again = await openStore(copy);
      const [info] = await again.list();
      const read = info === undefined ? [] : (await again.read(info.id)).entries;
      assert.deepEqual(read, entries.slice(0, read.length), `cut at ${end}`);
      const sends = lengths.filter((length) => length <= end).length;
      assert.ok(read.filter(({ type }) => type === "message").length >= 2 * sends, `cut at ${end}`);
      if (info !== undefined) {
        const more = createConversation({
          model: scripted(["on"]),
          journal: (await again.fork(info.id)).journal,
        });
        assert.equal((await more.send("go on")).text, "on");
      }
      await again.close();
      cuts++;
    }
  }
  assert.ok(cuts > 100, `${cuts} cuts`);
});

test("a file of something else, or of later, is left alone", async (t) => {
  const { file } = await made(t);
  const here = folder(t);
  const other = path.join(here, "other.db");
  sql(other, (database) => database.exec("CREATE TABLE a (b)"));
  await assert.rejects(openStore(other), { kind: "invalid", message: /no file of sessions/ });
  await assert.rejects(mendStore(other), { kind: "invalid" });
  sql(other, (database) => database.exec("PRAGMA user_version = 1"));
  await assert.rejects(
    openStore(other).then((store) => store.list()),
    { kind: "damaged" },
  );
  sql(file, (database) => database.exec("PRAGMA user_version = 2"));
  await assert.rejects(openStore(file), { kind: "newer", message: /update/ });
  await assert.rejects(mendStore(file), { kind: "newer" });
  const garbage = path.join(here, "garbage.db");
  writeFileSync(garbage, "these are no sessions at all ".repeat(1000));
  await assert.rejects(openStore(garbage), { kind: "damaged", message: /doctor --sessions/ });
  assert.ok(readFileSync(garbage, "latin1").startsWith("these are no sessions"));
  await assert.rejects(openStore(here), { kind: "unwritable" });
  await assert.rejects(openStore("/dev/null/x/sessions.db"), { kind: "unwritable" });
});

test("a file that is deleted or replaced under us takes nothing more", async (t) => {
  for (const how of [
    (file: string) => rmSync(file),
    (file: string) => rmSync(`${file}-wal`),
    (file: string) => renameSync(file, `${file}.old`),
    (file: string) => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ]) {
    const { file } = await made(t);
    const store = await openStore(file);
    const [{ id } = assert.fail()] = await store.list();
    const session = await store.resume(id);
    const talk = createConversation({ model: scripted(["one", "two"]), journal: session.journal });
    await talk.send("one");
    how(file);
    await assert.rejects(talk.send("two"), { kind: "unwritable", message: /deleted or replaced/ });
    await store.close();
  }
});

test("a folder that may not be written to is told of", async (t) => {
  const { file } = await made(t);
  const here = path.dirname(file);
  const run = `
    import { openStore } from ${JSON.stringify(fileURLToPath(new URL("../../src/store/index.ts", import.meta.url)))};
    await openStore(process.argv[1]).then(() => console.log("opened"), (error) => console.log(error.kind, error.message));`;
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  for (const each of [here, ...readdirSync(here).map((name) => path.join(here, name))])
    if (nobody.uid !== undefined) chownSync(each, nobody.uid, nobody.gid);
  chmodSync(file, 0o400);
  chmodSync(here, 0o500);
  for (const at of [file, path.join(here, "new.db"), path.join(here, "deep", "new.db")]) {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e", run, at],
      { ...nobody, encoding: "utf8" },
    );
    assert.match(stdout, /^unwritable .*(?:readonly|unable|EACCES)/, stderr);
  }
});

test("a full disk fails the append, and loses nothing", async (t) => {
  const here = folder(t);
  const disk = path.join(here, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]).status === 0;
  if (!mounted) {
    t.skip("no small disk can be mounted: only root can");
    return;
  }
  const store = await openStore(path.join(disk, "sessions.db"));
  try {
    const session = await store.create();
    const talk = createConversation({ model: scripted(() => "yes"), journal: session.journal });
    // Noise, which nothing makes smaller.
    const random = seededRandom(3);
    const noise = (): string =>
      Array.from({ length: 4000 }, () => String.fromCharCode(33 + Math.floor(random() * 90))).join("");
    let sent = 0;
    await assert.rejects(
      async () => {
        for (;;) {
          await talk.send(noise());
          sent++;
        }
      },
      { name: "StoreError", kind: "unwritable", message: /disk is full/ },
    );
    assert.ok(sent > 5);
    await assert.rejects(talk.send("more"), { kind: "unwritable" });
    const { entries, damage } = await store.read(session.id);
    assert.deepEqual(damage, []);
    assert.ok(entries.filter(({ type }) => type === "message").length >= 2 * sent);
    await session.close().catch(() => undefined);
    await store.close();
    const again = await openStore(path.join(disk, "sessions.db"));
    assert.equal((await again.read(session.id)).entries.length, entries.length);
    await again.close();
  } finally {
    await store.close().catch(() => undefined);
    spawnSync("/bin/umount", [disk]);
  }
});

test("a file that is whole needs no mending", async (t) => {
  const { file } = await made(t);
  assert.deepEqual(await mendStore(file), { outcome: "whole", sessions: 3 });
  assert.deepEqual(readdirSync(path.dirname(file)), ["sessions.db"]);
  await assert.rejects(mendStore(`${file}.none`), { kind: "not-found" });
});

test("mending saves what can be read, and keeps the damaged file", { timeout: 60_000 }, async (t) => {
  const { file, was } = await made(t);
  const whole = readFileSync(file);
  const random = seededRandom(11);
  let kept = 0;
  let mended = 0;
  const pages = whole.length / 4096;
  for (let page = 0; page < pages + 6; page++) {
    const here = folder(t);
    const copy = path.join(here, "sessions.db");
    const bytes = Buffer.from(whole);
    // Each page once, then several; some overwritten with noise, some with nothing.
    for (const each of page < pages ? [page] : [1, 2, 3].map(() => Math.floor(random() * pages))) {
      const from = each * 4096;
      for (let at = from; at < from + 4096; at++) bytes[at] = page % 2 === 0 ? 0 : Math.floor(random() * 256);
    }
    writeFileSync(copy, bytes);
    const report = await mendStore(copy);
    if (report.outcome === "whole") continue;
    mended++;
    assert.deepEqual(readFileSync(report.damaged), bytes, `page ${page}: the damaged file was changed`);
    assert.deepEqual(readdirSync(here).sort(), ["sessions.db", path.basename(report.damaged)].sort());
    const store = await openStore(copy);
    assert.deepEqual((await store.check()).problems, []);
    let lost = 0;
    for (const [id, before] of was) {
      const record = await store.read(id).catch((error: unknown) => {
        assert.equal((error as StoreError).kind, "not-found");
        return undefined;
      });
      const known = new Set(before.entries.map(text));
      for (const entry of record?.entries ?? []) assert.ok(known.has(text(entry)));
      kept += record?.entries.length ?? 0;
      if ((record?.entries.length ?? 0) < before.entries.length) lost++;
    }
    if (page < pages)
      assert.ok(lost === 0 || report.lost.length > 0, `page ${page}: something is lost, and nobody says so`);
    assert.equal((await store.search("really")).length > 0, report.sessions > 0);
    await store.close();
    assert.deepEqual(existsSync(report.damaged), true);
  }
  const written = [...was.values()].reduce((sum, { entries }) => sum + entries.length, 0);
  t.diagnostic(
    `${mended} files mended, ${Math.round((100 * kept) / (mended * written))} % of their entries saved`,
  );
  assert.ok(kept > 0.7 * mended * written);
});

test("a file that somebody has open is not mended", async (t) => {
  const { file } = await made(t);
  const store = await openStore(file);
  const [{ id } = assert.fail()] = await store.list();
  await store.resume(id);
  sql(file, (database) => database.exec("UPDATE entries SET sum = 0 WHERE key % 16777216 = 2"));
  await assert.rejects(mendStore(file), { kind: "held" });
  await store.close();
  const report = await mendStore(file);
  assert.equal(report.outcome, "mended");
});

function write(file: string, bytes: Uint8Array): void {
  for (const log of ["-wal", "-shm"]) rmSync(file + log, { force: true });
  writeFileSync(file, bytes);
  truncateSync(file, bytes.length);
}
