import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import fc from "fast-check";
import { Agent } from "../../src/agent/agent.ts";
import { isPassing, type AgentEvent } from "../../src/agent/event.ts";
import { atRest, IllegalEvent, reduce, type AgentState } from "../../src/agent/state.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationOptions } from "../../src/conversation/options.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import { ModelError, type ConfigurationError } from "../../src/llm/errors.ts";
import { messageText } from "../../src/llm/message.ts";
import { defineModel } from "../../src/providers/model.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { virtualSystem } from "../support/clock.ts";

/** A tool that waits until it is let go or told to stop. */
function slow(name = "slow") {
  const release: ((text: string) => void)[] = [];
  const tool = defineTool({
    name,
    run: (_, { signal }) =>
      new Promise<string>((resolve, reject) => {
        release.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      }),
  });
  return { tool, release };
}

const call = (name: string, id: string): ScriptedStep => ({ toolCalls: [{ name, id }] });

/** An agent, everything it told of, and whatever state it was in. */
function agentOf(
  steps: readonly ScriptedStep[],
  tools: readonly Tool[] = [],
  options: Partial<ConversationOptions> = {},
) {
  const system = virtualSystem();
  const model = scripted(steps);
  const agent = new Agent({
    converse: (onEvent) => createConversation({ model, tools, machine: system, onEvent, ...options }),
    onMistake: (mistake) => assert.fail(mistake),
  });
  return { agent, model, clock: system.clock };
}

async function kept(agent: Agent): Promise<AgentEvent[]> {
  await agent.rest();
  await agent.close();
  const all: AgentEvent[] = [];
  for await (const { event } of agent.events()) all.push(event);
  return all;
}

const types = (events: readonly AgentEvent[]): string[] => events.map(({ type }) => type);
const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await macrotask();
};

test("what is said begins a turn, and the agent rests when it is over", async () => {
  const { agent } = agentOf(["Hello."]);
  assert.equal(agent.state.phase, "idle");
  agent.say("Hi");
  assert.equal(agent.state.phase, "asking");
  assert.deepEqual(agent.state.requests, [agent.conversation.id]);
  const outcome = await agent.rest();
  assert.deepEqual([outcome?.end, outcome?.text], ["done", "Hello."]);
  assert.deepEqual([agent.state.phase, agent.state.requests, agent.state.end], ["idle", [], "done"]);
  assert.deepEqual(types(await kept(agent)), [
    "said",
    "taken",
    "turn-begin",
    "message",
    "request",
    "message",
    "response",
    "turn-end",
  ]);
});

test("calls are outstanding while they run, and not after", async () => {
  const { tool, release } = slow();
  const { agent } = agentOf([call("slow", "a"), "done"], [tool]);
  agent.say("go");
  await until(() => release.length > 0);
  assert.equal(agent.state.phase, "running");
  assert.deepEqual(agent.state.running, [
    { conversationId: agent.conversation.id, callId: "a", name: "slow" },
  ]);
  release[0]?.("ok");
  await agent.rest();
  assert.deepEqual(agent.state.running, []);
  assert.equal(agent.outcome?.text, "done");
});

test("what is said meanwhile steers the turn, or waits for its end", async () => {
  const { tool, release } = slow();
  const { agent } = agentOf([call("slow", "a"), "one", "two"], [tool]);
  agent.say("go");
  await until(() => release.length > 0);
  agent.say("later", "queue");
  agent.say("and quickly");
  const taken = agent.say("never mind");
  assert.deepEqual(agent.state.waiting, [2, 3, 4]);
  assert.equal(agent.takeBack(taken), true);
  assert.equal(agent.takeBack(taken), false);
  release[0]?.("ok");
  await agent.rest();
  const said = agent.conversation.history
    .toArray()
    .map((message) => `${message.role}: ${messageText(message)}`);
  assert.deepEqual(said, [
    "user: go",
    "assistant: ",
    "user: ",
    "user: and quickly",
    "assistant: one",
    "user: later",
    "assistant: two",
  ]);
  assert.deepEqual(agent.state.waiting, []);
});

test("cancel while a tool runs ends the turn at once, asks nothing more, and leaves it usable", async () => {
  const { tool, release } = slow();
  const { agent, model } = agentOf([call("slow", "a"), "after"], [tool]);
  agent.say("go");
  await until(() => release.length > 0);
  agent.cancel(new Error("enough"));
  assert.equal(agent.state.phase, "stopping");
  agent.cancel();
  assert.equal((await agent.rest())?.end, "cancelled");
  assert.equal(model.requests.length, 1);
  assert.match(JSON.stringify(agent.conversation.history.toArray()), /cancelled: enough/);
  agent.say("go on");
  assert.equal((await agent.rest())?.text, "after");
});

test("a request that fails, and an answer that is missing, end the turn and nothing else", async () => {
  let asked = 0;
  const model = defineModel({ name: "m", provider: "p", protocol: "none" }, async (_, { onEvent } = {}) => {
    onEvent?.({ type: "request", attempt: 1, model: "p/m" });
    if (++asked === 1) throw new ModelError("no", { kind: "server" });
    return undefined as never;
  });
  const { agent } = agentOf([], [], { model });
  agent.say("one");
  assert.equal((await agent.rest())?.end, "failed");
  agent.say("two");
  assert.equal((await agent.rest())?.end, "failed");
  assert.deepEqual([agent.state.phase, agent.state.requests], ["idle", []]);
});

