/*
 * What the tests of sketch.dev's packages `llm/conversation` and `loop` pin down, restated: where the original is wrong, as
 * it should be. Budgets stand in budget.test.ts.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { openTrace } from "../../src/httprr/index.ts";
import { ModelError } from "../../src/llm/errors.ts";
import type { JsonObject } from "../../src/llm/json.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import { text } from "../../src/llm/message.ts";
import type { Response } from "../../src/llm/response.ts";
import { defineModel } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { scripted } from "../../src/testing/scripted.ts";
import * as say from "../support/answers.ts";
import { firstRequest, neutral, string, trace } from "../support/traces.ts";

/** A model on the wire of the original, and the bodies that it was sent. */
function onTheWire(...answers: readonly string[]) {
  const bodies: JsonObject[] = [];
  const fetch = (async (_: unknown, init: { body: Blob }) => {
    bodies.push(JSON.parse(await init.body.text()) as JsonObject);
    return new globalThis.Response(JSON.stringify(say.wholeAnswer(answers[bodies.length - 1] ?? "")));
  }) as unknown as typeof globalThis.fetch;
  const model = openModel({
    protocol: "anthropic-messages",
    baseUrl: "http://127.0.0.1",
    model: "claude",
    streaming: false,
    fetch,
  });
  return { model, bodies };
}

/** Where the cache marks stand in a body. */
function marks(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === "cache_control" ? [path] : marks(member, `${path}/${key}`),
  );
}

const shell = (id: string): object => ({ name: "shell", input: {}, id });
const twoCalls = { toolCalls: [shell("A"), shell("B")] } as never;

function results(message: Message | undefined): [string, boolean][] {
  return (message?.parts ?? []).flatMap((part): [string, boolean][] =>
    part.type === "tool-result" ? [[part.callId, part.isError === true]] : [],
  );
}

test("1: marks stand at the system and at the newest message, and not in what is stored", async () => {
  const { model, bodies } = onTheWire("one", "two");
  const conversation = createConversation({ model, system: "Be brief." });
  await conversation.send("first");
  await conversation.send("second");
  assert.deepEqual(marks(bodies[0]), ["/system/0", "/messages/0/content/0"]);
  assert.deepEqual(marks(bodies[1]), ["/system/0", "/messages/2/content/0"]);
  assert.deepEqual(marks(conversation.history.toArray()), []);
  const without = onTheWire("one");
  await createConversation({ model: without.model, system: "Be brief.", cache: false }).send("first");
  assert.deepEqual(marks(without.bodies[0]), []);
});

test("2: a request that fails is told, and leaves the message to be sent again", async () => {
  const failure = new ModelError("no", { kind: "server" });
  const events: string[] = [];
  const conversation = createConversation({
    model: scripted([{ error: failure }, "there you are"]),
    onEvent: ({ type }) => events.push(type),
  });
  await assert.rejects(conversation.send("hello"), failure);
  assert.deepEqual([events[0], events.at(-1)], ["message", "error"]);
  assert.equal(conversation.usage().responses, 0);
  assert.equal((await conversation.send()).text, "there you are");
  assert.equal(conversation.history.length, 2);
});

test("3: a text to two calls sends exactly two results, A and B, before the text", async () => {
  const conversation = createConversation({ model: scripted([twoCalls, "fine"]) });
  await conversation.send("go");
  await conversation.send("never mind");
  const said = conversation.history.toArray()[2];
  assert.deepEqual(results(said), [
    ["A", true],
    ["B", true],
  ]);
  assert.deepEqual(
    said?.parts.map(({ type }) => type),
    ["tool-result", "tool-result", "text"],
  );
});

test("4: a result for A alone is sent with one for B", async () => {
  const conversation = createConversation({ model: scripted([twoCalls, "fine"]) });
  await conversation.send("go");
  const result: Part = { type: "tool-result", callId: "A", content: [text("ok")] };
  await conversation.send([result]);
  assert.deepEqual(results(conversation.history.toArray()[2]), [
    ["A", false],
    ["B", true],
  ]);
});

