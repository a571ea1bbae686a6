import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { share } from "../../../src/agent/sub-agents/share.ts";
import { subAgents } from "../../../src/agent/sub-agents/sub-agents.ts";
import { createConversation, type Conversation } from "../../../src/conversation/conversation.ts";
import { decimal, type Cost } from "../../../src/llm/money.ts";
import type { Request } from "../../../src/llm/request.ts";
import { rehearsal } from "../../../src/providers/rehearsal/rehearsal.ts";
import { scripted, type ScriptedAnswer } from "../../../src/testing/scripted.ts";
import { virtualSystem } from "../../support/clock.ts";
import { asks, asksAll, bench, prices, script, slow, told } from "./bench.ts";

/** What a model does that has nothing else in mind: two sub-agents more, wherever it can have them. */
function spawning(request: Request, index: number): ScriptedAnswer {
  const offered = request.tools?.some((each) => "name" in each && each.name === "sub_agent");
  if (offered !== true) return { text: "I would have had more of them" };
  const calls = ["a", "b"].map((each) => ({
    name: "sub_agent",
    input: { name: `${each}${index}`, task: "go" },
  }));
  return { toolCalls: calls };
}

interface Counted {
  readonly parent: Conversation;
  /** The most that worked at once. */
  readonly most: () => number;
  readonly begun: () => number;
}

function runaway(limits: object, budget: object): Counted {
  const system = virtualSystem();
  let begun = 0;
  let most = 0;
  const working = new Set<string>();
  const agents = subAgents({
    tools: () => [],
    clock: system.clock,
    announce: (event) => {
      if (event.type !== "sub-agent") return;
      begun++;
      working.add(event.child);
      most = Math.max(most, working.size);
    },
    ...limits,
  });
  const parent = createConversation({
    model: scripted(spawning, { info: { prices, maxOutput: 1000 } }),
    machine: system,
    tools: [agents.tool],
    budget,
    onEvent: (event) => void (event.type === "turn-end" && working.delete(event.conversationId)),
  });
  return { parent, most: () => most, begun: () => begun };
}

test("a model that only makes sub-agents stops at its limits, with the budget held", async () => {
  for (const depth of [1, 2, 3, 5]) {
    const { parent, most, begun } = runaway({ depth }, { dollars: 5, responses: 400 });
    const { end } = await parent.turn("go", { maxSteps: 40 });
    assert.ok(["steps", "loop", "budget"].includes(end), end);
    assert.equal(begun(), 16);
    assert.ok(most() <= 4, `${most()} at once`);
    const { dollars, responses } = parent.budget();
    assert.ok(dollars && dollars.spent.picodollars <= dollars.limit.picodollars);
    assert.equal(dollars?.reserved.picodollars, 0n);
    assert.ok(responses && responses.spent <= 400);
  }
});

test("a budget that ends before the limits do stops it as well", async () => {
  const { parent, begun } = runaway({ depth: 4, perTurn: 1000 }, { dollars: 0.2 });
  const { end } = await parent.turn("go");
  assert.ok(["budget", "loop"].includes(end), end);
  assert.ok(begun() < 1000);
  const { dollars } = parent.budget();
  assert.ok(dollars && dollars.spent.picodollars <= dollars.limit.picodollars);
});

