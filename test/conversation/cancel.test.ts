import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import type { BudgetExceeded } from "../../src/llm/errors.ts";
import { defineModel } from "../../src/providers/model.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem } from "../support/clock.ts";

/** A tool that waits until it is let go, told to stop, or neither. */
function waiting(name: string, heeds = true) {
  const signals: AbortSignal[] = [];
  const release: ((text: string) => void)[] = [];
  const tool = defineTool({
    name,
    run: (_, { signal }) => {
      signals.push(signal);
      return new Promise<string>((resolve, reject) => {
        release.push(resolve);
        if (heeds) signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      });
    },
  });
  return { tool, signals, release };
}

function talk(tools: readonly Tool[], steps: readonly ScriptedStep[], more: object = {}) {
  const events: ConversationEvent[] = [];
  const system = virtualSystem();
  const model = scripted(steps);
  const conversation = createConversation({
    model,
    tools,
    machine: system,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { conversation, events, model, clock: system.clock };
}

const twoCalls: ScriptedStep = {
  toolCalls: [
    { name: "a", id: "A" },
    { name: "b", id: "B" },
  ],
};

function told(conversation: Conversation): string[] {
  return conversation.history
    .toArray()
    .flatMap(({ parts }) =>
      parts.flatMap((part) =>
        part.type !== "tool-result"
          ? []
          : [
              `${part.callId}${part.isError === true ? "!" : ""} ${part.content.map((each) => (each.type === "text" ? each.text : "")).join("")}`,
            ],
      ),
    );
}

function assertSendable(conversation: Conversation): void {
  const messages = conversation.history.toArray();
  const more = { role: "user" as const, parts: [{ type: "text" as const, text: "go on" }] };
  assert.ok(isSendable([...messages, more]), JSON.stringify(messages));
}

/** Until both tools have begun. */
async function begun(...tools: readonly { readonly signals: readonly AbortSignal[] }[]): Promise<void> {
  while (tools.some(({ signals }) => signals.length === 0)) await macrotask();
}

test("one call is cancelled with a cause that the model is told; the other goes on", async () => {
  const a = waiting("a");
  const b = waiting("b");
  const { conversation } = talk([a.tool, b.tool], [twoCalls, "done"]);
  const turn = conversation.turn("go");
  await begun(a, b);
  conversation.cancelTool("A", new Error("too slow"));
  assert.equal(a.signals[0]?.aborted, true);
  assert.equal(b.signals[0]?.aborted, false);
  assert.throws(() => conversation.cancelTool("A"), { code: "no-such-call" });
  await macrotask();
  b.release[0]?.("fine");
  assert.equal((await turn).end, "done");
  assert.deepEqual(told(conversation), ["A! cancelled: too slow", "B fine"]);
  assert.throws(() => conversation.cancelTool("B"), { code: "no-such-call" });
  assert.throws(() => conversation.cancelTool("X"), { code: "no-such-call" });
});

test("a turn that is cancelled keeps what is finished, marks the rest, and asks no more", async () => {
  const a = waiting("a");
  const b = waiting("b");
  const { conversation, model } = talk([a.tool, b.tool], [twoCalls, "never"]);
  const controller = new AbortController();
  const turn = conversation.turn("go", { signal: controller.signal });
  await begun(a, b);
  a.release[0]?.("finished");
  await macrotask();
  const cause = new Error("enough");
  controller.abort(cause);
  const outcome = await turn;
  assert.deepEqual([outcome.end, outcome.cause, outcome.steps], ["cancelled", cause, 1]);
  assert.deepEqual(told(conversation), ["A finished", "B! cancelled: enough"]);
  assert.equal(model.requests.length, 1);
  assertSendable(conversation);
});

test("a tool that finishes although it was told to stop has finished", async () => {
  const a = waiting("a", false);
  const { conversation } = talk([a.tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"]);
  const turn = conversation.turn("go");
  await begun(a);
  conversation.cancel(new Error("stop"));
  a.release[0]?.("was just done");
  assert.equal((await turn).end, "cancelled");
  assert.deepEqual(told(conversation), ["A was just done"]);
});

test("a tool that does not listen is left behind after its grace, and what it does then is nobody's business", async () => {
  const a = waiting("a", false);
  const { conversation, clock, events } = talk([a.tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"], {
    toolGraceMs: 500,
  });
  const turn = conversation.turn("go");
  await begun(a);
  conversation.cancel(new Error("stop"));
  clock.advance(499);
  await macrotask();
  assert.equal(told(conversation).length, 0);
  clock.advance(1);
  assert.equal((await turn).end, "cancelled");
  assert.deepEqual(told(conversation), ["A! cancelled: stop; it did not stop, and may still be running"]);
  const count = events.length;
  a.release[0]?.("too late");
  await macrotask();
  assert.equal(events.length, count);
  assert.equal(clock.pending, 0);
});

test("a tool has its time, and no more", async () => {
  const tool = defineTool({
    name: "a",
    timeoutMs: 3000,
    run: (_, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      ),
  });
  const { conversation, clock } = talk([tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"]);
  const turn = conversation.turn("go");
  await clock.set(3000);
  clock.advance(3000);
  assert.equal((await turn).end, "done");
  assert.deepEqual(told(conversation), ["A! timed out after 3 s"]);
  assert.equal(clock.pending, 0);
});

test("a request is aborted with its turn; the user's message stays", async () => {
  const reason = new Error("not now");
  const model = scripted(async (_, index) => {
    if (index > 0) return "later";
    conversation.cancel(reason);
    await macrotask();
    return "nobody hears this";
  });
  const conversation = createConversation({ model });
  const outcome = await conversation.turn("go");
  assert.deepEqual([outcome.end, outcome.cause], ["cancelled", reason]);
  assertSendable(conversation);
  assert.equal((await conversation.turn("and now?")).text, "later");
});

for (const by of ["cancel", "signal"] as const) {
  test(`a request that nobody answers ends with its turn, by ${by}`, async () => {
    const reason = new Error("not now");
    const asked: AbortSignal[] = [];
    const model = defineModel(scripted([]).info, (_, { signal } = {}) => {
      assert.ok(signal !== undefined);
      asked.push(signal);
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    });
    const conversation = createConversation({ model });
    const controller = new AbortController();
    const turn = conversation.turn("go", { signal: controller.signal });
    await begun({ signals: asked });
    if (by === "cancel") conversation.cancel(reason);
    else controller.abort(reason);
    assert.equal(asked[0]?.reason, reason);
    const { end, cause, steps } = await turn;
    assert.deepEqual([end, cause, steps], ["cancelled", reason, 1]);
  });
}

test("cancelling reaches children, those of a tool with its call", async () => {
  let heard: unknown;
  const nested = defineTool({
    name: "a",
    run: async (_, { child }) => {
      try {
        return (await child({ tools: [] }).send("hello")).text;
      } catch (error) {
        heard = error;
        throw error;
      }
    },
  });
  const cause = new Error("stop");
  const model = scripted(async (_, index) => {
    if (index === 0) return { toolCalls: [{ name: "a", id: "A" }] };
    if (index === 1) {
      conversation.cancelTool("A", cause);
      await macrotask();
    }
    return "done";
  });
  const conversation = createConversation({ model, tools: [nested] });
  assert.equal((await conversation.turn("go")).end, "done");
  assert.equal(heard, cause);
  assert.deepEqual(told(conversation), ["A! cancelled: stop"]);
});

for (const by of ["cancel", "signal"] as const) {
  test(`cancelling a turn reaches a child that nobody bound to it, by ${by}`, async () => {
    const cause = new Error("stop");
    const controller = new AbortController();
    const model = scripted(async (_, index) => {
      if (index === 0) return { toolCalls: [{ name: "a", id: "A" }] };
      if (by === "cancel") conversation.cancel(cause);
      else controller.abort(cause);
      await macrotask();
      return "nobody hears this";
    });
    let heard: unknown;
    const tool = defineTool({
      name: "a",
      run: async (_, { conversation }) => {
        try {
          return (await conversation.child().send("hi")).text;
        } catch (error) {
          heard = error;
          throw error;
        }
      },
    });
    const conversation = createConversation({ model, tools: [tool] });
    assert.equal((await conversation.turn("go", { signal: controller.signal })).end, "cancelled");
    assert.equal(heard, cause);
    assert.deepEqual(told(conversation), ["A! cancelled: stop"]);
  });
}

test("leave: allowed, denied with a reason, and asked for", async () => {
  const ran: string[] = [];
  const tool = (name: string): Tool => defineTool({ name, run: () => (ran.push(name), `${name} ran`) });
  const { conversation, events } = talk(
    [tool("yes"), tool("no"), tool("ask"), tool("askno")],
    [{ toolCalls: ["yes", "no", "ask", "askno"].map((name) => ({ name, id: name })) }, "done"],
    {
      approve: ({ name }: { name: string }) =>
        name.startsWith("ask") ? "ask" : name === "no" ? { deny: "not on a Sunday" } : "allow",
    },
  );
  const turn = conversation.turn("go");
  while (events.filter(({ type }) => type === "tool-approval").length < 2) await macrotask();
  // Nobody runs before all is decided.
  assert.deepEqual(ran, []);
  assert.throws(() => conversation.decide("yes", "allow"), { code: "no-such-call" });
  conversation.decide("ask", "allow");
  await macrotask();
  assert.deepEqual(ran, []);
  conversation.decide("askno", "deny");
  assert.throws(() => conversation.decide("askno", "allow"), { code: "no-such-call" });
  assert.equal((await turn).end, "done");
  assert.deepEqual(ran, ["yes", "ask"]);
  assert.deepEqual(told(conversation), [
    "yes yes ran",
    "no! denied: not on a Sunday",
    "ask ask ran",
    "askno! the user denied this call",
  ]);
});

test("whoever waits for leave can be cancelled, alone or with the turn, also where the policy never answers", async () => {
  const tool = defineTool({ name: "a", run: () => "ran" });
  for (const policy of [() => "ask" as const, () => new Promise<never>(() => undefined)]) {
    const { conversation, events } = talk([tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"], {
      approve: policy,
    });
    const turn = conversation.turn("go");
    while (!events.some(({ type }) => type === "response")) await macrotask();
    await macrotask();
    conversation.cancel(new Error("never mind"));
    assert.equal((await turn).end, "cancelled");
    assert.deepEqual(told(conversation), ["A! cancelled before it began: never mind"]);
    assertSendable(conversation);
  }
  const { conversation, events } = talk([tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"], {
    approve: () => "ask",
  });
  const turn = conversation.turn("go");
  while (!events.some(({ type }) => type === "tool-approval")) await macrotask();
  conversation.cancelTool("A", "changed my mind");
  assert.equal((await turn).end, "done");
  assert.deepEqual(told(conversation), ["A! cancelled before it began: changed my mind"]);
});

test("a policy that throws denies", async () => {
  const tool = defineTool({ name: "a", run: () => "ran" });
  const { conversation } = talk([tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"], {
    approve: () => {
      throw new Error("policy file is broken");
    },
  });
  await conversation.turn("go");
  assert.deepEqual(told(conversation), [
    "A! denied: nobody could say whether it may run: policy file is broken",
  ]);
});

test("forks of a turn under way begin with what there is, and close what is open for themselves", async () => {
  const a = waiting("a");
  const { conversation } = talk([a.tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "forked", "done"]);
  const turn = conversation.turn("go");
  await begun(a);
  const fork = conversation.fork();
  assert.equal((await fork.send("what now?")).text, "forked");
  assertSendable(fork);
  a.release[0]?.("fine");
  assert.equal((await turn).end, "done");
  assert.deepEqual(told(conversation), ["A fine"]);
});

test("a second turn while one runs is refused, and harms nothing", async () => {
  const a = waiting("a");
  const { conversation } = talk([a.tool], [{ toolCalls: [{ name: "a", id: "A" }] }, "done"]);
  const turn = conversation.turn("go");
  await begun(a);
  await assert.rejects(conversation.turn("me too"), { code: "busy" });
  await assert.rejects(conversation.send("me too"), { code: "busy" });
  a.release[0]?.("fine");
  assert.equal((await turn).end, "done");
});

test("when the time of a budget is over, tools that run are stopped and what is finished is kept", async () => {
  const a = waiting("a");
  const b = waiting("b");
  const { conversation, clock } = talk([a.tool, b.tool], [twoCalls, "never"], {
    budget: { wallTimeMs: 1000 },
  });
  const turn = conversation.turn("go");
  while (b.release.length === 0) await macrotask();
  a.release[0]?.("a is done");
  await macrotask();
  clock.advance(1000);
  const { end, error } = await turn;
  assert.equal(end, "budget");
  assert.equal((error as BudgetExceeded).limit, "wallTimeMs");
  const [first, second] = told(conversation);
  assert.equal(first, "A a is done");
  assert.match(second ?? "", /^B! cancelled: budget reached: 1000 of 1000 ms/);
  assert.equal(conversation.history.length, 3);
});
