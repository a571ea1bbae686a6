import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { addAnswer, noUsage } from "../../src/llm/total.ts";
import * as say from "../support/answers.ts";
import { converse, says } from "../support/conversing.ts";
import { answer, events, held, json } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { modelAt } from "../support/ways.ts";

/** Each conversation's own events are counted from 0 without gaps. */
function assertGapless(heard: Heard<ConversationEvent>): void {
  const next = new Map<string, number>();
  for (const { conversationId, seq } of heard.events) {
    assert.equal(seq, next.get(conversationId) ?? 0);
    next.set(conversationId, seq + 1);
  }
}

const parts = "part-start part-delta part-delta part-end";
const wholeSend = `message request start usage ${parts} usage stop message response`.split(" ");

test("the events of a send: the message first, the response last, each numbered and placed", async (t) => {
  const { conversation, heard } = await converse(t, [says("a", "b"), says("c", "d")]);
  const own = new Heard<ConversationEvent>();
  const response = await conversation.send("hi", { onEvent: own.onEvent });
  assert.deepEqual(own.types(), wholeSend);
  assert.deepEqual(own.events, heard.events);
  const last = own.events.at(-1);
  assert.ok(last?.type === "response");
  assert.equal(last.response, response);
  const lengths = own.events.filter((event) => event.type === "message").map(({ length }) => length);
  assert.deepEqual(lengths, [1, 2]);
  await conversation.send("again");
  assert.equal(own.events.length, wholeSend.length, "the send's listener hears that send alone");
  assert.deepEqual(heard.types(), [...wholeSend, ...wholeSend]);
  assert.ok(heard.events.every(({ conversationId }) => conversationId === conversation.id));
  assert.match(conversation.id, /^[0-9a-hjkmnp-tv-z]{3}-[0-9a-hjkmnp-tv-z]{4}$/);
  assertGapless(heard);
});

test("the same as a stream", async (t) => {
  const { conversation, heard } = await converse(t, [says("a", "b")]);
  const read: ConversationEvent[] = [];
  for await (const event of conversation.stream("hi")) {
    read.push(event);
    await settled(1);
  }
  assert.deepEqual(read, heard.events);
  assert.deepEqual(
    read.map(({ type }) => type),
    wholeSend,
  );
});

test("leaving the stream ends the exchange; the message stays, and can be sent again", async (t) => {
  const { server, conversation } = await converse(t, [held, says("whole")]);
  const loop = async (): Promise<void> => {
    for await (const event of conversation.stream("hi")) if (event.type === "part-delta") break;
  };
  const left = loop();
  const call = await server.call(0);
  call.head(200);
  await call.write(say.halfStream);
  await left;
  await call.closed;
  assert.ok(call.aborted);
  assert.equal(conversation.history.length, 1);
  assert.equal((await conversation.send()).text, "whole");
});

test("a stream that is never read sends and stores nothing", async (t) => {
  const { server, conversation } = await converse(t, []);
  conversation.stream("hi");
  await settled();
  assert.equal(server.calls.length, 0);
  assert.equal(conversation.history.length, 0);
});

test("a failure is an event, the last one, and the error that a stream throws", async (t) => {
  const { conversation, heard } = await converse(t, [events(say.halfStream), answer(400)]);
  const types: string[] = [];
  const loop = async (): Promise<void> => {
    for await (const { type } of conversation.stream("hi")) types.push(type);
  };
  const error = await modelError(loop());
  assert.equal(error.kind, "truncated");
  assert.equal(types.at(-1), "error");
  assert.ok(types.includes("part-delta"));
  const last = heard.events.at(-1);
  assert.ok(last?.type === "error" && last.error === error);
  await modelError(conversation.send());
  assert.deepEqual(heard.types().slice(-2), ["request", "error"]);
  assertGapless(heard);
});

test("the events of descendants reach every ancestor, and no others", async (t) => {
  const plans = Array.from({ length: 6 }, () => says("a", "b"));
  const { conversation, heard } = await converse(t, plans);
  const inner = new Heard<ConversationEvent>();
  const child = conversation.child({ onEvent: inner.onEvent });
  const grandchild = child.child();
  const sibling = conversation.child();
  await Promise.all([conversation, child, grandchild, sibling].map((each) => each.send("go")));
  assertGapless(heard);
  assertGapless(inner);
  const ids = (listener: Heard<ConversationEvent>): string[] =>
    [...new Set(listener.events.map(({ conversationId }) => conversationId))].sort();
  assert.deepEqual(ids(heard), [conversation.id, child.id, grandchild.id, sibling.id].sort());
  assert.deepEqual(ids(inner), [child.id, grandchild.id].sort());
  assert.equal(heard.events.length, 4 * wholeSend.length, "none twice");
  const fork = conversation.fork();
  await fork.send("on");
  assert.equal(heard.events.at(-1)?.conversationId, fork.id, "a fork tells whom its origin tells");
  assertGapless(heard);
});

test("nobody listens: the answer is the same", async (t) => {
  const { server } = await converse(t, [says("a")]);
  const { text } = await createConversation({ model: modelAt(server.url) }).send("hi");
  assert.equal(text, "a");
});

for (const type of new Set(wholeSend)) {
  test(`a listener that throws at ${type} fails the send and leaves the conversation usable`, async (t) => {
    const thrown = new Error("the listener's own");
    let angry = true;
    const onEvent = (event: ConversationEvent): void => {
      if (angry && (event.type === type || event.type === "error")) throw thrown;
    };
    const { server, conversation } = await converse(t, [says("a", "b"), says("fine"), says("more")], {
      onEvent,
    });
    assert.equal(await rejection(conversation.send("hi")), thrown);
    angry = false;
    const unanswered = conversation.history.last?.role === "user";
    const answer = await conversation.send(unanswered ? undefined : "next");
    assert.ok(["fine", "a", "ab"].includes(answer.text));
    const roles = [...conversation.history].map(({ role }) => role);
    assert.deepEqual(roles.slice(-2), ["user", "assistant"]);
    const { responses } = conversation.usage();
    const answers = roles.filter((role) => role === "assistant").length;
    assert.equal(responses, answers, "what was answered is booked");
    assert.ok(server.calls.length >= answers);
  });
}

test("what fails first is what is thrown, whatever a listener makes of it", async (t) => {
  const onEvent = ({ type }: ConversationEvent): void => {
    if (type === "error") throw new Error("the listener's own");
  };
  const { conversation } = await converse(t, [answer(401)], { onEvent });
  assert.equal((await modelError(conversation.send("hi"))).kind, "authentication");
});

test("usage that is not reported is counted as such, never as free", async (t) => {
  const { usage: _, ...silent } = say.wholeAnswer("ok");
  const { conversation } = await converse(t, [json(silent)]);
  const response = await conversation.send("hi");
  assert.equal(response.usage.source, "unknown");
  const total = conversation.usage();
  assert.equal(total.unreported, 1);
  assert.equal(total.responses, 1);
  assert.ok(!total.cost.known && total.cost.atLeast === 0n);
  assert.deepEqual(total, addAnswer(noUsage, response.usage, response.cost));
});
