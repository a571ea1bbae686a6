import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { messageText } from "../../src/llm/message.ts";
import { usage } from "../../src/llm/usage.ts";
import { scripted, type ScriptedAnswer } from "../../src/testing/scripted.ts";

const used = usage({ input: 1000, output: 100 });
const answer = (text: string): ScriptedAnswer => ({ text, usage: used });
const info = { prices: { rates: { input: "1", output: "10" } }, window: 10_000 };

const settings = { maxOutputTokens: 500 };

/** A process that writes into the entries, and goes on from them where there are some. */
function processOf(entries: JournalEntry[], texts: readonly string[]): Conversation {
  const past = entries.length > 0 ? [...entries] : undefined;
  return createConversation({
    model: scripted(texts.map(answer), { info }),
    settings,
    journal: { append: (more) => void entries.push(...more), ...(past !== undefined && { past }) },
    ...(past === undefined && { budget: { dollars: "1" } }),
  });
}

test("a child of an earlier process goes on with its history and its account, once", async () => {
  const entries: JournalEntry[] = [];
  const first = processOf(entries, ["a", "b", "c"]);
  await first.child({ purpose: "docs" }).send("one");
  await first.child({ purpose: "other" }).send("not this");
  await first.child({ purpose: "docs" }).send("two");
  const second = processOf(entries, ["d"]);
  assert.equal(second.childBefore("nobody"), undefined);
  const docs = second.childBefore("docs") ?? assert.fail();
  assert.equal(second.childBefore("docs"), undefined);
  assert.deepEqual(docs.history.toArray().map(messageText), ["two", "c"]);
  assert.equal(docs.usage().responses, 1);
  await docs.send("three");
  assert.equal(docs.usage().responses, 2);
  assert.equal(second.usage().responses, 4);
  assert.equal(entries.filter(({ type }) => type === "begin").length, 4);
  const third = processOf(entries, []);
  assert.deepEqual(third.usage(), second.usage());
  assert.deepEqual(third.childBefore("docs")?.history.toArray().map(messageText), ["two", "c", "three", "d"]);
});

test("what a child had under way is charged as reserved, once, and its limits hold again", async () => {
  const entries: JournalEntry[] = [];
  const first = processOf(entries, ["a"]);
  const docs = first.child({ purpose: "docs", budget: { dollars: "0.1" } });
  await docs.send("one");
  // The process ends while the second request is out.
  const written = entries.length;
  const silent = createConversation({
    model: scripted(() => new Promise<never>(() => undefined), { info }),
    settings,
    journal: { append: (more) => void entries.push(...more), past: [...entries] },
  });
  void silent.childBefore("docs")?.send("two");
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(entries.slice(written).some(({ type }) => type === "call-start"));

  const again = processOf(entries, ["c"]);
  const child = again.childBefore("docs") ?? assert.fail();
  assert.deepEqual(child.interrupted, { turn: false, request: true, calls: [] });
  const { dollars } = child.budget();
  const held = dollars?.spent.picodollars ?? 0n;
  assert.ok(held > 2_000_000_000n, String(held));
  assert.equal(again.budget().dollars?.spent.picodollars, held);
  await child.send();
  const cost = 2_000_000_000n;
  assert.equal(child.budget().dollars?.spent.picodollars, held + cost);
  assert.equal(again.budget().dollars?.spent.picodollars, held + cost);
  assert.deepEqual(processOf(entries, []).usage(), again.usage());
});
