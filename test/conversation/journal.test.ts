import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { Journal, JournalEntry } from "../../src/conversation/journal.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import { formatCost } from "../../src/llm/money.ts";
import { usage } from "../../src/llm/usage.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem } from "../support/clock.ts";

/** The process ends here: nothing that comes later is written, and nothing that waits goes on. */
class Crash extends Error {}

/** A journal in memory that breaks off before its n-th append, at once or a while later. */
function memory(before = Infinity, { late = false, past = [] as JournalEntry[] } = {}) {
  const entries = [...past];
  let appends = 0;
  const write = (some: readonly JournalEntry[]): void => {
    if (++appends >= before) throw new Crash();
    entries.push(...(JSON.parse(JSON.stringify(some)) as JournalEntry[]));
  };
  const journal: Journal = {
    past,
    append: (some) =>
      late ? new Promise((resolve) => setImmediate(resolve)).then(() => write(some)) : write(some),
  };
  return { journal, entries, appends: () => appends };
}

const calls = (...names: readonly string[]): ScriptedStep => ({
  toolCalls: names.map((name, at) => ({ name, input: { at } })),
  usage: usage({ input: 10, output: 5 }),
});

const script: readonly ScriptedStep[] = [
  calls("write", "look"),
  calls("write"),
  { text: "all done", usage: usage({ input: 30, output: 5 }) },
];

const prices = { rates: { input: "1", output: "1" } };

/** What tools did in the world, crash or not. */
function hands(): { readonly tools: readonly Tool[]; readonly effects: string[] } {
  const effects: string[] = [];
  const tool = (name: string, readOnly: boolean): Tool =>
    defineTool({
      name,
      input: { type: "object" },
      readOnly,
      run: (_, { callId }) => {
        effects.push(`${name} ${callId}`);
        return `did ${name}`;
      },
    });
  return { tools: [tool("write", false), tool("look", true)], effects };
}

async function crashAt(n: number, late: boolean) {
  const { tools, effects } = hands();
  const first = memory(n, { late });
  const heard: ConversationEvent[] = [];
  const machine = virtualSystem();
  const talk = (journal: Journal, steps: readonly ScriptedStep[]) =>
    createConversation({
      model: scripted(steps, { info: { prices } }),
      tools,
      journal,
      machine,
      budget: { dollars: 1, toolCalls: 50 },
      onEvent: (event) => heard.push(event),
    });
  const before = talk(first.journal, script);
  let crashed = false;
  await before.turn("go").catch((error: unknown) => {
    assert.ok(error instanceof Crash, String(error));
    crashed = true;
  });
  return { tools, effects, first, before, heard, crashed, machine };
}

for (const late of [false, true]) {
  test(`a process may end at any write (${late ? "later" : "at once"}), and the conversation goes on`, async () => {
    for (let n = 1; ; n++) {
      const { tools, effects, first, heard, crashed, machine } = await crashAt(n, late);
      const durable = new Set(first.entries.map((entry) => JSON.stringify(entry)));
      // What was told is written.
      for (const event of heard) {
        if (event.type === "message") {
          assert.ok(
            first.entries.some(
              (entry) =>
                entry.type === "message" && JSON.stringify(entry.message) === JSON.stringify(event.message),
            ),
            `append ${n}: told of a message that is not written`,
          );
        }
        if (event.type === "tool-result") {
          assert.ok(
            first.entries.some(
              (entry) => entry.type === "tool-result" && entry.result.callId === event.callId,
            ),
          );
        }
      }
      const done = effects.length;
      const asked = first.entries.filter(({ type }) => type === "call-end").length;
      const second = memory(Infinity, { past: first.entries, late });
      const after = createConversation({
        model: scripted([...script.slice(asked), "more"], { info: { prices } }),
        tools,
        journal: second.journal,
        machine,
      });
      assert.equal(durable.size > 0, first.entries.length > 0);
      if (!crashed) {
        assert.equal(after.interrupted, undefined);
        assert.equal(after.history.length, 6);
        assert.equal(after.usage().responses, 3);
        assert.equal(after.budget().toolCalls?.spent, 3);
        assert.equal(formatCost(after.usage().cost), "$0.000065");
        assert.ok(n > 10, `only ${n} writes`);
        return;
      }
      if (first.entries.length === 0) continue;
      if (after.history.length === 0) continue;
      const unknown = (after.interrupted?.calls ?? []).filter(({ state }) => state === "unknown");
      const outcome = await after.turn(after.interrupted === undefined ? "again" : undefined);
      assert.equal(outcome.end, "done", `append ${n}: ${String(outcome.error)}`);
      assert.ok(isSendable(after.history.toArray().slice(0, -1)));
      // Nothing that writes ran twice, and what is unknown was told as such.
      const writes = effects.filter((effect) => effect.startsWith("write"));
      assert.equal(
        new Set(writes).size,
        writes.length,
        `append ${n}: ${effects.join(", ")} (${done} before)`,
      );
      const text = JSON.stringify(after.history.toArray());
      for (const { name, id } of unknown) {
        if (name === "write") assert.match(text, /outcome unknown/, id);
      }
      // The books of both processes are one.
      const third = memory(Infinity, { past: second.entries });
      const again = createConversation({
        model: scripted([], { info: { prices } }),
        journal: third.journal,
        machine,
      });
      assert.deepEqual(again.history.toArray(), after.history.toArray());
      assert.equal(again.usage().responses, after.usage().responses);
      assert.deepEqual(again.budget().dollars, after.budget().dollars);
      assert.deepEqual(again.budget().toolCalls, after.budget().toolCalls);
      assert.equal(again.interrupted, undefined);
    }
  });
}

