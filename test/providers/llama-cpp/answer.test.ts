import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { createConversation } from "../../../src/conversation/conversation.ts";
import { ModelError } from "../../../src/llm/errors.ts";
import type { StreamEvent } from "../../../src/llm/event.ts";
import { text, userMessage } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import type { StopReason } from "../../../src/llm/response.ts";
import { chatHistory } from "../../../src/providers/llama-cpp/chat-history.ts";
import { assertWellFormed, watch } from "../../rehearsal/support.ts";
import { modelError, rejection } from "../../support/failure.ts";
import { gate, Heard, settled } from "../../support/gate.ts";
import { ended, hello, openFake, saying, type Script } from "./fake-llama.ts";

test("an answer is told in the order of all models, and is their sum", async (t) => {
  const { model } = openFake(t, (ask) => {
    ask.say({ segmentType: "thought", text: "Hm" });
    ask.say({ segmentType: "thought", text: "m." });
    ask.say({ segmentType: "comment", text: "Well:" });
    ask.say({ text: "" });
    ask.say({ text: "Hel" });
    ask.say({ text: "lo" });
    return ended;
  });
  const { events, error } = await watch(model, hello);
  assert.equal(error, undefined);
  assertWellFormed(events, false);
  assert.ok(events.every((event) => event.type !== "part-delta" || !("text" in event) || event.text !== ""));
  const last = events.at(-1);
  assert.ok(last?.type === "response");
  const { message, usage, cost, stopReason, model: name, id } = last.response;
  assert.deepEqual(message.parts, [
    { type: "thinking", text: "Hmm.", protocol: "llama.cpp" },
    {
      type: "thinking",
      text: "Well:",
      protocol: "llama.cpp",
      vendor: { protocol: "llama.cpp", fields: { segment: "comment" } },
    },
    text("Hello"),
  ]);
  assert.deepEqual([stopReason, name, id], ["end_turn", "tiny.gguf", ""]);
  assert.deepEqual([usage.output, usage.reasoning, usage.cacheRead, usage.source], [6, 3, 0, "reported"]);
  assert.deepEqual([cost.known, cost.known && cost.picodollars], [true, 0n]);
  assert.deepEqual(events[0], { type: "request", attempt: 1, model: "llama.cpp/tiny.gguf" });
});

const stops: readonly (readonly [string, number | undefined, StopReason])[] = [
  ["eogToken", undefined, "end_turn"],
  ["stopGenerationTrigger", undefined, "end_turn"],
  ["functionCalls", undefined, "tool_use"],
  ["maxTokens", 5, "max_tokens"],
  ["maxTokens", undefined, "context_overflow"],
  ["customStopTrigger", undefined, "stop_sequence"],
  ["abort", undefined, "unknown"],
  ["constructor", undefined, "unknown"],
];

for (const [stopReason, maxOutputTokens, expected] of stops) {
  test(`the stop reason ${stopReason}, with ${maxOutputTokens ?? "no"} bound, is ${expected}`, async (t) => {
    const { model } = openFake(t, () => ({
      stopReason,
      ...(expected === "stop_sequence" && { customStopTrigger: ["E", "ND"] }),
    }));
    const response = await model.complete({
      ...hello,
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    });
    assert.equal(response.stopReason, expected);
    assert.equal(response.rawStopReason, stopReason);
    assert.equal(response.stopSequence, expected === "stop_sequence" ? "END" : undefined);
  });
}

test("what a request asks for is what the engine is asked for", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  const settings = { temperature: 0.5, topP: 0.9, topK: 7, stopSequences: ["END"], maxOutputTokens: 12 };
  await model.complete({
    ...hello,
    ...settings,
    thinking: { budgetTokens: 9 },
    providerOptions: { minP: 0.1, signal: "no" },
  });
  await model.complete({ ...hello, thinking: "off", providerOptions: { seed: 4 } });
  const [first, second] = fake.asks;
  const { temperature, topP, topK, customStopTriggers, maxTokens, budgets } = first ?? {};
  assert.deepEqual(
    { temperature, topP, topK, customStopTriggers, maxTokens, budgets },
    {
      temperature: 0.5,
      topP: 0.9,
      topK: 7,
      customStopTriggers: ["END"],
      maxTokens: 12,
      budgets: { thoughtTokens: 9 },
    },
  );
  assert.equal((first as { minP?: number }).minP, 0.1);
  assert.ok(first?.signal instanceof AbortSignal);
  assert.ok(Number.isSafeInteger(first?.seed));
  assert.deepEqual([second?.seed, second?.budgets], [4, { thoughtTokens: 0 }]);
});

test("a bound that is none is refused", async (t) => {
  const { model } = openFake(t, () => ended);
  for (const maxOutputTokens of [0, -1, 1.5, NaN]) {
    assert.equal((await modelError(model.complete({ ...hello, maxOutputTokens }))).kind, "invalid-request");
  }
});

