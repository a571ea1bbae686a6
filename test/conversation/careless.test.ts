import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { ConversationOptions } from "../../src/conversation/options.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem } from "../support/clock.ts";
import { settled } from "../support/gate.ts";

/* What careless listeners, policies and tools do harms nothing but what they do. Each was found by simulation. */

const calls = (...names: readonly string[]): ScriptedStep => ({
  toolCalls: names.map((name, at) => ({ name, id: `c${at}` })),
});

function talk(
  tools: readonly Tool[],
  steps: readonly ScriptedStep[],
  more: Partial<ConversationOptions> = {},
) {
  const system = virtualSystem();
  const events: ConversationEvent[] = [];
  const { onEvent } = more;
  const conversation = createConversation({
    tools,
    machine: system,
    ...more,
    model: scripted(steps),
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
  });
  return { conversation, events, clock: system.clock };
}

function told(conversation: Conversation): string[] {
  return conversation.history
    .toArray()
    .flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.type === "tool-result"
          ? [
              `${part.callId}: ${part.content.map((each) => (each.type === "text" ? each.text : "")).join("")}`,
            ]
          : [],
      ),
    );
}

function assertClosed(conversation: Conversation): void {
  const more = { role: "user" as const, parts: [{ type: "text" as const, text: "go on" }] };
  assert.ok(isSendable([...conversation.history.toArray(), more]));
}

for (const type of ["tool-start", "tool-result", "tool-progress"] as const) {
  test(`a listener that throws at ${type}: no tool runs twice, and each call has one result, which is kept`, async () => {
    const runs: string[] = [];
    let broken = false;
    const tool = (name: string): Tool =>
      defineTool({
        name,
        run: (_, { progress }) => {
          runs.push(name);
          progress(1);
          return `${name} is done`;
        },
      });
    const { conversation, events } = talk([tool("one"), tool("two")], [calls("one", "two"), "never"], {
      onEvent: (event) => {
        if (event.type !== type || broken) return;
        broken = true;
        throw new Error("careless");
      },
    });
    await assert.rejects(conversation.turn("go"), /careless/);
    assert.equal(new Set(runs).size, runs.length);
    const results = events.flatMap((event) => (event.type === "tool-result" ? [event.callId] : []));
    assert.deepEqual(results.sort(), ["c0", "c1"]);
    assert.deepEqual(told(conversation).filter((each) => each.includes("is done")).length, runs.length);
    assert.deepEqual(conversation.usage().toolUses, { one: 1, two: 1 });
    assertClosed(conversation);
  });
}

test("a listener that cancels and then throws when the answer comes leaves no call open", async () => {
  const { conversation } = talk([defineTool({ name: "one", run: () => "done" })], [calls("one"), "never"], {
    onEvent: ({ type }) => {
      if (type !== "response") return;
      conversation.cancel("enough");
      throw new Error("careless");
    },
  });
  assert.equal((await conversation.turn("go")).end, "cancelled");
  assert.deepEqual(told(conversation), ["c0: cancelled before it began: enough"]);
  assertClosed(conversation);
});

for (const way of ["turn", "by hand"] as const) {
  test(`a call that is cancelled while a policy thinks: it is asked of each call once, and denies none (${way})`, async () => {
    const asked: string[] = [];
    let allow = (): void => undefined;
    const tool = defineTool({ name: "one", run: () => "done" });
    const { conversation } = talk([tool], [calls("one", "one"), "fine"], {
      approve: ({ id }) => {
        asked.push(id);
        return new Promise((resolve) => (allow = () => resolve("allow")));
      },
    });
    const response = way === "turn" ? undefined : await conversation.send("go");
    const running = response === undefined ? conversation.turn("go") : conversation.runTools(response);
    await settled();
    conversation.cancelTool("c0", "not that one");
    await settled();
    allow();
    const results = await running;
    assert.deepEqual(asked, ["c0", "c1"]);
    if ("length" in results) await conversation.send(results);
    assert.deepEqual(told(conversation), ["c0: cancelled before it began: not that one", "c1: done"]);
  });
}

test("a policy that answers after its turn was cancelled asks nobody any more", async () => {
  let ask = (): void => undefined;
  const { conversation, events } = talk([defineTool({ name: "one", run: () => "done" })], [calls("one")], {
    approve: () => new Promise((resolve) => (ask = () => resolve("ask"))),
  });
  const turn = conversation.turn("go");
  await settled();
  conversation.cancel();
  assert.equal((await turn).end, "cancelled");
  ask();
  await settled();
  assert.equal(events.at(-1)?.type, "turn-end");
});

test("a call that is stopped before it began leaves no timer behind", async () => {
  const { conversation, clock } = talk([defineTool({ name: "one", run: () => "done" })], [calls("one")], {
    approve: () => "ask",
    onEvent: ({ type }) => type === "tool-approval" && conversation.cancel(),
  });
  assert.equal((await conversation.turn("go")).end, "cancelled");
  assert.equal(clock.pending, 0);
});

