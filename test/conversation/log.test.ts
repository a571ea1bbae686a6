import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent, Happening } from "../../src/conversation/event.ts";
import { logEvents } from "../../src/conversation/log-events.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { ModelError } from "../../src/llm/errors.ts";
import { text } from "../../src/llm/message.ts";
import { jsonLines } from "../../src/log/json-lines.ts";
import { silent, type Level, type Logger } from "../../src/log/logger.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { scripted } from "../../src/testing/scripted.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { converse, says } from "../support/conversing.ts";
import { json } from "../support/fault-server.ts";
import { rejection } from "../support/failure.ts";

type Record = { readonly msg: string; readonly level: Level } & { readonly [name: string]: unknown };

class Kept {
  readonly records: Record[] = [];
  readonly log: Logger;

  constructor(level: Level = "info") {
    this.log = jsonLines((line) => this.records.push(JSON.parse(line) as Record), {
      clock: virtualSystem().clock,
      level,
    });
  }

  get messages(): string[] {
    return this.records.map(({ msg }) => msg);
  }

  get json(): string {
    return JSON.stringify(this.records);
  }

  one(msg: string): Record {
    const found = this.records.filter((record) => record.msg === msg);
    assert.equal(found.length, 1, `${found.length} records ${msg}`);
    return found[0] as Record;
  }
}

const rehearsed = (log: Logger): ReturnType<typeof createConversation> =>
  createConversation({ model: openModel("rehearsal"), log });

test("log: a send is a message, a request, a message and a response, with the conversation's id", async () => {
  const kept = new Kept();
  const conversation = rehearsed(kept.log.with({ job: 7 }));
  const { usage } = await conversation.send("echo: hello");
  assert.deepEqual(kept.messages, ["message", "request", "message", "response"]);
  for (const record of kept.records) {
    const { job, session, conversation: id, level } = record;
    assert.deepEqual([job, session, id, level], [7, conversation.id, conversation.id, "info"]);
    assert.ok(!("parent" in record));
  }
  const { model, attempt } = kept.one("request");
  assert.deepEqual([model, attempt], ["rehearsal/rehearsal", 1]);
  const response = kept.one("response");
  assert.equal(response["stopReason"], "end_turn");
  assert.deepEqual(response["usage"], { ...usage });
  assert.deepEqual(response["cost"], { known: true, picodollars: "0", dollars: 0 });
  const [first] = kept.records;
  assert.deepEqual([first?.["role"], first?.["length"], first?.["characters"]], ["user", 1, 11]);
  assert.deepEqual(first?.["kinds"], { text: 1 });
});

test("log: what was said is there at debug, and only there", async () => {
  for (const level of ["info", "debug"] as const) {
    const kept = new Kept(level);
    await rehearsed(kept.log).send([text("echo: the whole truth")]);
    assert.equal(kept.json.match(/whole truth/g)?.length ?? 0, level === "debug" ? 2 : 0);
  }
});

test("log: children say whose they are; forks are nobody's", async () => {
  const kept = new Kept();
  const root = rehearsed(kept.log);
  const child = root.child();
  const grandchild = child.child();
  const fork = root.fork();
  for (const each of [root, child, grandchild, fork]) await each.send("echo: x");
  const ids = kept.records
    .filter(({ msg }) => msg === "request")
    .map(({ session, conversation, parent }) => [session, conversation, parent]);
  assert.deepEqual(ids, [
    [root.id, root.id, undefined],
    [root.id, child.id, root.id],
    [root.id, grandchild.id, child.id],
    [fork.id, fork.id, undefined],
  ]);
});

test("log: an error has its kind and request id, its body at debug alone", async (t) => {
  const kept = new Kept();
  const loud = new Kept("debug");
  const plan = json(say.errorBody("invalid_request_error", "no such thing"), 400, { "request-id": "req_9" });
  for (const { log } of [kept, loud]) {
    const { conversation } = await converse(t, [plan], { log });
    await rejection(conversation.send("hi"));
  }
  const error = kept.one("error");
  assert.equal(error.level, "error");
  const { kind, requestId, status, stack } = error["error"] as { [name: string]: unknown };
  assert.deepEqual([kind, requestId, status, stack], ["invalid-request", "req_9", 400, undefined]);
  assert.ok(!("body" in error));
  assert.match(String(loud.one("error")["body"]), /"invalid_request_error"/);
});