test("the usage of a later turn tells apart what was still there", async (t) => {
  const { model } = openFake(t, saying("Hi", "!"));
  const conversation = createConversation({ model });
  const first = await conversation.send("one");
  const second = await conversation.send("two");
  assert.ok(second.usage.cacheRead > 0);
  assert.ok(second.usage.input > 0);
  assert.equal(conversation.usage().output, 4);
  assert.equal(conversation.usage().input, first.usage.input + second.usage.input);
});

for (const reason of [new Error("stop"), "a text", new ModelError("from a sibling", { kind: "server" })]) {
  test(`aborted with ${String(reason)}: it ends at once, and the next request waits for the engine`, async (t) => {
    const stuck = gate();
    const scripts: Script[] = [
      async (ask) => {
        ask.say({ text: "a" });
        await stuck.opened;
        ask.say({ text: "too late" });
        throw ask.signal.reason;
      },
      saying("fine"),
    ];
    const { model, fake } = openFake(t, (ask) => (scripts.shift() ?? saying())(ask));
    const controller = new AbortController();
    const heard = new Heard<StreamEvent>();
    const run = model.complete(hello, { signal: controller.signal, onEvent: heard.onEvent });
    await heard.until("part-delta");
    controller.abort(reason);
    assert.equal(await rejection(run), reason);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
    const next = model.complete(hello);
    await settled();
    assert.equal(fake.asks.length, 1, "the engine is still at it");
    stuck.open();
    assert.equal((await next).text, "fine");
    assert.equal(heard.count("part-delta"), 1, "nothing is told after the end");
  });
}

test("aborted before it is asked, and while it waits for its turn", async (t) => {
  const stuck = gate();
  const { model, fake } = openFake(t, async () => {
    await stuck.opened;
    return ended;
  });
  const reason = new Error("stop");
  assert.equal(await rejection(model.complete(hello, { signal: AbortSignal.abort(reason) })), reason);
  const controller = new AbortController();
  const heard = new Heard<StreamEvent>();
  const onRequest = (event: StreamEvent): void => {
    if (event.type === "request") controller.abort(reason);
    heard.onEvent(event);
  };
  assert.equal(
    await rejection(model.complete(hello, { signal: controller.signal, onEvent: onRequest })),
    reason,
  );
  assert.deepEqual(heard.types(), ["request"]);

  const started = new Heard<StreamEvent>();
  const first = model.complete(hello, { onEvent: started.onEvent });
  await started.until("start");
  const waiting = new AbortController();
  const second = model.complete(hello, { signal: waiting.signal });
  await settled();
  waiting.abort(reason);
  assert.equal(await rejection(second), reason);
  stuck.open();
  await first;
  assert.equal(fake.asks.length, 1);
  await model.complete(hello);
});