test("a budget that is used up is told once, with what can be done", async () => {
  const { agent } = agentOf(["one", "two"], [], { budget: { responses: 1 } });
  agent.say("one");
  await agent.rest();
  agent.say("two");
  assert.equal((await agent.rest())?.end, "budget");
  agent.conversation.resetBudget();
  agent.goOn();
  assert.equal((await agent.rest())?.text, "two");
  const notices = (await kept(agent)).filter((event) => event.type === "notice");
  assert.equal(notices.length, 1);
});

test("a call that waits for leave can be decided from elsewhere", async () => {
  const tool = defineTool({ name: "write", run: () => "written" });
  const { agent } = agentOf([{ toolCalls: [{ name: "write", id: "a" }] }, "done"], [tool], {
    approve: () => "ask",
  });
  agent.say("go");
  await until(() => agent.state.phase === "deciding");
  assert.equal(agent.state.approvals[0]?.callId, "a");
  agent.decide("a", "allow");
  assert.equal((await agent.rest())?.end, "done");
  assert.deepEqual(agent.state.approvals, []);
});

test("readers go at their own pace, from any index on, and hold up nobody", async () => {
  const { agent } = agentOf(["one", "two", "three"]);
  const slowly = agent.events();
  for (const text of ["1", "2", "3"]) {
    agent.say(text);
    await agent.rest();
  }
  const all = await kept(agent);
  const late: AgentEvent[] = [];
  for await (const { index, event } of agent.events(5)) {
    assert.equal(index, 5 + late.length);
    late.push(event);
  }
  assert.deepEqual(late, all.slice(5));
  const seen: AgentEvent[] = [];
  for await (const { event } of slowly) if (!isPassing(event)) seen.push(event);
  assert.deepEqual(seen, all);
});

test("a reader's own signal ends it, and an agent that is closed ends all", async () => {
  const { agent } = agentOf([]);
  const controller = new AbortController();
  const one = agent.events(0, controller.signal).next();
  const other = agent.events().next();
  controller.abort();
  assert.equal((await one).done, true);
  await agent.close();
  assert.equal((await other).done, true);
  assert.throws(() => agent.say("hi"), { code: "invalid-option" });
});

test("whatever people do, no event comes that cannot come, and it rests in the end", async () => {
  const acts = fc.array(
    fc.constantFrom(
      "steer",
      "queue",
      "cancel",
      "cancel-tool",
      "release",
      "allow",
      "deny",
      "take-back",
      "wait",
    ),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(acts, fc.boolean(), async (list, asks) => {
      const { tool, release } = slow();
      let calls = 0;
      const model = defineModel({ name: "m", provider: "p", protocol: "none" }, (_, options = {}) => {
        const step: ScriptedStep = calls++ % 2 === 0 ? call("slow", `c${calls}`) : "rest";
        return scripted([step]).complete(
          { messages: [{ role: "user", parts: [{ type: "text", text: "x" }] }] },
          options,
        );
      });
      let state: AgentState = atRest;
      const { agent } = agentOf([], [tool], {
        model,
        toolGraceMs: 1,
        approve: () => (asks ? "ask" : "allow"),
      });
      let said = 0;
      for (const act of list) {
        if (act === "steer" || act === "queue") said = agent.say("do it", act);
        else if (act === "cancel") agent.cancel();
        else if (act === "release") release.pop()?.("ok");
        else if (act === "take-back") agent.takeBack(said);
        else if (act === "wait") await macrotask();
        else {
          const waits = act === "cancel-tool" ? agent.state.running[0] : agent.state.approvals[0];
          if (waits === undefined) continue;
          try {
            if (act === "cancel-tool") agent.cancelTool(waits.callId);
            else agent.decide(waits.callId, act === "allow" ? "allow" : "deny");
          } catch (error) {
            // It was cancelled already, and is not over yet.
            assert.equal((error as ConfigurationError).code, "no-such-call");
          }
        }
      }
      for (let quiet = 0; quiet < 20; quiet++) {
        if (agent.state.phase === "idle" && agent.state.waiting.length === 0) break;
        agent.cancel();
        await macrotask();
      }
      await agent.rest();
      for (const event of await kept(agent)) state = reduce(state, event, agent.conversation.id);
      assert.deepEqual(state, agent.state);
      assert.deepEqual(
        [state.phase, state.requests, state.running, state.approvals, state.waiting],
        ["idle", [], [], [], []],
      );
    }),
    { numRuns: 300 },
  );
});

test("an event that cannot come is a mistake", () => {
  const event: AgentEvent = {
    type: "tool-start",
    callId: "a",
    name: "x",
    input: {},
    conversationId: "r",
    seq: 0,
  };
  assert.throws(() => reduce(atRest, event, "r"), IllegalEvent);
  assert.equal(reduce(atRest, { ...event, conversationId: "child" }, "r").running.length, 1);
});
