import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { recover } from "../../src/conversation/recovery.ts";
import { messageText } from "../../src/llm/message.ts";
import { MemoryShelf } from "../../src/store/memory-shelf.ts";
import { thisProcess } from "../../src/store/holder.ts";
import { Store } from "../../src/store/store.ts";
import { scripted } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem } from "../support/clock.ts";
import { crashing, crashKinds, type CrashKind } from "./crash-shelf.ts";
import { addCost, noCost } from "../../src/llm/money.ts";
import type { TotalUsage } from "../../src/llm/total.ts";
import { costLines } from "../../src/store/costs.ts";
import { isRefusal, talkOf, workloads, World, type Workload } from "./workloads.ts";

/** Does the rest of a workload from an act on. @returns the act that was under way when it broke off. */
async function live(
  { acts }: Workload,
  talk: Conversation,
  world: World,
  from: number,
  crashed: () => boolean,
): Promise<number> {
  for (let at = from; at < acts.length; at++) {
    const act = acts[at] ?? assert.fail();
    try {
      await act.do(talk, act.said, world);
    } catch (error) {
      if (crashed()) return at;
      if (!isRefusal(error)) throw error;
    }
    if (crashed()) return at;
  }
  return acts.length;
}

/** Lets go of a session whose process is no more, as finding it gone does. */
function bury(shelf: MemoryShelf, id: string): void {
  shelf.claim(id, thisProcess(), 0, 0, () => true);
}