test("a turn that throws is over, in the journal as well", async () => {
  const { journal, entries } = memory();
  const talk = createConversation({ model: scripted(["one"]), journal });
  await talk.turn("say one");
  await assert.rejects(talk.turn(), { name: "ConfigurationError", code: "invalid-option" });
  const again = createConversation({
    model: scripted([]),
    journal: memory(Infinity, { past: entries }).journal,
  });
  assert.equal(again.interrupted, undefined);
});

test("a call whose end nobody knows is told as that, also when its turn is stopped, and counts once", async () => {
  const { tools } = hands();
  const first = memory();
  const written = createConversation({
    model: scripted([calls("write", "look")]),
    tools,
    journal: first.journal,
  });
  await written.turn("go", { maxSteps: 1 });
  const past = first.entries.filter(
    ({ type }) =>
      type === "begin" || type === "turn-start" || type === "tool-start" || type.startsWith("call-"),
  );
  const said = first.entries.filter((entry) => entry.type === "message").slice(0, 2);
  const cut = [...past.slice(0, 2), ...said, ...past.slice(2)].filter(({ type }) => type !== "tool-start");
  cut.push(...past.filter(({ type }) => type === "tool-start"));
  const second = memory(Infinity, { past: cut });
  const after = createConversation({ model: scripted([]), tools, journal: second.journal });
  assert.deepEqual(
    after.interrupted?.calls.map(({ state }) => state),
    ["unknown", "unknown"],
  );
  await after.turn(undefined, { signal: AbortSignal.abort("the user left") });
  const [wrote, looked] = after.history.last?.parts ?? [];
  assert.match(JSON.stringify(wrote), /outcome unknown/);
  assert.match(JSON.stringify(looked), /cancelled/);
  assert.deepEqual(after.usage().toolUses, { write: 1, look: 1 });
  const third = createConversation({
    model: scripted([]),
    journal: memory(Infinity, { past: second.entries }).journal,
  });
  assert.deepEqual(third.usage().toolUses, { write: 1, look: 1 });
});

/** A turn with two calls, which are all that its budget allows. */
async function twoOfTwo() {
  const { tools, effects } = hands();
  const { journal, entries } = memory();
  const model = scripted([calls("write", "look"), "done"]);
  await createConversation({ model, tools, journal, budget: { toolCalls: 2 } }).turn("go");
  return { tools, effects, entries };
}

test("results that an earlier process kept are counted no more by the turn that goes on", async () => {
  const { tools, effects, entries } = await twoOfTwo();
  const kept = entries.findLastIndex(({ type }) => type === "tool-result");
  const second = memory(Infinity, { past: entries.slice(0, kept + 1) });
  const after = createConversation({ model: scripted(["done"]), tools, journal: second.journal });
  assert.deepEqual(
    after.interrupted?.calls.map(({ state }) => state),
    ["finished", "finished"],
  );
  assert.equal((await after.turn()).end, "done");
  assert.equal(effects.length, 2);
  assert.deepEqual(after.budget().toolCalls, { limit: 2, spent: 2, reserved: 0, left: 0 });
});

test("calls that were counted and never began go back into the budget, and are counted once", async () => {
  const { tools, effects, entries } = await twoOfTwo();
  effects.length = 0;
  const counted = entries.findIndex(({ type }) => type === "tool-calls");
  const past = entries.slice(0, counted + 1);
  const open = (journal: Journal, ...steps: readonly ScriptedStep[]) =>
    createConversation({ model: scripted(steps), tools, journal });
  const all = { limit: 2, spent: 2, reserved: 0, left: 0 };
  // Goes on twice: the first process that does ends at the same place.
  const second = memory(Infinity, { past });
  const between = open(second.journal);
  assert.deepEqual(between.budget().toolCalls, { limit: 2, spent: 0, reserved: 0, left: 2 });
  await between.turn().catch(() => undefined);
  const again = second.entries.findLastIndex(({ type }) => type === "tool-calls");
  assert.ok(again > counted + 1);
  const third = memory(Infinity, { past: second.entries.slice(0, again + 1) });
  const after = open(third.journal, "done");
  assert.equal((await after.turn()).end, "done");
  assert.deepEqual(after.budget().toolCalls, all);
  assert.deepEqual(open(memory(Infinity, { past: third.entries }).journal).budget().toolCalls, all);
  assert.equal(effects.filter((effect) => effect.startsWith("write")).length, 2, "one of each process");
});

test("without a system prompt the old one holds, and a new one is written down", async () => {
  const talk = (past: readonly JournalEntry[], system?: string) => {
    const { journal, entries } = memory(Infinity, { past: [...past] });
    const asked: unknown[] = [];
    const model = scripted([(request) => (asked.push(request.system), "ok")]);
    return {
      conversation: createConversation({ model, journal, ...(system !== undefined && { system }) }),
      entries,
      asked,
    };
  };
  const first = talk([], "Be brief.");
  await first.conversation.send("one");
  const second = talk(first.entries);
  await second.conversation.send("two");
  const third = talk(second.entries, "Be long.");
  await third.conversation.send("three");
  const fourth = talk(third.entries, "");
  await fourth.conversation.send("four");
  const fifth = talk(fourth.entries);
  await fifth.conversation.send("five");
  const brief = [{ type: "text", text: "Be brief." }];
  const long = [{ type: "text", text: "Be long." }];
  const all = [first, second, third, fourth, fifth];
  assert.deepEqual(
    all.map(({ asked }) => asked[0]),
    [brief, brief, long, undefined, undefined],
  );
  assert.deepEqual(
    fifth.entries.flatMap((entry) => (entry.type === "system" ? [entry.system] : [])),
    [long, []],
  );
});
