/* All of it together, offline: sub-agents in parallel, a review, the gate, in an agent that keeps a journal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "../../../src/agent/agent.ts";
import type { Announce, Companion } from "../../../src/agent/companion.ts";
import type { AgentEvent } from "../../../src/agent/event.ts";
import { subAgents, type SubAgents } from "../../../src/agent/sub-agents/sub-agents.ts";
import { codingTools } from "../../../src/agent/tools/coding-tools.ts";
import { workTools } from "../../../src/agent/tools/tasks/work-tools.ts";
import { createConversation } from "../../../src/conversation/conversation.ts";
import type { Journal, JournalEntry } from "../../../src/conversation/journal.ts";
import type { Tool } from "../../../src/conversation/tool.ts";
import { messageText } from "../../../src/llm/message.ts";
import { addCost, noCost } from "../../../src/llm/money.ts";
import { rehearsal } from "../../../src/providers/rehearsal/rehearsal.ts";
import { system } from "../../../src/providers/system.ts";
import { costLines } from "../../../src/store/costs.ts";
import { virtualSystem } from "../../support/clock.ts";
import { toolBench } from "../../support/tool-room.ts";
import { FakeRepository, prices } from "../tools/tasks/bench.ts";
import { asks, asksAll, script, slow, told } from "./bench.ts";

/** An agent as it is put together, whose journal goes on from what was written before. */
function agentOf(tools: (kind: string) => readonly Tool[], more: readonly Tool[], past: JournalEntry[] = []) {
  let announce: Announce = () => undefined;
  const agents: SubAgents = subAgents({ tools, announce: (event) => announce(event) });
  const bind: Companion = {
    beforeTurn: async (told) => {
      announce = told;
    },
  };
  const journal: Journal = {
    append: (entries) => void past.push(...entries),
    ...(past.length > 0 && { past: [...past] }),
  };
  const agent = new Agent({
    converse: (onEvent) =>
      createConversation({
        model: rehearsal({ prices }),
        // Ids of another run are others.
        machine: { ...virtualSystem(past.length), clock: system.clock },
        tools: [...more, agents.tool],
        budget: { dollars: 3 },
        journal,
        onEvent,
      }),
    companions: [bind, agents.companion],
    onMistake: (mistake) => assert.fail(mistake),
  });
  return { agent, agents, journal: past };
}

async function eventsOf(agent: Agent): Promise<AgentEvent[]> {
  await agent.close();
  const all: AgentEvent[] = [];
  for await (const { event } of agent.events()) all.push(event);
  return all;
}

test("an agent at work: two sub-agents at once, a list, a review, and the gate", async (t) => {
  const { room } = toolBench(t, { clock: system.clock });
  const repository = new FakeRepository();
  repository.commit("diff --git a/x b/x\n+1\n");
  const coding = codingTools(room);
  const work = workTools({
    room,
    model: rehearsal().info,
    repository,
    doneCommands: ["test -f one.txt -a -f two.txt"],
    reviewTools: () => coding,
  });
  const { agent, journal } = agentOf(() => coding, [...coding, ...work]);
  const write = (name: string): string =>
    script(`tool: write {"path": "${name}", "content": "${name}"}`, `echo: ${name} is there`);
  agent.say(
    script(
      'tool: todo {"items": [{"text": "both files", "status": "doing"}]}',
      'tool: done {"summary": "too early"}',
      asksAll([
        { name: "one", tools: "all", task: write("one.txt") },
        { name: "two", tools: "all", task: write("two.txt") },
      ]),
      'tool: review {"task": "echo: {\\"findings\\": []}"}',
      'tool: done {"summary": "Both are there."}',
    ),
  );
  const outcome = await agent.rest();
  assert.deepEqual([outcome?.end, outcome?.steps], ["tool", 5]);
  assert.deepEqual([agent.state.phase, agent.state.end], ["idle", "tool"]);
  const texts = told(agent.conversation);
  assert.match(texts[1] ?? "", /not done yet:\n- what changed since the start was not reviewed/);
  assert.match(texts[2] ?? "", /one\.txt is there$/);
  assert.match(texts[3] ?? "", /two\.txt is there$/);
  assert.equal(texts.at(-1), "done");
  const begun = (await eventsOf(agent)).flatMap((event) => (event.type === "sub-agent" ? [event.name] : []));
  assert.deepEqual(begun, ["one", "two"]);
  // Costs are told by what a child was there for.
  const purposes = journal.flatMap((entry) => (entry.type === "begin" ? [entry.purpose] : []));
  assert.deepEqual(purposes, [undefined, "sub-agent: one", "sub-agent: two", "review"]);
});

test("what still works at the end of a turn is stopped, and how it ended is not how the agent's turn did", async () => {
  const { tool } = slow();
  const { agent } = agentOf(() => [tool], []);
  agent.say(script(asks({ name: "docs", task: "tool: slow", wait_seconds: 0 }), "echo: over"));
  assert.equal((await agent.rest())?.text, "over");
  assert.deepEqual([agent.state.phase, agent.state.end, agent.state.running], ["idle", "done", []]);
  const notices = (await eventsOf(agent)).flatMap((event) => (event.type === "notice" ? [event.text] : []));
  assert.deepEqual(notices, ["stopped with the turn: sub-agent docs; asked by name, they go on"]);
});

test("in a session that goes on, so does a sub-agent: with its history, its account, and a share of what is left", async () => {
  const first = agentOf(() => [], []);
  first.agent.say(script(asks({ name: "docs", task: "usage: in=1000 out=1000 ;; echo: 42" }), "echo: over"));
  await first.agent.rest();
  const spent = first.agent.conversation.usage().cost;
  const again = agentOf(() => [], [], first.journal);
  again.agent.say(script(asks({ name: "docs", task: "echo: hi" }), "echo: over"));
  await again.agent.rest();
  assert.match(told(again.agent.conversation).at(-1) ?? "", /hi$/);
  const { journal } = again;
  assert.doesNotMatch(JSON.stringify(journal), /memory is lost/);
  const begun = journal.flatMap((entry) => (entry.type === "begin" ? [entry.conversation] : []));
  assert.equal(begun.length, 2);
  // Its second task stands behind its first one.
  const said = journal.flatMap((entry) =>
    entry.type === "message" && entry.conversation === begun[1] ? [messageText(entry.message)] : [],
  );
  assert.equal(said.length, 4);
  assert.match(said[2] ?? "", /^A further task\..*echo: hi/s);
  const { cost } = again.agent.conversation.usage();
  assert.ok(cost.known && spent.known && cost.picodollars > spent.picodollars);
  const lines = costLines(journal);
  assert.deepEqual(lines.map(({ usage }) => usage.cost).reduce(addCost, noCost), cost);
  const [own] = journal.flatMap((entry) =>
    entry.type === "begin" && entry.parent !== undefined ? [entry.budget] : [],
  );
  const anew = journal.findLast((entry) => entry.type === "budget" && entry.conversation === begun[1]);
  assert.ok(anew?.type === "budget" && Number(anew.budget.dollars) < Number(own?.dollars));
  // A third process finds both tasks.
  const third = agentOf(() => [], [], journal);
  third.agent.say(script(asks({ name: "docs", task: "echo: once more" }), "echo: over"));
  await third.agent.rest();
  const all = journal.filter((entry) => entry.type === "message" && entry.conversation === begun[1]);
  assert.equal(all.length, 6);
});