test("too many at once, and too many in a turn, are refused before anything is asked", async () => {
  const { tool, release } = slow();
  const b = bench({ tools: () => [tool], atOnce: 2, perTurn: 3 });
  const requests = (): number => b.events.filter(({ type }) => type === "request").length;
  const turn = b.conversation.turn(
    script(
      asksAll(["a", "b", "c"].map((name) => ({ name, task: script("tool: slow", "echo: done") }))),
      asks({ name: "c", task: "echo: third" }),
      asks({ name: "d", task: "echo: fourth" }),
      "echo: over",
    ),
  );
  while (release.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(requests(), 3);
  for (const each of release) each("ok");
  await turn;
  const [, , c = "", third = "", fourth = ""] = told(b.conversation);
  assert.match(c, /2 sub-agents are at work already, which is all at once \(a, b\); wait for one/);
  assert.match(third, /third$/);
  assert.match(fourth, /3 tasks were given to sub-agents in this turn.*do the rest yourself/);
  await b.agents.companion.beforeTurn?.(() => undefined);
  await b.conversation.turn(script(asks({ name: "d", task: "echo: fourth" }), "echo: over"));
  assert.match(told(b.conversation).at(-1) ?? "", /fourth$/);
});

test("with more depth a sub-agent has its own, up to there; what they leave running ends with it", async () => {
  const { tool, release, stopped } = slow();
  const b = bench({ tools: () => [tool], depth: 2 });
  const inner = script(
    asks({ name: "inner", task: "tool: slow", wait_seconds: 0 }),
    asks({ name: "deep", tools: "all", task: "echo: never" }),
    "echo: outer done",
  );
  const turn = b.conversation.turn(script(asks({ name: "outer", task: inner }), "echo: over"));
  await b.system.clock.set(0);
  while (release.length === 0) await new Promise((resolve) => setImmediate(resolve));
  b.system.clock.advance(0);
  await turn;
  assert.match(told(b.conversation)[0] ?? "", /outer done$/);
  assert.deepEqual(stopped, ["the sub-agent that asked for it is done"]);
  // What only reads gives nobody more than that.
  const refused = b.events.find((event) => event.type === "tool-result" && event.name === "sub_agent");
  assert.ok(refused !== undefined);
  assert.match(JSON.stringify(b.events), /the arguments do not fit sub_agent/);
});

test("a task's steps are limited, and a parent's deadline is its sub-agents' too", async () => {
  const b = bench({ maxSteps: 3 });
  const endless = script(...Array.from({ length: 10 }, (_, at) => `tool: look${at}`));
  await b.conversation.turn(script(asks({ name: "a", task: endless }), "echo: over"));
  assert.match(told(b.conversation)[0] ?? "", /stopped after 3 steps, the most that it may take/);

  const { tool, release, stopped } = slow();
  const timed = bench({ tools: () => [tool] }, { budget: { wallTimeMs: 60_000 } });
  const turn = timed.conversation.turn(script(asks({ name: "a", task: "tool: slow" }), "echo: over"));
  while (release.length === 0) await new Promise((resolve) => setImmediate(resolve));
  timed.system.clock.advance(60_000);
  assert.equal((await turn).end, "budget");
  assert.equal(stopped.length, 1);
});

test("a share is a quarter of what is left and promised to nobody, and what is asked for at most that", () => {
  const parent = createConversation({
    model: rehearsal({ prices }),
    budget: { dollars: "1.00", responses: 2, toolCalls: 100 },
  });
  const wanted = { part: 4, dollars: undefined, promised: [] };
  const first = share(parent, wanted);
  assert.deepEqual(first, { type: "budget", budget: { dollars: "0.25", responses: 1, toolCalls: 25 } });
  const child = parent.child({ budget: { dollars: "0.25", responses: 1, toolCalls: 25 } });
  const second = share(parent, { ...wanted, promised: [child] });
  assert.deepEqual(second, { type: "budget", budget: { dollars: "0.1875", responses: 1, toolCalls: 18 } });
  const asked = share(parent, { ...wanted, dollars: 3, promised: [child] });
  assert.equal(asked.type === "budget" && asked.budget.dollars, "0.75");
  // Of its own share a child gives a part, and nobody's promise counts twice.
  const below = share(child, { ...wanted, promised: [child] });
  assert.equal(below.type === "budget" && below.budget.dollars, "0.0625");
  const all = parent.child({ budget: { dollars: "0.75", responses: 1 } });
  const none = share(parent, { ...wanted, promised: [child, all] });
  assert.equal(none.type === "nothing" && none.why, "nothing is left of the budget's dollars");
  const free = createConversation({ model: rehearsal({ prices }) });
  assert.deepEqual(share(free, wanted), { type: "budget", budget: {} });
  assert.deepEqual(share(free, { ...wanted, dollars: 0.1 }), { type: "budget", budget: { dollars: "0.10" } });
});

test("whatever sub-agents do, their costs add up to the parent's, and no budget is passed", async () => {
  const task = fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e"),
    task: fc.constantFrom(
      "echo: hi",
      "tool: look",
      "fail: 1 server",
      "usage: none ;; echo: hi",
      "stream: 200",
    ),
    budget_dollars: fc.option(fc.constantFrom(0.001, 0.01, 0.05, 10), { nil: undefined }),
  });
  const steps = fc.array(fc.array(task, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom("0.02", "0.1", "0.5"), async (steps, dollars) => {
      // What each answer cost, of whomever.
      let sum = 0n;
      const lines = steps.map((step) => asksAll(step));
      const b = bench(
        {},
        {
          budget: { dollars },
          onEvent: (event) => {
            if (event.type === "response") sum += known(event.response.cost);
          },
        },
      );
      await b.conversation.turn(script(...lines, "echo: over"));
      const total = known(b.conversation.usage().cost);
      assert.equal(sum, total);
      const state = b.conversation.budget().dollars;
      assert.ok(state !== undefined && state.spent.picodollars <= state.limit.picodollars);
      assert.equal(state.reserved.picodollars, 0n);
      assert.ok(total <= state.spent.picodollars);
      // And what the model was told of each task is what its answers cost.
      const costs = told(b.conversation).flatMap(
        (text) => /^sub-agent \S+: .*?; \$([\d.]+),/.exec(text)?.[1] ?? [],
      );
      assert.ok(costs.reduce((all, each) => all + decimal(each, 12), 0n) <= total);
    }),
    { numRuns: 60 },
  );
});

const known = (cost: Cost): bigint => (cost.known ? cost.picodollars : cost.atLeast);