test("5 and 8: B is faster than A; a tool that is not there is counted, and harms nobody", async () => {
  let release = (): void => undefined;
  const tools = [
    defineTool({
      name: "slow",
      run: () => new Promise<string>((resolve) => (release = () => resolve("slow"))),
    }),
    defineTool({ name: "quick", run: () => (queueMicrotask(release), "quick") }),
  ];
  const events: ConversationEvent[] = [];
  const calls = ["slow", "quick", "unheard_of"].map((name) => ({ name, input: {}, id: name }));
  const conversation = createConversation({
    model: scripted([{ toolCalls: calls }, "done"]),
    tools,
    onEvent: (event) => events.push(event),
  });
  await conversation.turn("go");
  assert.deepEqual(results(conversation.history.toArray()[2]), [
    ["slow", false],
    ["quick", false],
    ["unheard_of", true],
  ]);
  const order = events.flatMap((event) =>
    event.type === "tool-start" || event.type === "tool-result" ? [`${event.type} ${event.name}`] : [],
  );
  assert.deepEqual(order.slice(0, 3), ["tool-start slow", "tool-start quick", "tool-start unheard_of"]);
  assert.ok(order.indexOf("tool-result quick") < order.indexOf("tool-result slow"));
  assert.deepEqual(conversation.usage().toolUses, { slow: 1, quick: 1, unheard_of: 1 });
});

// The table of the original's TestCancelToolUse.
for (const { name, known, again } of [
  { name: "cancel a call that runs", known: true, again: false },
  { name: "cancel it a second time", known: true, again: true },
  { name: "cancel a call that is not there", known: false, again: false },
]) {
  test(`6: ${name}`, async () => {
    const endless = defineTool({
      name: "endless",
      run: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        ),
    });
    const conversation = createConversation({
      model: scripted([{ toolCalls: [{ name: "endless", id: "A" }] }, "done"]),
      tools: [endless],
    });
    const turn = conversation.turn("go");
    await macrotask();
    await macrotask();
    const id = known ? "A" : "X";
    const cause = new Error("because");
    if (!known) assert.throws(() => conversation.cancelTool(id, cause), { code: "no-such-call" });
    if (again || !known) conversation.cancelTool("A", cause);
    if (again) assert.throws(() => conversation.cancelTool("A", cause), { code: "no-such-call" });
    if (known && !again) conversation.cancelTool(id, cause);
    await turn;
    assert.match(JSON.stringify(conversation.history.toArray()[2]), /cancelled: because/);
    assert.throws(() => conversation.cancelTool("A", cause), { code: "no-such-call" });
  });
}

test("10: what a child uses is also its parent's and the root's", async () => {
  const model = scripted(["a", "b", "c"]);
  const root = createConversation({ model });
  const child = root.child();
  const grandchild = child.child();
  await root.send("1");
  await child.send("2");
  await grandchild.send("3");
  assert.deepEqual(
    [root, child, grandchild].map((conversation) => conversation.usage().responses),
    [3, 2, 1],
  );
});

test("11: an answer of nothing is not sent back", async () => {
  const { model, bodies } = onTheWire("", "fine");
  const conversation = createConversation({ model });
  await conversation.send("one");
  await conversation.send("two");
  const { messages } = bodies[1] as { messages: { role: string }[] };
  assert.deepEqual(
    messages.map(({ role }) => role),
    ["user", "user"],
  );
});

test("a model that answers with nothing at all ends a turn with an error, and harms nothing", async () => {
  const broken = defineModel({ name: "broken", provider: "test", protocol: "none" }, async () =>
    Promise.resolve(undefined as unknown as Response),
  );
  const conversation = createConversation({ model: broken });
  const outcome = await conversation.turn("go");
  assert.equal(outcome.end, "failed");
  assert.ok(outcome.error instanceof ModelError && outcome.error.kind === "malformed");
  assert.equal(conversation.history.length, 1);
});

for (const file of ["sketch-4f84ab7/loop/agent_loop.httprr", "sketch/loop/agent_loop.httprr"]) {
  const path = trace(file);
  test(`${file} replays through a turn`, { skip: path === undefined }, async (t) => {
    const body = firstRequest(path ?? "");
    const { system = [], tools = [], messages } = neutral(body);
    const replay = await openTrace(path ?? "", { mode: "replay", match: "conversation" });
    t.after(() => replay.close());
    const conversation = createConversation({
      model: openModel(string(body["model"]), { apiKey: "k", fetch: replay.fetch, streaming: false }),
      system,
      tools: tools.map((tool) =>
        tool.type === "vendor"
          ? tool
          : defineTool({ name: tool.name, input: tool.inputSchema, run: () => "not run here" }),
      ),
    });
    const [question] = [...messages];
    const outcome = await conversation.turn(question?.parts ?? []);
    assert.deepEqual([outcome.end, outcome.steps], ["done", 1]);
    assert.match(outcome.text, /bash/);
    assert.ok(conversation.usage().cost.known);
  });
}