/** Whoever waits and was not told to stop has done what it can by then. */
async function quiet(): Promise<void> {
  for (let n = 0; n < 30; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs a workload in a process that ends at its n-th operation, and then in one that does not. */
async function run(workload: Workload, n: number, kind: CrashKind): Promise<"crashed" | "whole"> {
  const place = `${workload.name}, ${kind} at ${n}`;
  const inner = new MemoryShelf();
  const world = new World(virtualSystem());
  const first = crashing(inner, n, kind);
  const session = await new Store(first.shelf, world.machine).create();
  const before = talkOf(workload, world, session.journal);
  let at = 0;
  const living = live(
    {
      ...workload,
      acts: workload.acts.map((act, index) => ({ ...act, do: (...all) => ((at = index), act.do(...all)) })),
    },
    before,
    world,
    0,
    first.crashed,
  );
  await Promise.race([living, first.over]);
  if (!first.crashed()) {
    const { entries } = await new Store(inner, world.machine).read(session.id);
    agree(entries, before, place);
    books(world, before, entries, entries, place);
    return "whole";
  }
  await quiet();
  const heard = [...world.heard];
  const known = await new Store(inner, world.machine).list();
  if (known.length === 0) {
    assert.deepEqual(
      heard.filter(({ type }) => type === "message" || type === "tool-result"),
      [],
      place,
    );
    assert.deepEqual([world.effects, world.asked], [[], 0], place);
    return "crashed";
  }
  const store = new Store(inner, world.machine);
  const durable = (await store.read(session.id)).entries;
  acknowledged(heard, durable, place);
  const starts = durable.filter(({ type }) => type === "call-start").length;
  assert.ok(world.asked <= starts, `${place}: ${world.asked} requests were sent, and ${starts} are written`);
  bury(inner, session.id);
  const again = await store.resume(session.id);
  const after = talkOf(workload, world, again.journal);
  const begun = openIn(durable);
  const unknown = [...begun].flatMap(([key, name]) => (name === "look" || name === "set" ? [] : [key]));
  for (const { id, state } of after.interrupted?.calls ?? [])
    assert.equal(state === "unknown", begun.has(`${after.id} ${id}`), `${place}: ${id} ${state}`);
  // Goes on: with what was interrupted, and with what was never said.
  const act = workload.acts[at];
  const wasSaid = durable.some(
    (entry) => entry.type === "message" && act !== undefined && messageText(entry.message).includes(act.said),
  );
  if (after.interrupted !== undefined) {
    await after.turn().catch((error: unknown) => assert.ok(isRefusal(error), `${place}: ${String(error)}`));
  }
  await live(workload, after, world, wasSaid || act?.elsewhere === true ? at + 1 : at, () => false);
  await again.close();

  const { entries, damage } = await store.read(session.id);
  assert.deepEqual(damage, [], place);
  assert.deepEqual(entries.slice(0, durable.length), durable, place);
  assert.equal(new Set(world.effects).size, world.effects.length, `${place}: ${world.effects.join(", ")}`);
  const told = new Set(entries.flatMap((entry) => resultsIn(entry)));
  for (const each of unknown) {
    // Children end with the call that asked them: nobody goes on with them.
    if (!each.startsWith(`${after.id} `)) continue;
    assert.ok(told.has(`${each} unknown`), `${place}: ${each} is not told as unknown`);
  }
  const history = after.history.toArray();
  const sent = history.at(-1)?.role === "assistant" ? history.slice(0, -1) : history;
  assert.ok(isSendable(sent), `${place}: ${JSON.stringify(history)}`);
  agree(entries, after, place);
  books(world, after, entries, durable, place);
  return "crashed";
}

/** What listeners were told is written. */
function acknowledged(heard: World["heard"], durable: readonly JournalEntry[], place: string): void {
  const written = (test: (entry: JournalEntry) => boolean): number => durable.filter(test).length;
  for (const event of heard) {
    if (event.type === "message") {
      const said = JSON.stringify(event.message);
      assert.ok(
        written(
          (entry) =>
            entry.type === "message" &&
            entry.conversation === event.conversationId &&
            JSON.stringify(entry.message) === said,
        ) > 0,
        `${place}: a message`,
      );
    } else if (event.type === "tool-result") {
      assert.ok(
        written((entry) => entry.type === "tool-result" && entry.result.callId === event.callId) > 0,
        `${place}: a result`,
      );
    } else if (event.type === "tool-start") {
      assert.ok(
        written((entry) => entry.type === "tool-start" && entry.callId === event.callId) > 0,
        `${place}: a start`,
      );
    }
  }
  for (const [event, entry] of [
    ["turn-end", "turn-end"],
    ["compaction", "compaction"],
  ] as const) {
    const told = heard.filter(({ type }) => type === event).length;
    assert.ok(written(({ type }) => type === entry) >= told, `${place}: ${event}`);
  }
}

/** The tools that began, and whose end nobody wrote down; by conversation and call. */
function openIn(entries: readonly JournalEntry[]): ReadonlyMap<string, string> {
  const open = new Map<string, string>();
  for (const entry of entries) {
    if (entry.type === "tool-start") open.set(`${entry.conversation} ${entry.callId}`, entry.name);
    if (entry.type === "tool-result") open.delete(`${entry.conversation} ${entry.result.callId}`);
  }
  return open;
}

function resultsIn(entry: JournalEntry): readonly string[] {
  if (entry.type !== "message") return [];
  return entry.message.parts.flatMap((part) =>
    part.type === "tool-result" && JSON.stringify(part.content).includes("outcome unknown")
      ? [`${entry.conversation} ${part.callId} unknown`]
      : [],
  );
}

/** What is written says the same as the conversation that wrote it. */
function agree(entries: readonly JournalEntry[], live: Conversation, place: string): void {
  const copy = JSON.parse(JSON.stringify(entries)) as JournalEntry[];
  const again = createConversation({
    model: live.model,
    journal: { past: copy, conversation: live.id, append: () => assert.fail() },
    machine: virtualSystem(),
  });
  assert.deepEqual(again.history.toArray(), live.history.toArray(), place);
  assert.deepEqual(again.usage(), live.usage(), place);
  const own = costLines(copy).filter(({ purpose }) => !purpose.startsWith("fork"));
  const sum = (of: (usage: TotalUsage) => number): number =>
    own.reduce((all, { usage }) => all + of(usage), 0);
  const { cost, input, output, responses, unreported, toolUses } = live.usage();
  assert.deepEqual(own.map(({ usage }) => usage.cost).reduce(addCost, noCost), cost, place);
  assert.deepEqual(
    [sum((usage) => usage.input), sum((usage) => usage.output), sum((usage) => usage.responses)],
    [input, output, responses],
    place,
  );
  const calls = (uses: TotalUsage["toolUses"]): number =>
    Object.values(uses).reduce((all, each) => all + each, 0);
  assert.deepEqual(
    [sum((usage) => usage.unreported), sum((usage) => calls(usage.toolUses))],
    [unreported, calls(toolUses)],
    place,
  );
  const { wallTimeMs: _, ...limits } = live.budget();
  const { wallTimeMs: __, ...read } = again.budget();
  assert.deepEqual(read, limits, place);
  assert.equal(again.interrupted, undefined, place);
  // Everybody who took part can be gone on with.
  for (const id of new Set(entries.map(({ conversation }) => conversation))) {
    const { transcript } = recover(copy, id, scripted([]).info, 0) ?? assert.fail();
    transcript.append(transcript.said("and then?"));
    assert.ok(isSendable(transcript.history.toArray()), `${place}: ${id}`);
  }
}

/** What the provider charged is in the books: exactly where nothing was cut, and more by what was held for what was. */
function books(
  world: World,
  talk: Conversation,
  entries: readonly JournalEntry[],
  durable: readonly JournalEntry[],
  place: string,
): void {
  const ends = entries.flatMap((entry) => (entry.type === "call-end" ? [entry] : []));
  const starts = entries.filter(({ type }) => type === "call-start");
  assert.equal(starts.length, ends.length, `${place}: each attempt has an end`);
  const cut = ends.filter(({ how }) => how === "cut").length;
  const answered = ends.filter(({ how }) => how === "answered").length;
  assert.ok(
    answered <= world.charged && world.charged <= answered + cut,
    `${place}: ${answered} of ${world.charged} answers, ${cut} cut`,
  );
  const given = entries.some(({ type }) => type === "budget");
  const { dollars, responses } = talk.budget();
  if (!given && dollars !== undefined) {
    const spent = dollars.spent.picodollars;
    const held = durable.reduce(
      (sum, entry) => sum + (entry.type === "call-start" ? BigInt(entry.reserved?.dollars ?? 0) : 0n),
      0n,
    );
    assert.ok(spent >= world.picodollars, `${place}: ${spent} for ${world.picodollars}`);
    if (cut === 0) assert.equal(spent, world.picodollars, place);
    else assert.ok(spent <= world.picodollars + held, place);
  }
  if (!given && responses !== undefined) assert.ok(responses.spent >= world.charged, place);
}

for (const workload of workloads) {
  test(`a process may end at any operation: ${workload.name}`, async (t) => {
    const runs: string[] = [];
    for (const kind of crashKinds) {
      let n = 1;
      while ((await run(workload, n, kind)) === "crashed") n++;
      assert.ok(n > 7, `only ${n - 1} operations`);
      runs.push(`${n - 1} ${kind}`);
    }
    t.diagnostic(runs.join(", "));
  });
}