test("what a tool's child still asks when the call is over ends with the call", async () => {
  const children: Promise<unknown>[] = [];
  const tool = defineTool({
    name: "one",
    run: (_, { child }) => {
      const silent = scripted(() => new Promise(() => undefined));
      children.push(child({ model: hung(silent) }).send("are you there?"));
      return "done";
    },
  });
  const { conversation } = talk([tool], [calls("one"), "fine"]);
  assert.equal((await conversation.turn("go")).end, "done");
  await assert.rejects(children[0] as Promise<unknown>, /the call that asked is over/);
});

/** A model that never answers, and listens to its signal. */
function hung(model: ConversationOptions["model"]): ConversationOptions["model"] {
  return {
    ...model,
    complete: (_, { signal } = {}) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason as Error)),
      ),
  };
}

test("a model that pauses with calls open is not sent its own message back", async () => {
  const { conversation } = talk([], [{ toolCalls: [{ name: "one" }], stopReason: "pause" }, "fine"]);
  await conversation.send("go");
  await assert.rejects(conversation.send(), { code: "invalid-option" });
  assert.equal((await conversation.send("never mind")).text, "fine");
  assertClosed(conversation);
});

test("what is steered into a turn closes the calls that nobody ran", async () => {
  const { conversation } = talk([], [calls("one"), "fine"]);
  await conversation.send("go");
  const steering = ["and this"];
  assert.equal((await conversation.turn(undefined, { steering: () => steering.pop() })).text, "fine");
  assertClosed(conversation);
});

test("blanks say nothing: they are not sent", async () => {
  const { conversation } = talk([], ["fine"]);
  await assert.rejects(conversation.send(" \n"), { code: "invalid-option" });
  await assert.rejects(conversation.send([{ type: "text", text: "\t" }]), { code: "invalid-option" });
  assert.equal(conversation.history.length, 0);
  const steering = [" "];
  await conversation.turn("go", { steering: () => steering.pop() });
  assert.equal(conversation.history.length, 2);
});

test("a listener that throws keeps no event from the others", async () => {
  const { conversation, events } = talk([], ["fine"]);
  const onEvent = (): never => {
    throw new Error("careless");
  };
  await assert.rejects(conversation.send("go", { onEvent }), /careless/);
  assert.deepEqual(
    events.map(({ seq, type }) => `${seq} ${type}`),
    ["0 message", "1 error"],
  );
});

test("a call whose schema takes for ever can be cancelled", async () => {
  const input = z.object({}).refine(() => new Promise<boolean>(() => undefined));
  const tool = defineTool({ name: "one", input, run: () => "never" });
  const { conversation, clock } = talk([tool], [calls("one"), "fine"]);
  const turn = conversation.turn("go");
  await settled();
  conversation.cancelTool("c0", "too long");
  clock.advance(2000);
  assert.equal((await turn).end, "done");
  assert.match(told(conversation)[0] ?? "", /^c0: cancelled: too long/);
});

test("a call that was stopped cannot be decided any more", async () => {
  const deaf = defineTool({ name: "deaf", run: () => new Promise<string>(() => undefined) });
  const tool = defineTool({ name: "one", run: () => "done" });
  const { conversation, clock } = talk([deaf, tool], [calls("deaf", "one"), "fine"], {
    approve: (_, { name }) => (name === "deaf" ? "allow" : "ask"),
  });
  const answer = await conversation.send("go");
  const running = conversation.runTools(answer);
  await settled();
  conversation.cancel("enough");
  assert.throws(() => conversation.decide("c1", "allow"), { code: "no-such-call" });
  clock.advance(2000);
  assert.equal((await running).length, 2);
});

test("a tool that is added to the list later is offered from then on, and runs", async () => {
  const tool = (name: string): Tool =>
    defineTool({ name, description: name, input: z.object({}), run: () => name });
  const tools = [tool("one")];
  const { conversation } = talk(tools, [calls("one"), { text: "ok" }, calls("two"), { text: "ok" }]);
  await conversation.turn("go");
  tools.push(tool("two"));
  await conversation.turn("go on");
  assert.deepEqual(
    told(conversation).map((each) => each.split(": ")[1]),
    ["one", "two"],
  );
});

test("what is no signal, and what is no answer, leaves nothing under way", async () => {
  const { conversation } = talk([], [{ text: "fine" }]);
  const child = conversation.child({ signal: {} as AbortSignal });
  for (let time = 0; time < 2; time++) {
    await assert.rejects(conversation.runTools({} as never), TypeError);
    await assert.rejects(conversation.send("hello", { signal: {} as AbortSignal }), TypeError);
    await assert.rejects(child.send("hello"), TypeError);
    await assert.rejects(child.turn("hello"), TypeError);
  }
  assert.equal((await conversation.send("hello")).text, "fine");
});
