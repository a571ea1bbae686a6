import assert from "node:assert/strict";
import { test } from "node:test";
import { Agent } from "../../src/agent/agent.ts";
import type { Companion } from "../../src/agent/companion.ts";
import type { AgentEvent } from "../../src/agent/event.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { messageText } from "../../src/llm/message.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { virtualSystem } from "../support/clock.ts";

const touch = defineTool({ name: "touch", run: () => "touched" });
const step: ScriptedStep = { toolCalls: [{ name: "touch" }] };

function agentWith(companions: readonly Companion[], steps: readonly ScriptedStep[]) {
  const model = scripted(steps);
  const agent = new Agent({
    converse: (onEvent) => createConversation({ model, tools: [touch], machine: virtualSystem(), onEvent }),
    companions,
    onMistake: (mistake) => assert.fail(mistake),
  });
  const said = (): string[] =>
    agent.conversation.history
      .toArray()
      .filter(({ role }) => role === "user")
      .map(messageText)
      .filter((text) => text !== "");
  return { agent, said };
}

async function notices(agent: Agent): Promise<string[]> {
  await agent.close();
  const all: AgentEvent[] = [];
  for await (const { event } of agent.events()) all.push(event);
  return all.flatMap((event) => (event.type === "notice" ? [event.text] : []));
}

test("a companion has a word after each step, and it is said before the model goes on", async () => {
  let steps = 0;
  const { agent, said } = agentWith(
    [
      { afterStep: async () => (++steps === 1 ? "format the commit" : undefined) },
      { afterStep: async () => (steps === 1 ? "and look again" : " ") },
    ],
    [step, step, "Done."],
  );
  agent.say("Work.");
  assert.equal((await agent.rest())?.text, "Done.");
  assert.equal(steps, 2);
  assert.deepEqual(said(), ["Work.", "format the commit\n\nand look again"]);
});

test("what a companion wants behind a turn is a turn of its own, three times at most", async () => {
  let asked = 0;
  const { agent, said } = agentWith(
    [{ afterTurn: async () => (++asked < 5 ? `more ${asked}` : undefined) }],
    ["One.", "Two.", "Three.", "Four.", "Five."],
  );
  agent.say("Work.");
  assert.equal((await agent.rest())?.text, "Four.");
  assert.deepEqual(said(), ["Work.", "more 1", "more 2", "more 3"]);
  // What a person says begins anew.
  agent.say("Again.");
  await agent.rest();
  assert.deepEqual(said().slice(4), ["Again."]);
  assert.match((await notices(agent)).join("\n"), /is not heard/);
});

test("a companion that fails is told of, and harms no turn", async () => {
  const fails = async (): Promise<never> => {
    throw new Error("git is not there");
  };
  const { agent } = agentWith([{ beforeTurn: fails, afterStep: fails, afterTurn: fails }], [step, "Done."]);
  agent.say("Work.");
  assert.equal((await agent.rest())?.end, "done");
  assert.deepEqual(
    await notices(agent),
    Array.from({ length: 3 }, () => "git is not there"),
  );
});

test("nobody has a word behind a turn that was cancelled", async () => {
  const { agent, said } = agentWith(
    [
      {
        afterStep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
            agent.cancel(new Error("enough"));
          }),
        afterTurn: async () => "go on",
      },
    ],
    [step, "Never."],
  );
  agent.say("Work.");
  assert.equal((await agent.rest())?.end, "cancelled");
  assert.deepEqual(said(), ["Work."]);
});
