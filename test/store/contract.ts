import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { text, type Message } from "../../src/llm/message.ts";
import { wellFormed, writeJson } from "../../src/llm/json.ts";
import { holderLine, thisProcess, type Holder } from "../../src/store/holder.ts";
import type { Session } from "../../src/store/session.ts";
import type { NewRow, SessionInfo, Shelf } from "../../src/store/shelf.ts";
import { Store, type SessionRecord } from "../../src/store/store.ts";
import { Writer } from "../../src/store/written.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem, type VirtualSystem } from "../support/clock.ts";
import type { Kind, Place } from "./place.ts";

/** What holds for every shelf, and for a store on it. */
export function contract(kind: Kind): void {
  const has = (what: string, run: (place: Place, t: TestContext) => Promise<void>): void => {
    test(`${kind.name}: ${what}`, { skip: kind.skip ?? false }, (t) => run(kind.place(t), t));
  };

  has("a session is kept, and gone on with", async (place) => {
    const store = open(place);
    const session = await store.create({ folder: "/somewhere" });
    assert.deepEqual(await store.list(), []);
    const first = createConversation({ model: scripted(["one", "two"]), journal: session.journal });
    await first.send("say one");
    assert.equal(first.id, session.id);
    await assert.rejects(store.resume(session.id), { name: "StoreError", kind: "held" });
    await session.close();
    await assert.rejects(first.send("more"), { name: "StoreError", kind: "taken" });

    const again = await store.resume(session.id);
    const second = createConversation({ model: scripted(["two"]), journal: again.journal });
    assert.deepEqual(second.history.toArray(), first.history.toArray().slice(0, 2));
    assert.equal((await second.send("say two")).text, "two");
    const [info] = await store.list();
    assert.deepEqual([info?.title, info?.messages, info?.folder], ["say one", 4, "/somewhere"]);
    assert.equal(info?.model, "scripted/scripted");
    assert.deepEqual(await store.check(), { sessions: 1, problems: [], damaged: [] });
  });

  has("a shelf keeps rows in their order, and pages of them", async (place) => {
    const shelf = place.shelf();
    const rows = some(1, 1203);
    const { fence } = await shelf.add(info("a"), rows.slice(0, 1000), here, 10);
    await shelf.append("a", fence, rows.slice(1000), { updated: 5, messages: 2, title: "t", model: "m" });
    const bare = rows.map(({ seq, at, body, sum }) => ({ seq, at, body, sum }));
    assert.deepEqual((await shelf.rows("a", 0, 5000)).map(bareRow), bare);
    assert.deepEqual((await shelf.rows("a", 700, 2)).map(bareRow), bare.slice(700, 702));
    assert.deepEqual(await shelf.rows("a", 1203, 10), []);
    const { last, ...known } = (await shelf.info("a")) ?? assert.fail();
    assert.equal(last, 1203);
    assert.deepEqual(known, { ...info("a"), updated: 5, messages: 2, title: "t", model: "m" });
    await shelf.append("a", fence, some(1204, 1), {
      updated: 6,
      messages: 1,
      title: "other",
      model: "other",
    });
    assert.deepEqual(await shelf.info("a"), { ...known, updated: 6, messages: 3, last: 1204 });
    await assert.rejects(
      later(() => shelf.rows("b", 0, 1)),
      { kind: "not-found" },
    );
    await assert.rejects(
      later(() => shelf.blob("b", "")),
      { kind: "not-found" },
    );
    assert.equal(await shelf.info("b"), undefined);
    await assert.rejects(
      later(() => shelf.add(info("a"), some(1, 1), here, 10)),
      { kind: "taken" },
    );
    assert.equal((await shelf.rows("a", 0, 5000)).length, 1204);
    assert.deepEqual(await shelf.problems(), []);
  });

  has("a claim is held, and taken from the dead at once", async (place) => {
    const shelf = place.shelf();
    const other: Holder = { host: "elsewhere", pid: 7, began: "x" };
    await shelf.add(info("a"), some(1, 1), other, 100);
    const claim = (now: number, gone: boolean) =>
      later(() =>
        place.shelf().claim("a", here, now + 30, now, (who) => {
          assert.equal(holderLine(who), holderLine(other));
          return gone;
        }),
      );
    await assert.rejects(claim(99, false), { kind: "held", message: /process 7 on elsewhere/ });
    assert.deepEqual(await claim(99, true), { fence: 2, last: 1 });
    await shelf.release("a", 1);
    await assert.rejects(
      later(() => shelf.claim("a", other, 200, 101, () => false)),
      { kind: "held" },
    );
    await shelf.release("a", 2);
    assert.deepEqual(await shelf.claim("a", other, 200, 101, () => assert.fail()), { fence: 3, last: 1 });
    await assert.rejects(
      later(() => shelf.claim("b", here, 1, 1, () => true)),
      { kind: "not-found" },
    );
  });

  has("a claim runs out, and what its holder writes afterwards is refused", async (place) => {
    const shelf = place.shelf();
    await shelf.add(info("a"), some(1, 1), { host: "elsewhere", pid: 7, began: "x" }, 100);
    await shelf.renew("a", 1, 150);
    await assert.rejects(
      later(() => shelf.claim("a", here, 300, 149, () => false)),
      { kind: "held" },
    );
    assert.equal((await shelf.claim("a", here, 300, 150, () => false)).fence, 2);
    await assert.rejects(
      later(() => shelf.renew("a", 1, 500)),
      { kind: "taken" },
    );
    const late = { ...some(2, 1)[0], blobs: [{ hash: "h", text: "kept?" }], words: ["kept"] } as NewRow;
    const change = { updated: 99, messages: 1, title: "kept?" };
    await assert.rejects(
      later(() => shelf.append("a", 1, [late], change)),
      { kind: "taken" },
    );
    assert.equal((await shelf.rows("a", 0, 9)).length, 1);
    assert.equal(await shelf.blob("a", "h"), undefined);
    assert.deepEqual(await shelf.search(["kept"], { most: 9 }), []);
    assert.equal((await shelf.info("a"))?.title, "");
    await assert.rejects(
      later(() => shelf.append("b", 1, [late], change)),
      { kind: "taken" },
    );
  });

  has("the old writer stops when its session was taken over", async (place) => {
    const machine = virtualSystem();
    const store = open(place, machine);
    const session = await store.create();
    const old = createConversation({ model: scripted(["one", "two"]), journal: session.journal, machine });
    await old.send("first");
    const shelf = place.shelf();
    const now = machine.clock.now();
    await shelf.claim(session.id, here, now + 60_000, now + 30_000, () => false);
    await assert.rejects(old.send("second"), { kind: "taken" });
    // For good: also when nobody holds it any more.
    await shelf.release(session.id, 2);
    await assert.rejects(old.send("third"), { kind: "taken" });
    assert.equal((await store.info(session.id)).messages, 2);
    await session.close();
  });

  has("all of an append is kept, or nothing of it", async (place) => {
    const shelf = place.shelf();
    const { fence } = await shelf.add(info("a"), some(1, 2), here, 10);
    const [third, fourth] = some(3, 2) as [NewRow, NewRow];
    const whole = { ...third, blobs: [{ hash: "x", text: "long" }], words: ["whole"] };
    const change = { updated: 9, messages: 2, title: "t" };
    // A row that cannot be written, behind one that can.
    const bad = Object.defineProperty({ ...fourth }, "blobs", {
      get: () => {
        throw new Error("no");
      },
    });
    await assert.rejects(later(() => shelf.append("a", fence, [whole, bad], change)));
    assert.equal((await shelf.rows("a", 0, 9)).length, 2);
    assert.deepEqual(await shelf.search(["whole"], { most: 9 }), []);
    assert.equal((await shelf.info("a"))?.last, 2);
    await shelf.append("a", fence, [whole, fourth], change);
    assert.equal((await shelf.rows("a", 0, 9)).length, 4);
  });

  has("appends that are not waited for are kept in their order", async (place) => {
    const store = open(place, virtualSystem());
    const session = await store.create();
    const entries = [begin(session.id), ...Array.from({ length: 60 }, (_, at) => said(session.id, `n${at}`))];
    await Promise.all(entries.map(async (entry) => session.journal.append([entry])));
    assert.deepEqual((await store.read(session.id)).entries, entries);
  });

  has("what cannot be written ends the writing", async (place) => {
    const store = open(place, virtualSystem());
    const session = await store.create();
    await session.journal.append([begin(session.id)]);
    const loop: unknown[] = [];
    loop.push(loop);
    const bad = { ...said(session.id, "bad"), message: loop } as unknown as JournalEntry;
    await assert.rejects(later(() => session.journal.append([bad])));
    await assert.rejects(later(() => session.journal.append([said(session.id, "behind a gap")])));
    assert.equal((await store.read(session.id)).entries.length, 1);
  });

  has("a beginning of an id is enough where it is one's alone", async (place) => {
    const shelf = place.shelf();
    for (const id of ["abc-1", "abc-2", "abd", "ABC", "ab_", "ab%"])
      await shelf.add(info(id), some(1, 1), here, 0);
    const store = new Store(shelf, virtualSystem());
    assert.equal((await store.info("abd")).id, "abd");
    assert.equal((await store.info("AB")).id, "ABC");
    assert.equal((await store.info("ab%")).id, "ab%");
    await assert.rejects(store.info("abc"), { kind: "ambiguous", message: /abc-1, abc-2/ });
    for (const id of ["", "%", "_", "x", "abc-11", "ab'; --", "é", "\0", "\ud800"])
      await assert.rejects(store.info(id), { kind: "not-found" }, JSON.stringify(id));
    assert.deepEqual(await shelf.complete("abc", 1), ["abc-1"]);
  });

  has("the newest are listed first, page by page", async (place) => {
    const shelf = place.shelf();
    const ids = Array.from({ length: 25 }, (_, at) => `s${at}`);
    for (const [at, id] of ids.entries())
      await shelf.add(
        { ...info(id), updated: Math.floor(at / 3), folder: at % 2 === 0 ? "/even" : "" },
        some(1, 1),
        here,
        0,
      );
    const wanted = [...ids].reverse();
    const listed = async (query: Parameters<Shelf["list"]>[0]) =>
      (await shelf.list(query)).map(({ id }) => id);
    assert.deepEqual(await listed({ most: 100 }), wanted);
    for (let skip = 0; skip < 30; skip += 7)
      assert.deepEqual(await listed({ most: 7, skip }), wanted.slice(skip, skip + 7));
    const even = wanted.filter((id) => Number(id.slice(1)) % 2 === 0);
    assert.deepEqual(await listed({ most: 4, skip: 2, folder: "/even" }), even.slice(2, 6));
    await shelf.append("s3", 1, some(2, 1), { updated: 1000, messages: 1 });
    assert.deepEqual(await listed({ most: 2 }), ["s3", "s24"]);
  });

  has("messages are found by their words", async (place) => {
    const store = open(place, virtualSystem());
    const session = await store.create();
    const texts = [
      "The café at Ångström street",
      "naïve résumé",
      "NEAR the end OR not, AND so on",
      'she said "quoted words" there',
      "a-b_c.d/e:f*g",
      "東京都に住んでいます",
      "İstanbul ΟΔΟΣ straße ﬁne x²",
      `far ${"and away ".repeat(100)}the needle lies in hay`,
      "हिन्दी में",
      "\ufeffmarked \0 zero \ud800 half",
      "𐐷deseret 😀 face",
    ];
    await session.journal.append([begin(session.id), ...texts.map((each) => said(session.id, each))]);
    const found = async (query: string) =>
      (await store.search(query)).map(({ seq }) => texts[seq - 2]?.slice(0, 8));
    const cases: readonly (readonly [string, number | undefined])[] = [
      ["cafe", 0],
      ["CAFÉ", 0],
      ["cafe\u0301", 0],
      ["angstr", 0],
      ["ÅNG", 0],
      ["afé", undefined],
      ["resume naive", 1],
      ["near", 2],
      ["near end", 2],
      ["OR not", 2],
      ['"AND" so', 2],
      ["NOT the nothing", undefined],
      ['"quoted words"', 3],
      ["quoted* words", 3],
      ['"', undefined],
      ["", undefined],
      ["* : ^ - ( ) { }", undefined],
      ["b_c", 4],
      ["a-b", 4],
      ["東京", 5],
      ["京都", 5],
      ["istanbul", 6],
      ["οδος", 6],
      ["fine", 6],
      ["x2", 6],
      ["strasse", undefined],
      ["needle", 7],
      ["हिन्दी", 8],
      ["हिन", 8],
      ["zero", 9],
      ["marked half", 9],
      ["\0", undefined],
      ["\ud800", undefined],
      ["𐐷des", 10],
      ["face 😀", 10],
      ["'; DROP TABLE sessions; --", undefined],
      ["words\\", 3],
      ["a".repeat(5000), undefined],
    ];
    for (const [query, at] of cases)
      assert.deepEqual(
        await found(query),
        at === undefined ? [] : [texts[at]?.slice(0, 8)],
        JSON.stringify(query),
      );
    const [hit] = await store.search("NEEDLE");
    assert.match(hit?.excerpt ?? "", /^….*the needle lies in hay$/);
    assert.equal(hit?.session.id, session.id);
    assert.match((await store.search("angstrom"))[0]?.excerpt ?? "", /Ångström/);
    assert.equal((await store.search("the", { most: 1 })).length, 1);
  });

  has("what was said beside results of tools is found, and shown", async (place) => {
    const { store, session } = await toolTalk(place);
    await session.close();
    const [found] = await store.search("steered");
    assert.equal(found?.excerpt, "please be steered");
  });

  has("what was said in one folder is found there, however much was said elsewhere since", async (place) => {
    const system = virtualSystem();
    const store = open(place, system);
    const talk = async (folder: string, text: string): Promise<void> => {
      system.clock.advance(1000);
      const session = await store.create({ folder });
      await session.journal.append([begin(session.id), said(session.id, text)]);
      await session.close();
    };
    await talk("/here", "a needle, old");
    await talk("/here", "a needle");
    for (let at = 0; at < 3; at++) await talk("/there", "a needle of others");
    const excerpts = async (query: object): Promise<string[]> =>
      (await store.search("needle", query)).map(({ excerpt }) => excerpt);
    assert.deepEqual(await excerpts({ folder: "/here", most: 2 }), ["a needle", "a needle, old"]);
    assert.deepEqual(await excerpts({ folder: "/here", most: 1, skip: 1 }), ["a needle, old"]);
    assert.deepEqual(await excerpts({ folder: "/nowhere" }), []);
    assert.deepEqual(await excerpts({ most: 1, skip: 3 }), ["a needle"]);
    assert.equal((await excerpts({})).length, 5);
  });

  has("a title is one line, whatever is given", async (place) => {
    const store = open(place, virtualSystem());
    const hostile = `\u001b[2J a\0b\n\u202Ec\ud800 '; DROP TABLE sessions; -- ${"x".repeat(500)}`;
    const session = await store.create({ title: hostile, folder: "/a\0b\ud800" });
    await session.journal.append([begin(session.id)]);
    const created = await store.info(session.id);
    assert.match(created.title, /^\[2J a b c '; DROP TABLE sessions; -- x+…$/);
    assert.equal(created.title.length, 200);
    assert.equal(created.folder, "/ab\ufffd");
    await store.rename(session.id, hostile);
    assert.equal((await store.info(session.id)).title, created.title);
    await session.journal.append([said(session.id, "more")]);
    assert.equal((await store.info(session.id)).title, created.title);
    await assert.rejects(store.rename("none", "x"), { kind: "not-found" });
    await store.rename(session.id, "😀".repeat(150));
    assert.match((await store.info(session.id)).title, /^(?:😀){99}…$/u);
  });

  has("what was deleted is gone", async (place) => {
    const { store, session } = await toolTalk(place);
    const fork = await store.fork(session.id);
    await fork.close();
    await store.delete(session.id);
    await assert.rejects(store.read(session.id), { kind: "not-found" });
    await assert.rejects(store.delete(session.id), { kind: "not-found" });
    assert.deepEqual(
      (await store.search("steered")).map((each) => each.session.id),
      [],
    );
    assert.equal((await store.read(fork.id)).damage.length, 0);
    await assert.rejects(
      later(() => session.journal.append([said(session.id, "late")])),
      { kind: "taken" },
    );
    await session.close();
    await store.delete(fork.id);
    assert.deepEqual(await store.check(), { sessions: 0, problems: [], damaged: [] });
  });

  has("a fork can be made at every message", async (place) => {
    const { store, session, history } = await toolTalk(place);
    await assert.rejects(store.fork(session.id, { at: 0 }), { kind: "invalid" });
    await assert.rejects(store.fork(session.id, { at: history.length + 1 }), { kind: "invalid" });
    for (let at = 1; at <= history.length; at++) {
      const fork = await store.fork(session.id, { at });
      const talk = createConversation({ model: scripted(["forked"]), journal: fork.journal });
      assert.deepEqual(talk.history.toArray(), history.slice(0, at), `at ${at}`);
      assert.equal((await talk.send("go on")).text, "forked");
      assert.ok(isSendable(talk.history.toArray().slice(0, -1)), `at ${at}`);
      const { origin, messages } = await store.info(fork.id);
      assert.deepEqual([origin, messages], [session.id, at + 2]);
      await fork.close();
      const { journal } = await store.resume(fork.id);
      assert.deepEqual(
        createConversation({ model: scripted([]), journal }).history.toArray(),
        talk.history.toArray(),
      );
    }
  });

  has("a session that is exported can be imported", async (place) => {
    const { store, session } = await toolTalk(place);
    await session.close();
    const exported: unknown = JSON.parse(JSON.stringify(await store.export(session.id)));
    const copy = await store.import(exported);
    assert.notEqual(copy.id, session.id);
    const was = await store.read(session.id);
    const is = await store.read(copy.id);
    assert.deepEqual(is.entries, was.entries);
    assert.deepEqual({ ...is.info, id: "" }, { ...was.info, id: "" });
    await store.delete(session.id);
    assert.equal((await store.import(exported)).id, session.id);
    assert.deepEqual(await store.read(session.id), was);
    const again = await store.resume(copy.id);
    const talk = createConversation({ model: scripted(["on"]), journal: again.journal });
    assert.equal((await talk.send("and on")).text, "on");
    assert.equal((await store.search("steered")).length, 2);
    for (const bad of [
      null,
      1,
      "x",
      [],
      {},
      { format: "colloquy-session", version: 2 },
      { ...(exported as object), entries: [{}] },
      { ...(exported as object), session: { id: "../x" } },
      { ...(exported as object), entries: [] },
    ])
      await assert.rejects(store.import(bad), { kind: "invalid" }, JSON.stringify(bad));
  });

  has("any text and any data come back as they were", async (place) => {
    const store = open(place, virtualSystem());
    const unit = fc.oneof(
      fc.constantFrom("\0", "\ufeff", "\ud800", "\udc00", "\u2028", "'", '"', "\\", "%", "\u202e"),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    const words = fc.array(unit, { maxLength: 6 }).map((parts) => parts.join(""));
    const long = words.map((word) => `${word}${"long ".repeat(1000)}${word}`);
    const said = fc.oneof(words, words, long);
    const data = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(said, said, data), { minLength: 1, maxLength: 4 }), async (all) => {
        const session = await store.create();
        const { id } = session;
        const key = { conversation: id, at: 5 };
        const entries: JournalEntry[] = [begin(id)];
        for (const [at, [one, two, value]] of all.entries()) {
          const trap = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"length":2}') as object;
          const fields = { ...trap, value, ["__proto__"]: two };
          const callId = `${at}${one.slice(0, 20)}`;
          const result = { type: "tool-result", callId, name: "t", content: [text(two)] } as const;
          const call = {
            type: "tool-call",
            id: callId,
            name: "t",
            argumentsText: JSON.stringify({ one: wellFormed(one) }),
            input: { one: wellFormed(one) },
          } as const;
          const vendor = { protocol: "x", fields: fields as never };
          entries.push({
            type: "message",
            message: { role: "assistant", parts: [{ ...text(one), vendor }, call] },
            ...key,
          });
          entries.push({ type: "tool-result", result, display: fields as never, ...key });
          entries.push({ type: "message", message: { role: "user", parts: [result, text(one)] }, ...key });
        }
        await session.journal.append(entries);
        await session.close();
        const record: SessionRecord = await store.read(id);
        assert.deepEqual(record.damage, []);
        // Halves of characters are none, in what is sent and in what is kept.
        assert.deepEqual(record.entries, JSON.parse(writeJson(entries)));
        assert.equal(({} as { polluted?: boolean }).polluted, undefined);
      }),
      { numRuns: 40 },
    );
  });

  has("a budget is kept however it was given", async (place) => {
    const store = open(place, virtualSystem());
    for (const dollars of [0.1 + 0.2, 1e-7, 0, "0.000000000001"]) {
      const session = await store.create();
      const talk = createConversation({
        model: scripted(["one"]),
        journal: session.journal,
        budget: { dollars },
      });
      await talk.send("say one");
      await session.close();
      const again = await store.resume(session.id);
      assert.deepEqual(again.damage, []);
      const after = createConversation({ model: scripted([]), journal: again.journal });
      assert.deepEqual(after.budget(), talk.budget());
    }
  });

  has("a long text is kept once in a session", async (place) => {
    const shelf = place.shelf();
    const kept: string[] = [];
    const counting = new Proxy(shelf, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (name === "add")
            for (const row of args[1] as NewRow[]) kept.push(...row.blobs.map(({ hash }) => hash));
          if (name === "append")
            for (const row of args[2] as NewRow[]) kept.push(...row.blobs.map(({ hash }) => hash));
          return Reflect.apply(value, target, args) as unknown;
        };
      },
    });
    const store = new Store(counting, virtualSystem());
    const session = await store.create();
    const output = "0123456789".repeat(1e7);
    const tool = defineTool({
      name: "cat",
      input: { type: "object" },
      maxOutputLength: Infinity,
      run: () => output,
    } as never);
    const steps: readonly ScriptedStep[] = [{ toolCalls: [{ name: "cat" }] }, "done"];
    const talk = createConversation({ model: scripted(steps), tools: [tool], journal: session.journal });
    await talk.turn("go");
    await session.close();
    assert.ok(kept.length <= 1, `${kept.length} blobs`);
    const { entries, damage } = await store.read(session.id);
    assert.deepEqual(damage, []);
    const messages = entries.flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
    assert.deepEqual(messages, talk.history.toArray());
  });
}

