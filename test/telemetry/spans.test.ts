import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { createConversation } from "../../src/conversation/conversation.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { userMessage } from "../../src/llm/message.ts";
import { usage } from "../../src/llm/usage.ts";
import { defineModel } from "../../src/providers/model.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import { scripted } from "../../src/testing/scripted.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { collect } from "../support/collect.ts";
import { rejection } from "../support/failure.ts";
import { anthropic, answers, Recorder } from "../support/telemetry.ts";
import { hello } from "../support/ways.ts";
import { written } from "../support/written.ts";

const asked = {
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "anthropic",
  "gen_ai.request.model": "claude-3-7-sonnet-20250219",
  "gen_ai.request.stream": true,
  "server.address": "api.anthropic.com",
  "server.port": 443,
};

test("an answer is a span that says what was asked, who answered, how much it took and what it cost", async () => {
  const recorder = new Recorder();
  const { clock } = virtualSystem();
  const model = recorder.watch(anthropic(answers(say.stream("Hello"))), { clock });
  const request = {
    ...hello,
    maxOutputTokens: 100,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    stopSequences: ["END"],
  };
  const response = await model.complete(request);
  assert.equal(response.text, "Hello");
  const span = recorder.span();
  assert.equal(span.name, "chat claude-3-7-sonnet-20250219");
  assert.equal(span.kind, SpanKind.CLIENT);
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  assert.deepEqual(span.events, []);
  assert.deepEqual(span.attributes, {
    ...asked,
    "gen_ai.request.max_tokens": 100,
    "gen_ai.request.temperature": 0.5,
    "gen_ai.request.top_p": 0.9,
    "gen_ai.request.top_k": 40,
    "gen_ai.request.stop_sequences": ["END"],
    "gen_ai.response.id": "msg_1",
    "gen_ai.response.model": "test-model",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.response.time_to_first_chunk": 0,
    "gen_ai.usage.input_tokens": 11,
    "gen_ai.usage.output_tokens": 7,
    "colloquy.response.stop_reason": "end_turn",
    "colloquy.cost.dollars": (11 * 3 + 7 * 15) / 1e6,
    "colloquy.request.id": "req_1",
  });
});

test("input tokens are the total, and the cached and the thought ones stand beside it", async () => {
  const recorder = new Recorder();
  const counts = usage({ input: 1, cacheRead: 20, cacheWrite5m: 300, cacheWrite1h: 4000, output: 9 });
  const model = scripted([{ text: "ok", usage: { ...counts, reasoning: 5 } }]);
  await recorder.watch(model).complete(hello);
  const { attributes } = recorder.span();
  assert.equal(attributes["gen_ai.usage.input_tokens"], 4321);
  assert.equal(attributes["gen_ai.usage.cache_read.input_tokens"], 20);
  assert.equal(attributes["gen_ai.usage.cache_creation.input_tokens"], 4300);
  assert.equal(attributes["gen_ai.usage.output_tokens"], 9);
  assert.equal(attributes["gen_ai.usage.reasoning.output_tokens"], 5);
});

test("what is not known is left out, and never zero", async () => {
  const recorder = new Recorder();
  const silent = scripted([{ text: "ok", usage: "none" }], { info: { provider: "somewhere" } });
  await recorder.watch(silent).complete(hello);
  const keys = Object.keys(recorder.span().attributes);
  assert.deepEqual(
    keys.filter((key) => /usage|cost|server|stream|chunk|request_id/.test(key)),
    [],
  );
  assert.equal(recorder.span().attributes["gen_ai.provider.name"], "somewhere");
  assert.deepEqual(await recorder.points("gen_ai.client.token.usage"), []);

  const unpriced = new Recorder();
  const fetch = answers(say.stream("Hello"));
  const endpoint = { protocol: "anthropic-messages", baseUrl: "http://[::1]:8080", model: "any" } as const;
  await unpriced.watch(openModel({ ...endpoint, fetch })).complete(hello);
  const { attributes } = unpriced.span();
  assert.equal(attributes["colloquy.cost.dollars"], undefined);
  assert.equal(attributes["gen_ai.usage.output_tokens"], 7);
  assert.equal(attributes["server.address"], "::1");
  assert.equal(attributes["server.port"], 8080);
});

test("a retry is an event of the span, which ends well all the same", async () => {
  const recorder = new Recorder();
  const { clock, random } = virtualSystem();
  const model = anthropic(answers(529, say.stream("Hello")), { system: { clock, random } });
  const answer = recorder.watch(model).complete(hello, {
    onEvent: (event) => {
      if (event.type === "retry") queueMicrotask(() => clock.advance(event.delayMs));
    },
  });
  assert.equal((await answer).text, "Hello");
  const span = recorder.span();
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  assert.equal(span.attributes["error.type"], undefined);
  const [event, ...others] = span.events;
  assert.deepEqual(others, []);
  assert.equal(event?.name, "colloquy.retry");
  const delay = event.attributes?.["colloquy.retry.delay"];
  assert.ok(typeof delay === "number" && delay > 0.4 && delay <= 1, `${String(delay)} seconds`);
  assert.deepEqual(event.attributes, {
    "error.type": "overloaded",
    "colloquy.retry.attempt": 1,
    "colloquy.retry.delay": delay,
  });
});

