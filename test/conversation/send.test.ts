import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { ConfigurationError, ModelError } from "../../src/llm/errors.ts";
import { text } from "../../src/llm/message.ts";
import { defineModel } from "../../src/providers/model.ts";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import * as say from "../support/answers.ts";
import { converse, says, transcript } from "../support/conversing.ts";
import { events, held, json, reset } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";

test("a conversation grows by exchanges", async (t) => {
  const { server, conversation } = await converse(t, [says("Hello", " you"), says("Fine")]);
  const first = await conversation.send("Hi");
  assert.equal(first.text, "Hello you");
  assert.equal((await conversation.send([text("How"), text("are you?")])).text, "Fine");
  const [, second] = server.calls;
  assert.ok(second !== undefined);
  assert.deepEqual(transcript(second), ["user: Hi", "assistant: Hello you", "user: How|are you?"]);
  assert.equal(conversation.history.length, 4);
  assert.equal(conversation.history.last?.role, "assistant");
});

for (const [what, plan] of [
  ["a refusal", json(say.errorBody("invalid_request_error", "no"), 400)],
  ["a server's error", json(say.errorBody("api_error", "no"), 500)],
  ["a cut stream", events(say.halfStream)],
] as const) {
  test(`${what} keeps the user's message, and sending without one sends the identical body again`, async (t) => {
    const { server, conversation, heard } = await converse(t, [
      says("Hello"),
      plan,
      plan,
      says("Fine"),
      says("Bye"),
    ]);
    await conversation.send("Hi");
    const before = conversation.usage();
    for (const message of ["How are you?", undefined]) {
      await modelError(conversation.send(message));
      assert.equal(conversation.history.length, 3);
      assert.deepEqual(conversation.history.last?.parts, [text("How are you?")]);
      assert.equal(conversation.usage().responses, before.responses);
      // A cut answer was charged for, and a refused one was not.
      if (what !== "a cut stream") assert.deepEqual(conversation.usage(), before, "nothing is booked");
    }
    assert.equal(heard.count("error"), 2);
    assert.equal((await conversation.send()).text, "Fine");
    const [, ...bodies] = server.calls.map(({ body }) => body);
    assert.ok(bodies.length >= 3);
    for (const body of bodies) assert.deepEqual(body, bodies[0]);
    await conversation.send("Bye");
    assert.equal(conversation.history.length, 6);
  });
}

test("a new message after a failed one follows it", async (t) => {
  const { server, conversation } = await converse(t, [
    json(say.errorBody("api_error", "no"), 500),
    says("ok"),
  ]);
  await modelError(conversation.send("one"));
  await conversation.send("two");
  const [, second] = server.calls;
  assert.ok(second !== undefined);
  assert.deepEqual(transcript(second), ["user: one", "user: two"]);
});

test("nothing to send: nothing is sent, stored or booked", async (t) => {
  const { server, conversation } = await converse(t, [says("Hello")]);
  const empty = [undefined, "", [], [text("")], [text(""), text("")]];
  const refused = async (): Promise<void> => {
    const { length } = conversation.history;
    for (const message of empty) {
      const error = await rejection(conversation.send(message));
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.equal(error.code, "invalid-option");
    }
    assert.equal(conversation.history.length, length);
  };
  await refused();
  await conversation.send("Hi");
  await refused();
  assert.equal(server.calls.length, 1);
  assert.equal(conversation.usage().responses, 1);
});

test("busy: a second send while the first runs is refused, and disturbs nothing", async (t) => {
  const { server, conversation } = await converse(t, [held, says("two")]);
  const first = conversation.send("one");
  const call = await server.call(0);
  for (const attempt of [conversation.send("meanwhile"), conversation.send()]) {
    const error = await rejection(attempt);
    assert.ok(error instanceof ConfigurationError);
    assert.equal(error.code, "busy");
  }
  call.head(200);
  call.end(say.stream("first"));
  assert.equal((await first).text, "first");
  assert.equal(conversation.history.length, 2);
  assert.equal((await conversation.send("now")).text, "two");
});

test("busy ends with the send, however it ends", async (t) => {
  const { server, conversation } = await converse(t, [held, reset, says("at last")]);
  const controller = new AbortController();
  const aborted = rejection(conversation.send("one", { signal: controller.signal }));
  await server.call(0);
  controller.abort("enough");
  assert.equal(await aborted, "enough");
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  await modelError(conversation.send());
  assert.equal((await conversation.send()).text, "at last");
});

test("an aborted signal: nothing is stored, and the reason is thrown", async (t) => {
  const { server, conversation } = await converse(t, []);
  const reason = new ModelError("a reason of our own kind", { kind: "server" });
  const signal = AbortSignal.abort(reason);
  assert.equal(await rejection(conversation.send("Hi", { signal })), reason);
  assert.equal(conversation.history.length, 0);
  assert.equal(server.calls.length, 0);
});

test("an answer that paused goes on without a message, in a fork as well", async (t) => {
  const paused = json(say.wholeAnswer("I search", { stop_reason: "pause_turn" }));
  const { server, conversation } = await converse(t, [paused, says("found"), says("found too")]);
  assert.equal((await conversation.send("search")).stopReason, "pause");
  const fork = conversation.fork();
  assert.equal((await conversation.send()).text, "found");
  assert.equal((await fork.send()).text, "found too");
  const [, second, third] = server.calls;
  assert.ok(second !== undefined);
  assert.deepEqual(transcript(second), ["user: search", "assistant: I search"]);
  assert.deepEqual(third?.body, second.body);
  assert.ok((await rejection(conversation.send())) instanceof ConfigurationError, "it ended its turn");
});

test("a conversation may begin with messages, and one that waits for an answer is sent as it is", async (t) => {
  const { server, conversation } = await converse(t, [says("yes")], {
    messages: [{ role: "user", parts: [text("Do you hear?")] }],
  });
  assert.equal((await conversation.send()).text, "yes");
  const [first] = server.calls;
  assert.ok(first !== undefined);
  assert.deepEqual(transcript(first), ["user: Do you hear?"]);
});

test("a request at turn 200 has the same JSON value as one made from plain messages", async (t) => {
  const turns = 200;
  const plans = Array.from({ length: turns + 2 }, (_, i) => says(`answer ${i} \u20ac`, "!"));
  const { server, conversation } = await converse(t, plans, {
    system: "be brief",
    settings: { temperature: 0.5 },
  });
  for (let i = 0; i < turns; i++) await conversation.send(`question ${i} "\u{1f600}"`);
  const again = createConversation({
    model: conversation.model,
    system: "be brief",
    settings: { temperature: 0.5 },
    messages: [...conversation.history].slice(0, -1),
  });
  await again.send();
  assert.deepEqual(server.calls.at(-1)?.json, server.calls.at(-2)?.json);
  // An array is encoded anew each time: the plain way.
  await conversation.model.complete({
    system: [text("be brief")],
    temperature: 0.5,
    cache: {},
    messages: [...conversation.history].slice(0, -1),
  });
  assert.deepEqual(server.calls.at(-1)?.json, server.calls.at(-3)?.json);
});

test("the model learns which conversation asks", async () => {
  const asking: (string | undefined)[] = [];
  const model = rehearsal();
  const conversation = createConversation({
    model: defineModel(model.info, (request, run) => {
      asking.push(run?.conversationId);
      return model.complete(request, run);
    }),
  });
  await conversation.send("Hi");
  const child = conversation.child();
  await child.send("Hi");
  assert.deepEqual(asking, [conversation.id, child.id]);
});
