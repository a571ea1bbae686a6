import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { subAgents } from "../../../src/agent/sub-agents/sub-agents.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { defineTool } from "../../../src/conversation/tool.ts";
import type { ConfigurationError } from "../../../src/llm/errors.ts";
import { messageText } from "../../../src/llm/message.ts";
import { rehearsal } from "../../../src/providers/rehearsal/rehearsal.ts";
import { asks, asksAll, bench, look, results, script, slow, told, type Bench } from "./bench.ts";

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await macrotask();
};

/** Lets the clock stand at a wait of the tool's own: its turns do not move it. */
const resting = async ({ system }: Bench, ms: number): Promise<void> => {
  await system.clock.set(ms);
};

test("a sub-agent does its task, and only its last message comes back, with what it cost", async () => {
  const b = bench();
  const { end } = await b.conversation.turn(
    script(asks({ name: "docs", task: script("tool: look", "echo: all is well") }), "echo: over"),
  );
  assert.equal(end, "done");
  const [text = ""] = told(b.conversation);
  assert.match(
    text,
    /^sub-agent docs: done after 2 steps; \$0\.\d+, [\d,]+ tokens in 2 answers\n\nall is well$/,
  );
  const begun = b.events.filter((event) => event.type === "sub-agent");
  assert.deepEqual(
    begun.map(({ name }) => name),
    ["docs"],
  );
  // Faces can tell its events by the id, and hear of it before the first of them.
  const child = begun[0]?.child;
  const first = b.events.findIndex((event) => "conversationId" in event && event.conversationId === child);
  assert.ok(first > b.events.findIndex((event) => event.type === "sub-agent"));
});

test("sub-agents of one answer work at once, and their results come in the order of the calls", async () => {
  const { tool, release } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(
      asksAll([
        { name: "one", task: script("tool: slow", "echo: first") },
        { name: "two", task: script("tool: slow", "echo: second") },
      ]),
      "echo: over",
    ),
  );
  await until(() => release.length === 2);
  for (const each of release.toReversed()) each("ok");
  await turn;
  assert.deepEqual(
    told(b.conversation).map((text) => text.split("\n").at(-1)),
    ["first", "second"],
  );
});

test("under its name it goes on with its history, also in a later turn, with other tools and another model", async () => {
  const opened: string[] = [];
  const b = bench({
    openModel: (name) => {
      opened.push(name);
      if (name !== "rehearsal") throw new Error(`there is no model ${name}; there is rehearsal`);
      return rehearsal({ clock: b.system.clock });
    },
    tools: (kind) => (kind === "all" ? [look, defineTool({ name: "change", run: () => "changed" })] : [look]),
  });
  await b.conversation.turn(script(asks({ name: "docs", task: "echo: one" }), "echo: over"));
  await b.conversation.turn(
    script(
      asks({ name: "docs", task: "echo: two" }),
      asks({ name: "docs", model: "nobody", task: "echo: three" }),
      asks({ name: "docs", model: "rehearsal", tools: "all", task: "tool smorgasbord" }),
      "echo: over",
    ),
  );
  const [one = "", two = "", three = "", four = ""] = told(b.conversation);
  assert.match(one, /one$/);
  assert.match(two, /two$/);
  assert.match(three, /there is no model nobody/);
  assert.match(four, /Noted\.$/);
  assert.deepEqual(opened, ["nobody", "rehearsal"]);
  const children = b.events.filter((event) => event.type === "sub-agent").map(({ child }) => child);
  assert.equal(children[0], children[1]);
  assert.notEqual(children[1], children[2]);
  // The fork has all of it: the tasks, and calls of both tools.
  const last = b.events.findLast((event) => event.type === "message" && event.conversationId === children[2]);
  assert.equal(last?.type === "message" && last.length, 8);
  const called = b.events.flatMap((event) => (event.type === "tool-start" ? [event.name] : []));
  assert.deepEqual(called.slice(-2), ["look", "change"]);
});

test("one that only reads gets no tool that writes, and none has a sub-agent of its own", async () => {
  const offered: string[] = [];
  const change = defineTool({ name: "change", run: () => "changed" });
  const b = bench({ tools: () => [look, change, b.agents.tool] });
  const ask = asks({ name: "docs", task: "tool smorgasbord" });
  await b.conversation.turn(script(ask, asks({ name: "docs", task: "tool smorgasbord", tools: "all" })));
  for (const event of b.events) {
    if (event.type === "tool-start" && event.name !== "sub_agent") offered.push(event.name);
  }
  assert.deepEqual(offered, ["look", "look", "change"]);
});

test("one that takes longer goes on, and is waited for by its name alone", async () => {
  const { tool, release } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(
      asks({ name: "docs", task: script("tool: slow", "echo: at last"), wait_seconds: 5 }),
      asks({ name: "docs", task: "echo: another" }),
      asks({ name: "docs" }),
      asks({ name: "docs" }),
      "echo: over",
    ),
  );
  await resting(b, 5000);
  await until(() => release.length === 1);
  b.system.clock.advance(5000);
  await resting(b, 600_000);
  release[0]?.("ok");
  assert.equal((await turn).text, "over");
  const [first = "", second = "", third = "", fourth = ""] = told(b.conversation);
  assert.match(first, /still at work after 5 s, and goes on; call sub_agent with the name docs and without/);
  assert.match(second, /docs is still at its last task; wait for it/);
  assert.match(third, /^sub-agent docs: done after 2 steps;.*\n\nat last$/);
  assert.match(fourth, /docs has nothing to do.*give it a task/);
});

