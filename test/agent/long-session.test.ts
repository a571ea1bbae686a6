import assert from "node:assert/strict";
import { test } from "node:test";
import type { JournalEntry } from "../../src/conversation/journal.ts";
import { addCost, noCost } from "../../src/llm/money.ts";
import { costLines } from "../../src/store/costs.ts";
import { longWorker, STEPS, WINDOW } from "./long-worker.ts";

const TURNS = 30;
const THREE_HOURS = 3 * 3_600_000;

test("a session of three hours and thousands of steps compacts, never overflows, and every cent is attributed", async () => {
  const entries: JournalEntry[] = [];
  const { agent, billed, clock } = longWorker(
    THREE_HOURS / TURNS / (STEPS - 4),
    (more) => void entries.push(...more),
  );
  const lengths: number[] = [];
  const began = clock.now();
  for (let turn = 1; turn <= TURNS; turn++) {
    agent.say(`Part ${turn}.`);
    const outcome = await agent.rest();
    assert.equal(outcome?.end, "done", String(outcome?.error));
    lengths.push(agent.conversation.history.length);
  }
  assert.ok(clock.now() - began >= THREE_HOURS);
  assert.equal(billed.steps, TURNS * STEPS);
  assert.ok(billed.largest <= WINDOW && billed.largest > WINDOW * 0.7, `at most ${billed.largest} tokens`);
  // The history stays as long as the window, not as the session.
  assert.ok(Math.max(...lengths) < 200, lengths.join());

  const lines = costLines(entries);
  assert.deepEqual(lines.map(({ purpose }) => purpose).toSorted(), [
    "compaction",
    "conversation",
    "keyword search",
  ]);
  const { cost, responses } = agent.conversation.usage();
  assert.ok(cost.known);
  assert.equal(cost.picodollars, billed.picodollars);
  assert.equal(responses, billed.answers);
  assert.deepEqual(lines.map(({ usage }) => usage.cost).reduce(addCost, noCost), cost);
  assert.ok((lines.find(({ purpose }) => purpose === "compaction")?.conversations ?? 0) > 50);
  await agent.close();
});
