import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { z } from "zod";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { defineTool, noReply, type Tool } from "../../src/conversation/tool.ts";
import { ModelError } from "../../src/llm/errors.ts";
import type { ToolResultPart } from "../../src/llm/message.ts";
import { scripted, type ScriptedStep } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { virtualSystem } from "../support/clock.ts";

const echo = defineTool({
  name: "echo",
  input: z.object({ text: z.string() }),
  run: ({ text }) => text,
});

/** A call of a tool, as a script says it. */
const calls = (
  ...named: readonly (readonly [name: string, input?: object, id?: string])[]
): ScriptedStep => ({
  toolCalls: named.map(([name, input = {}, id]) => ({
    name,
    input: input as never,
    ...(id !== undefined && { id }),
  })),
});

function talk(tools: readonly Tool[], steps: readonly ScriptedStep[], more: object = {}) {
  const model = scripted(steps);
  const events: ConversationEvent[] = [];
  const system = virtualSystem();
  const conversation = createConversation({
    model,
    tools,
    machine: system,
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { conversation, model, events, clock: system.clock };
}

/** What the model is told of each call, in its order. */
function told(conversation: Conversation): [id: string, text: string, isError: boolean][] {
  return results(conversation).map(({ callId, content, isError = false }) => [
    callId,
    content.map((part) => (part.type === "text" ? part.text : part.type)).join("|"),
    isError,
  ]);
}

function results(conversation: Conversation): ToolResultPart[] {
  return conversation.history
    .toArray()
    .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"));
}

/** Whoever goes on with it can: each call has its result. */
function assertSendable(conversation: Conversation): void {
  const messages = conversation.history.toArray();
  const last = messages.at(-1);
  const ends =
    last?.role === "user"
      ? messages
      : [...messages, { role: "user" as const, parts: [{ type: "text" as const, text: "go on" }] }];
  assert.ok(isSendable(ends), JSON.stringify(messages));
}

test("a turn goes on until the model has nothing to have done", async () => {
  const { conversation, model, events } = talk(
    [echo],
    [
      calls(["echo", { text: "one" }, "a"], ["echo", { text: "two" }, "b"]),
      calls(["echo", { text: "three" }, "c"]),
      "that was it",
    ],
  );
  const outcome = await conversation.turn("do it");
  assert.deepEqual([outcome.end, outcome.text, outcome.steps], ["done", "that was it", 3]);
  assert.deepEqual(told(conversation), [
    ["a", "one", false],
    ["b", "two", false],
    ["c", "three", false],
  ]);
  assert.deepEqual(conversation.usage().toolUses, { echo: 3 });
  assert.equal(model.requests.length, 3);
  assertSendable(conversation);
  const kinds = events.map(({ type }) => type).filter((type) => type.startsWith("t"));
  assert.deepEqual(kinds, [
    "tool-start",
    "tool-start",
    "tool-result",
    "tool-result",
    "tool-start",
    "tool-result",
    "turn-end",
  ]);
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, at) => at),
  );
});

test("results come in the order of the calls, whichever is first", async () => {
  let release = (): void => undefined;
  const slow = defineTool({
    name: "slow",
    run: () => new Promise<string>((resolve) => (release = () => resolve("slow"))),
  });
  const quick = defineTool({ name: "quick", run: () => (queueMicrotask(release), "quick") });
  const { conversation, events } = talk(
    [slow, quick],
    [calls(["slow", {}, "a"], ["quick", {}, "b"]), "done"],
  );
  await conversation.turn("go");
  assert.deepEqual(
    told(conversation).map(([id]) => id),
    ["a", "b"],
  );
  const finished = events.flatMap((event) => (event.type === "tool-result" ? [event.callId] : []));
  assert.deepEqual(finished, ["b", "a"]);
});

test("all calls of an answer have begun before any tool runs", async () => {
  const order: string[] = [];
  const tool = defineTool({ name: "tool", run: () => void order.push("run") });
  const { conversation } = talk([tool], [calls(["tool"], ["tool"], ["tool"]), "done"], {
    onEvent: ({ type }: ConversationEvent) => type === "tool-start" && order.push("start"),
  });
  await conversation.turn("go");
  assert.deepEqual(order, ["start", "start", "start", "run", "run", "run"]);
});