test("a new task waits until the end of the one before is told", async () => {
  const { tool, release } = slow();
  const pause = slow("pause");
  const b = bench({ tools: () => [tool] });
  const conversation = createConversation({
    model: rehearsal({ clock: b.system.clock }),
    machine: b.system,
    tools: [b.agents.tool, pause.tool],
  });
  const turn = conversation.turn(
    script(
      asks({ name: "docs", task: script("tool: slow", "echo: at last"), wait_seconds: 0 }),
      "tool: pause",
      asks({ name: "docs", task: "echo: two" }),
      asks({ name: "docs", task: "echo: two" }),
      "echo: over",
    ),
  );
  await resting(b, 0);
  b.system.clock.advance(0);
  await until(() => pause.release.length === 1);
  release[0]?.("ok");
  for (let at = 0; at < 20; at++) await macrotask();
  pause.release[0]?.("ok");
  await turn;
  const [, , untold = "", two = ""] = told(conversation);
  assert.match(untold, /^this task was not begun.*done after 2 steps.*at last$/s);
  assert.match(two, /two$/);
});

test("of two calls with one name in one answer, the second is told that it is at work", async () => {
  const b = bench();
  await b.conversation.turn(
    script(
      asksAll([{ name: "docs", task: "echo: one" }, { name: "docs", task: "echo: two" }, { name: "other" }]),
      "echo: over",
    ),
  );
  const [first = "", second = "", third = ""] = told(b.conversation);
  assert.match(first, /one$/);
  assert.match(second, /docs is still at its last task/);
  assert.match(third, /there is no sub-agent other \(there are: docs\); give it a task/);
  assert.equal(b.events.filter((event) => event.type === "sub-agent").length, 1);
});

test("cancel of one call stops its sub-agent and no other", async () => {
  const { tool, release, stopped } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(
      asksAll([
        { name: "one", task: script("tool: slow", "echo: first") },
        { name: "two", task: script("tool: slow", "echo: second") },
      ]),
      "echo: over",
    ),
  );
  await until(() => release.length === 2);
  const call = b.events.find((event) => event.type === "sub-agent");
  b.conversation.cancelTool(call?.type === "sub-agent" ? call.callId : "", "not that one");
  await until(() => stopped.length === 1);
  for (const each of release) each("ok");
  assert.equal((await turn).text, "over");
  const [first = "", second = ""] = told(b.conversation);
  assert.match(first, /stopped after 1 step: not that one; what it did by then is done/);
  assert.match(second, /second$/);
  assert.deepEqual(stopped.map(String), ["not that one"]);
});

test("cancel of the turn reaches all of them, also those that nobody waits for", async () => {
  const { tool, release, stopped } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(
      asks({ name: "one", task: "tool: slow", wait_seconds: 0 }),
      asks({ name: "two", task: "tool: slow" }),
    ),
  );
  await resting(b, 0);
  b.system.clock.advance(0);
  await until(() => release.length === 2);
  b.conversation.cancel(new Error("enough"));
  assert.equal((await turn).end, "cancelled");
  assert.deepEqual(stopped.map(String), ["Error: enough", "Error: enough"]);
});

test("what still works when a turn ends is stopped with it, and people are told; by name it goes on", async () => {
  const { tool, stopped } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(asks({ name: "docs", task: "tool: slow", wait_seconds: 0 }), "echo: over"),
  );
  await resting(b, 0);
  b.system.clock.advance(0);
  const outcome = await turn;
  const notices: string[] = [];
  await b.agents.companion.afterTurn?.(
    outcome,
    (event) => void (event.type === "notice" && notices.push(event.text)),
    new AbortController().signal,
  );
  assert.equal(stopped.length, 1);
  assert.deepEqual(notices, ["stopped with the turn: sub-agent docs; asked by name, they go on"]);
  await b.conversation.turn(
    script(asks({ name: "docs" }), asks({ name: "docs", task: "echo: back" }), "echo: over"),
  );
  assert.match(told(b.conversation)[1] ?? "", /stopped after 1 step: the turn of the agent/);
  assert.match(told(b.conversation)[2] ?? "", /back$/);
});

test("closing ends all that work, and lets none begin", async () => {
  const { tool, release, stopped } = slow();
  const b = bench({ tools: () => [tool] });
  const turn = b.conversation.turn(
    script(
      asks({ name: "docs", task: "tool: slow" }),
      asks({ name: "more", task: "echo: hi" }),
      "echo: over",
    ),
  );
  await until(() => release.length === 1);
  await b.agents.close();
  await turn;
  assert.equal(stopped.length, 1);
  assert.match(told(b.conversation)[0] ?? "", /stopped after 1 step: the agent was closed/);
  assert.match(told(b.conversation)[1] ?? "", /the agent is closing/);
});