test("log: waits and retries warn, and say how long and why", () => {
  const kept = new Kept();
  const listen = logEvents(kept.log);
  const error = new ModelError("busy", { kind: "overloaded" });
  listen({ type: "retry", attempt: 1, delayMs: 500, error, conversationId: "c", seq: 4 });
  listen({ type: "wait", delayMs: 70, error });
  const why = { name: "ModelError", message: "busy", kind: "overloaded", retryable: true };
  const time = "2026-01-02T03:04:05.000Z";
  assert.deepEqual(kept.records, [
    { time, level: "warn", msg: "retry", conversation: "c", attempt: 1, delayMs: 500, error: why },
    { time, level: "warn", msg: "wait", delayMs: 70, error: why },
  ]);
});

test("log: what was aborted is no error", async () => {
  const kept = new Kept();
  const listen = logEvents(kept.log);
  listen({ type: "error", error: new DOMException("stopped", "AbortError") });
  listen({ type: "error", error: "stopped" });
  assert.deepEqual(
    kept.records.map(({ level }) => level),
    ["info", "error"],
  );
});

test("log: an event that is not known yet is logged without what it may quote", () => {
  const event = {
    type: "something-new",
    conversationId: "c",
    seq: 3,
    callId: "call_1",
    name: "shell",
    durationMs: 12,
    ok: true,
    output: "the whole truth",
    result: {
      type: "tool-result",
      content: [{ text: "the whole truth" }],
      more: { deep: { deeper: { deepest: 1 } } },
    },
    error: new TypeError("why"),
  } as unknown as Happening;
  const kept = new Kept();
  logEvents(kept.log)(event);
  const { time: _, ...record } = kept.one("something-new");
  assert.deepEqual(record, {
    level: "info",
    msg: "something-new",
    conversation: "c",
    callId: "call_1",
    name: "shell",
    durationMs: 12,
    ok: true,
    output: "(15 characters)",
    result: { type: "tool-result", content: "(1 items)", more: { deep: "(more)" } },
    error: { name: "TypeError", message: "why" },
  });
  const loud = new Kept("debug");
  logEvents(loud.log)(event);
  assert.match(loud.json, /the whole truth.*the whole truth/);
});

test("log: pieces of answers are not looked at, and nothing is when nobody listens", async () => {
  const kept = new Kept("debug");
  const conversation = rehearsed(kept.log);
  await conversation.send("stream: 50");
  assert.equal(kept.records.length, 4);
  const unread = new Proxy({ type: "response" } as ConversationEvent, {
    get: (target, name) => (name === "type" ? target.type : assert.fail(`${String(name)} was read`)),
  });
  logEvents(silent)(unread);
});

test("log: a logger that throws breaks no send", async () => {
  const fail = (): never => {
    throw new Error("no");
  };
  const broken: Logger = {
    ...silent,
    on: () => true,
    with: () => broken,
    info: fail,
    warn: fail,
    error: fail,
  };
  const { text: answer } = await rehearsed(broken).send("echo: fine");
  assert.equal(answer, "fine");
});

test("log: it does not change what listeners hear", async (t) => {
  const kept = new Kept();
  const { conversation, heard } = await converse(t, [says("a", "b")], { log: kept.log });
  await conversation.send("hi");
  assert.deepEqual(
    heard.events.map(({ seq }) => seq),
    heard.events.map((_, index) => index),
  );
});

test("calls of tools and ends of turns are logged, and what goes in and out of tools at debug alone", async () => {
  for (const level of ["info", "debug"] as const) {
    const { log, records } = new Kept(level);
    const tool = defineTool({
      name: "look",
      input: { type: "object" },
      run: (_, { progress }) => {
        progress("halfway-words");
        return "secret-words";
      },
    });
    const model = scripted([
      { toolCalls: [{ name: "look", input: { at: "private-words" }, id: "a" }] },
      "done",
    ]);
    await createConversation({ model, tools: [tool], log }).turn("go");
    const told = records
      .filter(({ msg }) => msg.startsWith("t"))
      .map(({ msg, callId, end }) => [msg, callId ?? end]);
    assert.deepEqual(told, [
      ["tool-start", "a"],
      ...(level === "debug" ? [["tool-progress", "a"]] : []),
      ["tool-result", "a"],
      ["turn-end", "done"],
    ]);
    assert.equal(/secret-words|private-words|halfway-words/.test(JSON.stringify(records)), level === "debug");
  }
});