test("nothing is said of an attempt that was given up for another", async () => {
  const recorder = new Recorder();
  const { clock, random } = virtualSystem();
  const begun = say.messageStart + say.errorEvent("overloaded_error", "busy");
  const model = anthropic(answers(begun, 529), { system: { clock, random }, retries: 1 });
  const failure = rejection(
    recorder.watch(model).complete(hello, {
      onEvent: (event) => {
        if (event.type === "retry") queueMicrotask(() => clock.advance(event.delayMs));
      },
    }),
  );
  await failure;
  const { attributes, events } = recorder.span();
  assert.equal(events.length, 1);
  assert.equal(attributes["error.type"], "overloaded");
  assert.equal(attributes["gen_ai.response.id"], undefined);
  assert.equal(attributes["gen_ai.usage.input_tokens"], undefined);
  assert.deepEqual(await recorder.points("gen_ai.client.token.usage"), []);
});

test("a failure is an error of its kind, with what was known by then", async () => {
  const recorder = new Recorder();
  const model = anthropic(answers(say.halfStream), { retries: 0 });
  await rejection(recorder.watch(model).complete(hello));
  const { attributes, status } = recorder.span();
  assert.deepEqual(status, { code: SpanStatusCode.ERROR });
  assert.equal(attributes["error.type"], "truncated");
  assert.equal(attributes["gen_ai.response.id"], "msg_1");
  assert.equal(attributes["gen_ai.usage.input_tokens"], 11);
  assert.equal(attributes["gen_ai.usage.output_tokens"], undefined, "it was cut, so nobody knows");
  assert.equal(attributes["gen_ai.response.finish_reasons"], undefined);
  assert.equal(attributes["colloquy.cost.dollars"], undefined);
  assert.equal(attributes["colloquy.request.id"], "req_1");
});

for (const [what, error, type] of [
  ["an error of some class", new TypeError("x is not a function"), "TypeError"],
  ["an error without a fit name", Object.assign(new Error("no"), { name: "what the user said" }), "_OTHER"],
  ["a mistake of the caller", new ConfigurationError("invalid-option", "no"), "invalid-option"],
  ["a thing that is no error", "what the user said", "_OTHER"],
] as const) {
  test(`the type of ${what} is one word out of few: ${type}`, async () => {
    const recorder = new Recorder();
    const model = defineModel(rehearsal().info, () => Promise.reject(error));
    assert.equal(await rejection(recorder.watch(model).complete(hello)), error);
    assert.equal(recorder.span().attributes["error.type"], type);
  });
}

for (const reason of [
  new DOMException("enough", "AbortError"),
  new DOMException("enough", "TimeoutError"),
] as const) {
  test(`an aborted call ends at once, as an error named by the reason: ${reason.name}`, async () => {
    const recorder = new Recorder();
    const { fetch, write } = written();
    const abort = new AbortController();
    const answer = rejection(recorder.watch(anthropic(fetch)).complete(hello, { signal: abort.signal }));
    await write(say.messageStart + say.textStart() + say.textDelta("Hel"));
    abort.abort(reason);
    assert.equal(await answer, reason);
    const { attributes, status } = recorder.span();
    assert.equal(attributes["error.type"], reason.name);
    assert.deepEqual(status, { code: SpanStatusCode.ERROR });
    assert.equal(attributes["gen_ai.usage.input_tokens"], 11);
  });
}

test("a stream that its reader leaves is no error, and its span ends", async () => {
  for (const through of ["model", "conversation"] as const) {
    const recorder = new Recorder();
    const { fetch, write } = written();
    const model = recorder.watch(anthropic(fetch));
    const events = through === "model" ? model.stream(hello) : createConversation({ model }).stream("Hello");
    const reading = (async () => {
      for await (const event of events) if (event.type === "part-delta") break;
    })();
    await write(say.messageStart + say.textStart() + say.textDelta("Hel"));
    await reading;
    const { attributes, status } = recorder.span();
    assert.equal(attributes["colloquy.stream.left"], true);
    assert.equal(attributes["error.type"], undefined);
    assert.equal(status.code, SpanStatusCode.UNSET);
    assert.equal(attributes["gen_ai.response.model"], "test-model");
    assert.equal(attributes["gen_ai.usage.output_tokens"], undefined);
  }
});

test("a stream gives the same events with telemetry as without", async () => {
  const recorder = new Recorder();
  const bare = anthropic(answers(say.stream("Hel", "lo")), { system: virtualSystem() });
  const watched = recorder.watch(anthropic(answers(say.stream("Hel", "lo")), { system: virtualSystem() }));
  assert.deepEqual(watched.info, bare.info);
  const expected = await collect(bare.stream(hello));
  assert.deepEqual(await collect(watched.stream(hello)), expected);
  assert.equal(recorder.spans().length, 1);
});

test("a conversation's calls carry its id", async () => {
  const recorder = new Recorder();
  const model = recorder.watch(rehearsal());
  const conversation = createConversation({ model });
  await conversation.send("Hi");
  await conversation.fork().send("Hi");
  await model.complete({ messages: [userMessage("Hi")] });
  const ids = recorder.spans().map(({ attributes }) => attributes["gen_ai.conversation.id"]);
  assert.equal(ids[0], conversation.id);
  assert.ok(typeof ids[1] === "string" && ids[1] !== conversation.id);
  assert.equal(ids[2], undefined);
});

test("the rehearsal model is told like any other, without a server", async () => {
  const recorder = new Recorder();
  await recorder.watch(openModel("rehearsal")).complete(hello);
  const { name, attributes } = recorder.span();
  assert.equal(name, "chat rehearsal");
  assert.equal(attributes["gen_ai.provider.name"], "rehearsal");
  assert.equal(attributes["colloquy.cost.dollars"], 0, "it is free, which is known");
  assert.equal(attributes["server.address"], undefined);
  assert.deepEqual(attributes["gen_ai.response.finish_reasons"], ["stop"]);
});