test("people see how far it is, twice a second at most", async () => {
  const { tool, release } = slow();
  const b = bench({ tools: () => [tool] });
  const updates = (): unknown[] =>
    b.events.flatMap((event) =>
      event.type === "tool-progress" && event.name === "sub_agent" ? [event.update] : [],
    );
  const turn = b.conversation.turn(
    script(
      asks({ name: "docs", task: script("tool: slow", "tool: slow", "echo: hi\\nthere") }),
      "echo: over",
    ),
  );
  await until(() => release.length === 1);
  const before = updates().length;
  release[0]?.("ok");
  await until(() => release.length === 2);
  assert.equal(updates().length, before);
  b.system.clock.advance(500);
  assert.equal(updates().length, before + 1);
  const { line, spent, name } = updates().at(-1) as Record<string, string>;
  assert.deepEqual([name, line], ["docs", "calls slow"]);
  assert.match(spent ?? "", /^\$0\.\d+, .* in 2 answers$/);
  release[1]?.("ok");
  await turn;
  assert.equal(b.system.clock.pending, 0);
});

test("its calls wait for leave where the parent's would, and somebody can give it", async () => {
  const change = defineTool({ name: "change", run: () => "changed" });
  const b = bench(
    { tools: () => [look, change] },
    { approve: (_, tool) => (tool.name === "change" ? "ask" : "allow") },
  );
  const turn = b.conversation.turn(
    script(asks({ name: "docs", tools: "all", task: script("tool: change", "echo: hi") }), "echo: over"),
  );
  await until(() => b.events.some((event) => event.type === "tool-approval"));
  const asked = b.events.find((event) => event.type === "tool-approval");
  assert.ok(asked?.type === "tool-approval");
  const nobody = (): void => b.agents.decide("abc-defg", asked.callId, "allow");
  assert.throws(nobody, ({ code }: ConfigurationError) => code === "no-such-call");
  b.agents.decide(asked.conversationId, asked.callId, { deny: "not today" });
  await turn;
  const denied = b.events.find((event) => event.type === "tool-result" && event.name === "change");
  assert.match(JSON.stringify(denied), /not today/);
  assert.match(told(b.conversation)[0] ?? "", /hi$/);
});

test("what it says is bounded, and shows what cannot be seen", async () => {
  // Long answers give way to others now and then, by the model's clock.
  const b = bench({}, { model: rehearsal() });
  await b.conversation.turn(
    script(
      asks({ name: "a", task: `echo: ${`${"y".repeat(200)}\n`.repeat(120)}` }),
      asks({ name: "b", task: "echo: a\u202eb" }),
      "echo: over",
    ),
  );
  const [long = "", hidden = ""] = told(b.conversation);
  assert.ok(long.length < 20_000, String(long.length));
  assert.match(long, /\n\[\d+ lines \(\d+ bytes\) omitted here\]\n/);
  assert.match(hidden, /a‹U\+202E›b$/);
});

test("a failure is told with its reason, and harms nobody else", async () => {
  const b = bench();
  await b.conversation.turn(
    script(
      asksAll([
        { name: "a", task: "error: no such luck" },
        { name: "b", task: "refusal" },
        { name: "c", task: "echo: fine" },
        { name: "d e", task: "echo: bad name" },
      ]),
      "echo: over",
    ),
  );
  const [a = "", bb = "", c = "", d = ""] = told(b.conversation);
  assert.match(a, /failed after 1 step: no such luck/);
  assert.match(bb, /its model refused/);
  assert.match(c, /fine$/);
  assert.match(d, /do not fit sub_agent/);
  assert.deepEqual(
    results(b.conversation).map(({ isError }) => isError ?? false),
    [true, true, false, true],
  );
});

test("after its process has ended, one begins anew under its name, and is told what is left of it", async () => {
  const first = bench();
  await first.conversation.turn(script(asks({ name: "docs", task: "echo: the key is 42" }), "echo: over"));
  const again = bench();
  const resumed = createConversation({
    model: rehearsal(),
    tools: [again.agents.tool],
    messages: first.conversation.history,
    onEvent: (event) => void again.events.push(event),
  });
  await resumed.turn(script(asks({ name: "docs" }), asks({ name: "docs", task: "echo: hi" }), "echo: over"));
  const [, wait = "", hi = ""] = told(resumed);
  assert.match(wait, /there is no sub-agent docs/);
  assert.match(hi, /hi$/);
  const message = again.events.find(
    (event) => event.type === "message" && messageText(event.message).includes("memory is lost"),
  );
  assert.match(JSON.stringify(message), /Task: echo: the key is 42.*What came back: sub-agent docs: done/);
});

test("limits that are none are refused", () => {
  for (const limits of [{ depth: 0 }, { atOnce: -1 }, { perTurn: 1.5 }, { part: NaN }, { maxSteps: 0 }]) {
    assert.throws(
      () => subAgents({ tools: () => [], ...limits }),
      ({ code }: ConfigurationError) => code === "invalid-option",
    );
  }
});