const here = thisProcess();

function open(place: Place, machine?: VirtualSystem): Store {
  return new Store(place.shelf(), machine);
}

/** What throws at once rejects. */
async function later<Value>(run: () => Value): Promise<Awaited<Value>> {
  return await run();
}

function info(id: string): SessionInfo {
  return { id, title: "", created: 1, updated: 1, folder: "", model: "", messages: 0, origin: "" };
}

function begin(conversation: string): JournalEntry {
  return { type: "begin", model: { provider: "p", name: "n" }, system: [], conversation, at: 1 };
}

function said(conversation: string, words: string): JournalEntry {
  return { type: "message", message: { role: "user", parts: [text(words)] }, conversation, at: 2 };
}

function some(from: number, count: number): NewRow[] {
  const writer = new Writer();
  return Array.from({ length: count }, (_, at) => writer.row(said("c", ""), from + at));
}

function bareRow({
  seq,
  at,
  body,
  sum,
}: NewRow | { seq: number; at: number; body: string; sum: number }): object {
  return { seq, at, body, sum };
}

/** A session with calls of tools and their results, in which somebody steered. */
async function toolTalk(
  place: Place,
): Promise<{ readonly store: Store; readonly session: Session; readonly history: readonly Message[] }> {
  const store = open(place, virtualSystem());
  const session = await store.create();
  const tool = defineTool({
    name: "look",
    input: { type: "object" },
    run: () => `seen ${"much ".repeat(1000)}`,
  });
  const look = {
    toolCalls: [
      { name: "look", input: { at: 1 } },
      { name: "look", input: { at: 2 } },
    ],
  };
  const talk = createConversation({
    model: scripted([look, "seen", look, "done"]),
    tools: [tool],
    journal: session.journal,
  });
  await talk.turn("look twice");
  await talk.turn("look again", { maxSteps: 1 });
  await talk.send("please be steered");
  return { store, session, history: talk.history.toArray() };
}