test("so many calls run at once, and no more", async () => {
  let running = 0;
  let most = 0;
  const tool = defineTool({
    name: "tool",
    run: async () => {
      most = Math.max(most, ++running);
      await macrotask();
      running--;
    },
  });
  const many = Array.from({ length: 200 }, () => ["tool"] as const);
  const { conversation } = talk([tool], [calls(...many), "done"], { toolConcurrency: 7 });
  await conversation.turn("go");
  assert.equal(most, 7);
  assert.equal(results(conversation).length, 200);
});

const outcomes: readonly (readonly [what: string, step: ScriptedStep, expected: RegExp, isError: boolean])[] =
  [
    ["a tool that is not there", calls(["nothing"]), /^there is no tool named "nothing"; there are: /, true],
    [
      "input that does not fit",
      calls(["echo", { text: 1 }]),
      /^the arguments do not fit echo; nothing was run:\ntext: /,
      true,
    ],
    [
      "arguments that are no JSON",
      { toolCalls: [{ name: "echo", argumentsText: '{"text":"a' }] },
      /^the arguments are not valid JSON.*nothing was run: \{"text":"a$/,
      true,
    ],
    [
      "arguments that are no object",
      { toolCalls: [{ name: "echo", input: [1] }] },
      /^the arguments are not a JSON object/,
      true,
    ],
    ["a tool that throws", calls(["throws"]), /^it is broken$/, true],
    ["a tool that throws no error", calls(["odd"]), /^\{"why":1\}$/, true],
    ["nothing", calls(["nothingMuch"]), /^\(no output\)$/, false],
    ["an empty text", calls(["echo", { text: "" }]), /^\(no output\)$/, false],
    ["a JSON value", calls(["json"]), /^\{"a":\[1,null\]\}$/, false],
    ["a failure in its own words", calls(["fails"]), /^exit code 1$/, true],
    ["megabytes", calls(["long"]), /^x{131072}\n\[3932160 characters left out here\]\nx{131072}$/, false],
    ["a picture", calls(["draws"]), /^image\|done$/, false],
    [
      "what JSON cannot say",
      calls(["circular"]),
      /^\(the tool gave back what cannot be written as JSON: /,
      false,
    ],
  ];

const oddTools = [
  echo,
  defineTool({
    name: "throws",
    run: () => {
      throw new Error("it is broken");
    },
  }),
  // oxlint-disable-next-line no-throw-literal -- as a careless tool does
  defineTool({
    name: "odd",
    run: () => {
      throw { why: 1 } as unknown as Error;
    },
  }),
  defineTool({ name: "nothingMuch", run: () => undefined }),
  defineTool({ name: "json", run: () => ({ a: [1, null] }) }),
  defineTool({ name: "fails", run: () => ({ content: "exit code 1", isError: true, display: { code: 1 } }) }),
  defineTool({ name: "long", run: () => "x".repeat(4 * 1024 * 1024) }),
  defineTool({
    name: "draws",
    run: () => [
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" } } as const,
      { type: "text", text: "done" } as const,
    ],
  }),
  defineTool({
    name: "circular",
    run: () => {
      const value: Record<string, unknown> = {};
      value["self"] = value;
      return value as never;
    },
  }),
];

for (const [what, step, expected, isError] of outcomes) {
  test(`the outcome of ${what}, and siblings are not harmed`, async () => {
    const sibling = { name: "echo", input: { text: "fine" }, id: "sibling" };
    const both = {
      toolCalls: [...((step as { toolCalls: object[] }).toolCalls ?? []), sibling],
    } as ScriptedStep;
    const { conversation } = talk(oddTools, [both, "done"]);
    assert.equal((await conversation.turn("go")).end, "done");
    const [first, second] = told(conversation);
    assert.match(first?.[1] ?? "", expected);
    assert.equal(first?.[2], isError);
    assert.deepEqual(second, ["sibling", "fine", false]);
  });
}

test("what only people see goes along with the event, and not to the model", async () => {
  const { conversation, events, model } = talk(oddTools, [calls(["fails"]), "done"]);
  await conversation.turn("go");
  const event = events.find(({ type }) => type === "tool-result");
  assert.deepEqual(event?.type === "tool-result" && event.display, { code: 1 });
  assert.ok(!JSON.stringify([...(model.requests[1]?.messages ?? [])]).includes('code":1'));
});

test("a tool that ends the turn ends it once it has succeeded", async () => {
  let good = false;
  const finish = defineTool({
    name: "finish",
    endsTurn: true,
    run: () => ({ content: "ok", isError: !good }),
  });
  const { conversation } = talk(
    [finish],
    [calls(["finish"]), () => ((good = true), { toolCalls: [{ name: "finish" }] })],
  );
  const outcome = await conversation.turn("go");
  assert.deepEqual([outcome.end, outcome.steps], ["tool", 2]);
  assertSendable(conversation);
});

test("a tool that wants no reply ends the turn, and the history can be sent", async () => {
  const silent = defineTool({ name: "silent", run: () => noReply });
  const { conversation } = talk(
    [silent, echo],
    [calls(["silent", {}, "a"], ["echo", { text: "x" }, "b"]), "go on"],
  );
  assert.equal((await conversation.turn("go")).end, "no-reply");
  assert.deepEqual(
    told(conversation).map(([id]) => id),
    ["a", "b"],
  );
  assertSendable(conversation);
  assert.equal((await conversation.turn("and?")).end, "done");
});

test("the model is told when it goes in circles, and then stopped", async () => {
  const { conversation } = talk(
    [echo],
    Array.from({ length: 9 }, (_, at) => calls(["echo", { text: "same" }, `c${at}`])),
  );
  const outcome = await conversation.turn("go");
  assert.deepEqual([outcome.end, outcome.steps], ["loop", 6]);
  assert.deepEqual(
    told(conversation).map(([, text]) => text.includes("in a row")),
    [false, false, true, true, true, true],
  );
});

test("calls that bring something new are no circle", async () => {
  let count = 0;
  const next = defineTool({ name: "next", run: () => String(count++) });
  const steps = [...Array.from({ length: 20 }, () => calls(["next"])), "done"];
  assert.equal((await talk([next], steps).conversation.turn("go")).end, "done");
});

test("so many steps and no more; what was asked for last is done", async () => {
  const { conversation } = talk(
    [echo],
    Array.from({ length: 9 }, (_, at) => calls(["echo", { text: String(at) }])),
  );
  const outcome = await conversation.turn("go", { maxSteps: 4 });
  assert.deepEqual([outcome.end, outcome.steps], ["steps", 4]);
  assert.equal(results(conversation).length, 4);
  assertSendable(conversation);
});

test("what the user says meanwhile reaches the model at the next step, also when it was done", async () => {
  const said = new Map([
    [1, "be quick"],
    [2, "one more thing"],
  ]);
  const { conversation, model } = talk([echo], [calls(["echo", { text: "a" }]), "done?", "done!"]);
  const steering = (): string | undefined => {
    const text = said.get(model.requests.length);
    said.delete(model.requests.length);
    return text;
  };
  const outcome = await conversation.turn("go", { steering });
  assert.equal(outcome.text, "done!");
  assert.deepEqual(
    conversation.history.toArray().map(({ role, parts }) => [role, ...parts.map(({ type }) => type)]),
    [
      ["user", "text"],
      ["assistant", "tool-call"],
      ["user", "tool-result"],
      ["user", "text"],
      ["assistant", "text"],
      ["user", "text"],
      ["assistant", "text"],
    ],
  );
  assertSendable(conversation);
});

test("a request that fails ends the turn with its error, and a turn without a message goes on", async () => {
  const failure = new ModelError("no", { kind: "server" });
  const { conversation, model } = talk([echo], [calls(["echo", { text: "a" }]), { error: failure }, "done"]);
  const outcome = await conversation.turn("go");
  assert.deepEqual([outcome.end, outcome.error], ["failed", failure]);
  const before = conversation.history;
  assert.equal((await conversation.turn()).end, "done");
  // Nothing ran twice, and the request that failed was made again as it was.
  assert.equal(results(conversation).length, 1);
  assert.deepEqual([...(model.requests[2]?.messages ?? [])], before.toArray());
});

test("a budget that is used up ends the turn", async () => {
  const { conversation } = talk([echo], [calls(["echo", { text: "a" }]), "never"], {
    budget: { responses: 1 },
  });
  const outcome = await conversation.turn("go");
  assert.equal(outcome.end, "budget");
  assert.match(String(outcome.error), /budget/);
  assertSendable(conversation);
});

test("calls with the ids of earlier calls get their own", async () => {
  const same = (text: string): ScriptedStep => calls(["echo", { text }, "call_0"]);
  const { conversation, events } = talk([echo], [same("a"), same("b"), same("c"), "done"]);
  await conversation.turn("go");
  const ids = told(conversation).map(([id]) => id);
  assert.equal(new Set(ids).size, 3);
  const started = events.flatMap((event) => (event.type === "tool-start" ? [event.callId] : []));
  assert.deepEqual(started, ids);
  assertSendable(conversation);
});

test("a message to calls that nobody ran closes them, before what it says", async () => {
  const { conversation } = talk(
    [echo],
    [calls(["echo", { text: "a" }, "a"], ["echo", { text: "b" }, "b"]), "fine"],
  );
  const response = await conversation.send("go");
  assert.equal(response.toolCalls.length, 2);
  await conversation.send("never mind");
  assert.deepEqual(
    told(conversation).map(([id, , isError]) => [id, isError]),
    [
      ["a", true],
      ["b", true],
    ],
  );
  assertSendable(conversation);
});

test("by hand: the results of an answer's calls, sent as parts", async () => {
  const { conversation } = talk([echo], [calls(["echo", { text: "a" }, "a"]), "fine"]);
  const response = await conversation.send("go");
  const parts = await conversation.runTools(response);
  assert.equal((await conversation.send(parts)).text, "fine");
  assert.deepEqual(told(conversation), [["a", "a", false]]);
});

test("a tool cannot call back into its own conversation, but into children", async () => {
  const tool = defineTool({
    name: "ask",
    run: async (_, { conversation, child }) => {
      await assert.rejects(conversation.send("hello?"), { name: "ConfigurationError", code: "busy" });
      return (await child().send("hello")).text;
    },
  });
  const { conversation, model } = talk([tool], [calls(["ask", {}, "a"]), "from the child", "done"]);
  await conversation.turn("go");
  assert.deepEqual(told(conversation), [["a", "from the child", false]]);
  assert.equal(conversation.usage().responses, 3);
  assert.equal(model.requests[1]?.tools, undefined);
});

test("what a listener throws ends the turn, and leaves a history that can be sent", async () => {
  for (const at of ["tool-start", "tool-result", "message", "response"]) {
    let armed = true;
    const { conversation } = talk(
      [echo],
      [calls(["echo", { text: "a" }], ["echo", { text: "b" }]), "done", "done"],
      {
        onEvent: ({ type, conversationId }: ConversationEvent) => {
          if (type !== at || !armed || conversationId === "") return;
          armed = false;
          throw new Error("listener");
        },
      },
    );
    await assert.rejects(conversation.turn("go"), /listener/, at);
    assert.equal((await conversation.turn("again")).end, "done", at);
    assertSendable(conversation);
  }
});

test("calls of tools are limited before they run; who may not run is told, and the turn ends", async () => {
  const many = Array.from({ length: 5 }, (_, at) => ["echo", { text: String(at) }, `c${at}`] as const);
  const { conversation } = talk([echo], [calls(["echo", { text: "a" }, "a"]), calls(...many), "never"], {
    budget: { toolCalls: 3 },
  });
  const outcome = await conversation.turn("go");
  assert.equal(outcome.end, "budget");
  assert.match(String(outcome.error), /toolCalls|tool calls/);
  assert.deepEqual(
    told(conversation).map(([id, , isError]) => [id, isError]),
    [["a", false], ...many.map(([, , id]) => [id, true])],
  );
  assert.deepEqual(conversation.usage().toolUses["echo"], 6);
  assertSendable(conversation);
});
