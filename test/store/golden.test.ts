import assert from "node:assert/strict";
import { copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { messageText } from "../../src/llm/message.ts";
import { openStore } from "../../src/store/index.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { virtualSystem } from "../support/clock.ts";
import { golden } from "./golden.ts";
import { folder } from "./place.ts";

/*
 * Files of every version that was released, as it wrote them: each later one reads them, and finds the same in them. They
 * are never written anew.
 */
const written = fileURLToPath(new URL("golden/", import.meta.url));
const entries = JSON.parse(JSON.stringify(golden)) as JournalEntry[];

/** What version 1 found in its session. */
function same(past: readonly JournalEntry[]): void {
  assert.deepEqual(past, entries);
  const talk = createConversation({
    model: scripted(["on"]),
    journal: { past, append: () => undefined },
    machine: virtualSystem(),
  });
  assert.equal(talk.id, "aaa-aaaa");
  assert.deepEqual(
    talk.history.toArray().map(({ role, parts }) => `${role} ${parts.map(({ type }) => type).join()}`),
    [
      "user text",
      "assistant thinking,text,tool-call,tool-call,opaque",
      "user tool-result,tool-result,text",
      "user text",
    ],
  );
  assert.deepEqual(talk.interrupted, { turn: true, request: true, calls: [] });
  const { responses, toolUses, unreported, cost } = talk.usage();
  assert.deepEqual([responses, toolUses, unreported], [1, { look: 2 }, 2]);
  assert.ok(!cost.known && cost.atLeast === 15_000_007n);
  const { dollars, responses: answers, tokens } = talk.budget();
  assert.deepEqual([dollars?.spent.picodollars, answers?.spent, tokens], [20_000_000n, 1, undefined]);
}

test("an export of version 1 is read as ever", async () => {
  const store = await openStore(":memory:");
  const exported: unknown = JSON.parse(readFileSync(path.join(written, "1.json"), "utf8"));
  const { id } = await store.import(exported);
  assert.equal(id, "aaa-aaaa");
  same((await store.read(id)).entries);
  assert.deepEqual(await store.export(id), exported);
  await store.close();
});

test("a file of version 1 is read as ever", async (t) => {
  const file = path.join(folder(t), "sessions.db");
  copyFileSync(path.join(written, "1.db"), file);
  const store = await openStore(file);
  assert.deepEqual(await store.check(), { sessions: 1, problems: [], damaged: [] });
  const session = await store.resume("aaa");
  same(session.journal.past ?? []);
  assert.match((await store.search("aah"))[0]?.excerpt ?? "", /What is this/);
  const talk = createConversation({ model: scripted(["on"]), journal: session.journal });
  assert.equal((await talk.turn()).text, "on");
  assert.equal(
    messageText(
      (await store.read("aaa")).entries
        .flatMap((each) => (each.type === "message" ? [each.message] : []))
        .at(-1) ?? assert.fail(),
    ),
    "on",
  );
  await store.close();
});