test("an abort after its turn came does not cost another one its turn", async (t) => {
  const doors = [gate(), gate(), gate()];
  let at = 0;
  const { model } = openFake(t, async (ask) => {
    await Promise.race([
      doors[at++]?.opened,
      new Promise((resolve) => ask.signal.addEventListener("abort", resolve)),
    ]);
    ask.signal.throwIfAborted();
    return saying("done")(ask);
  });
  const heard = new Heard<StreamEvent>();
  const second = new AbortController();
  const runs = [undefined, second.signal, undefined].map((signal) =>
    model.complete(hello, { ...(signal !== undefined && { signal }), onEvent: heard.onEvent }),
  );
  const outcomes = Promise.allSettled(runs);
  await heard.until("start");
  doors[0]?.open();
  await heard.until("start", 2);
  second.abort(new Error("stop"));
  doors[2]?.open();
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("what a listener throws ends the answer and is thrown", async (t) => {
  const { model } = openFake(t, saying("a", "b"));
  const mistake = new TypeError("mine");
  const seen: string[] = [];
  const run = model.complete(hello, {
    onEvent: ({ type }) => {
      seen.push(type);
      if (type === "part-delta") throw mistake;
    },
  });
  assert.equal(await rejection(run), mistake);
  assert.equal(seen.filter((type) => type === "part-delta").length, 1);
  assert.equal((await model.complete(hello)).text, "ab");
});

test("a failure of the engine is an error with what was known, and the place begins anew", async (t) => {
  let fails = true;
  const { model, fake } = openFake(t, (ask) => {
    if (!fails) return saying("back")(ask);
    ask.say({ segmentType: "thought", text: "whole" });
    ask.say({ text: "half" });
    throw new Error("decode failed");
  });
  const error = await modelError(model.complete(hello));
  assert.equal(error.kind, "server");
  assert.match(error.message, /decode failed/);
  assert.ok(error.cause instanceof Error);
  assert.deepEqual(error.partial?.parts, [{ type: "thinking", text: "whole", protocol: "llama.cpp" }]);
  assert.ok((error.usage?.input ?? 0) > 0);
  assert.ok(fake.log.includes("clear 0"));
  fails = false;
  assert.equal((await model.complete(hello)).text, "back");
});

test("a template that refuses the conversation is an error with a kind, too", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  const refusing = { messages: [userMessage("refuse me")] };
  const error = await modelError(model.complete(refusing));
  assert.equal(error.kind, "server");
  assert.match(error.message, /roles must alternate/);
  assert.equal(fake.asks.length, 0);
  await model.complete(hello);
});

test("arguments that the engine cannot read itself are malformed", async (t) => {
  const { model } = openFake(t, () => JSON.parse("{7e+622057") as never);
  assert.equal((await modelError(model.complete(hello))).kind, "malformed");
});

test("a schema of which there can be no grammar is the request's fault", async (t) => {
  const { model } = openFake(t, () => {
    throw new Error("Failed to parse grammar");
  });
  assert.equal((await modelError(model.complete(hello))).kind, "invalid-request");
});

test("more than the context holds is an error with the numbers, before the engine is asked", async (t) => {
  const { model, fake } = openFake(t, () => ended, { window: 200 });
  const tokens = (length: number): number => JSON.stringify(chatHistory(long(length))).length;
  const long = (length: number): Request => ({ messages: [userMessage("x".repeat(length))] });
  // A token of the answer has to fit, and one for the engine to see that it does.
  const longest = 199 - tokens(1);
  const error = await modelError(model.complete(long(longest + 1)));
  assert.equal(error.kind, "context-overflow");
  assert.match(error.message, /\b199\b.*\b200\b/);
  assert.equal(fake.asks.length, 0);
  await model.complete(long(longest));
  assert.equal(fake.asks[0]?.maxTokens, 2);
});

for (const [asked, granted, expected] of [
  [5, 5, "max_tokens"],
  [2, 2, "max_tokens"],
  [6, 5, "context_overflow"],
] as const) {
  test(`of ${asked} tokens where 5 fit, ${granted} are asked for, and their end is ${expected}`, async (t) => {
    const window = JSON.stringify(chatHistory(hello)).length + 5;
    const { model, fake } = openFake(t, () => ({ stopReason: "maxTokens" }), { window });
    const { stopReason } = await model.complete({ ...hello, maxOutputTokens: asked });
    assert.deepEqual([fake.asks[0]?.maxTokens, stopReason], [granted, expected]);
  });
}

test("the last token of a request is always evaluated, and the engine is let go of", async (t) => {
  const { model, fake } = openFake(t, saying("ok"));
  const length = JSON.stringify(chatHistory(hello)).length;
  const { signal } = new AbortController();
  const [first, second] = [await model.complete(hello, { signal }), await model.complete(hello, { signal })];
  assert.deepEqual([first.usage.input, first.usage.cacheRead], [length, 0]);
  assert.deepEqual([second.usage.input, second.usage.cacheRead], [1, length - 1]);
  assert.equal(fake.log.filter((line) => line === "chat disposed").length, 2);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a context that fills up is never emptied behind the user's back", async (t) => {
  const { model } = openFake(t, (ask) => {
    ask.say({ text: "as far as it goes" });
    ask.contextShift.size();
    return ended;
  });
  const response = await model.complete({ ...hello, maxOutputTokens: 5 });
  assert.deepEqual([response.text, response.stopReason], ["as far as it goes", "context_overflow"]);
});

test("requests wait their turn, or are answered at once where there are places", async (t) => {
  const doors = [gate(), gate(), gate()];
  const script: Script = async (ask) => {
    await doors[at++]?.opened;
    return saying("done")(ask);
  };
  let at = 0;
  const { model, fake } = openFake(t, script, { parallel: 2 });
  const heard = new Heard<StreamEvent>();
  const all = [1, 2, 3].map(() => model.complete(hello, { onEvent: heard.onEvent }));
  await heard.until("start", 2);
  await settled();
  assert.deepEqual(
    fake.asks.map(({ place }) => place),
    [0, 1],
  );
  doors[1]?.open();
  await settled();
  assert.deepEqual(
    fake.asks.map(({ place }) => place),
    [0, 1, 1],
  );
  doors[0]?.open();
  doors[2]?.open();
  for (const response of await Promise.all(all)) assert.equal(response.text, "done");
});

test("a conversation comes back to the place that knows it", async (t) => {
  const { model, fake } = openFake(t, saying("ok"), { parallel: 2 });
  const [one, two] = ["first subject", "second subject"].map((system) =>
    createConversation({ model, system }),
  );
  for (let i = 0; i < 2; i++) {
    await one?.send("go on");
    await two?.send("go on");
  }
  assert.deepEqual(
    fake.asks.map(({ place }) => place),
    [0, 1, 0, 1],
  );
});
