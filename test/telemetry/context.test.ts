import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { context, trace } from "@opentelemetry/api";
import { createConversation } from "../../src/conversation/conversation.ts";
import { defineModel, type Model } from "../../src/providers/model.ts";
import { rehearsal } from "../../src/providers/rehearsal/rehearsal.ts";
import * as say from "../support/answers.ts";
import { collect } from "../support/collect.ts";
import { gate } from "../support/gate.ts";
import { anthropic, answers, Recorder } from "../support/telemetry.ts";
import { hello } from "../support/ways.ts";

/** A span of the caller's, active while `work` runs. */
async function inside<Result>(
  recorder: Recorder,
  name: string,
  work: () => Promise<Result>,
): Promise<Result> {
  return recorder.tracer.startActiveSpan(name, async (span) => {
    try {
      return await work();
    } finally {
      span.end();
    }
  });
}

test("the span's parent is the caller's, and what the request does is below the span", async () => {
  const recorder = new Recorder();
  const respond = answers(say.stream("Hello"));
  const fetch: typeof globalThis.fetch = async (...args) => inside(recorder, "POST", () => respond(...args));
  await inside(recorder, "caller", () => recorder.watch(anthropic(fetch)).complete(hello));
  const [post, chat, caller] = recorder.spans();
  assert.equal(post?.name, "POST");
  assert.equal(caller?.name, "caller");
  assert.equal(post.parentSpanContext?.spanId, chat?.spanContext().spanId);
  assert.equal(chat?.parentSpanContext?.spanId, caller.spanContext().spanId);
  assert.equal(trace.getSpan(context.active()), undefined, "nothing stays active");
});

test("a stream belongs to where it was asked for, wherever it is read", async () => {
  const recorder = new Recorder();
  const model = recorder.watch(rehearsal());
  const ours = new AsyncLocalStorage<string>();
  const events = await inside(recorder, "asks", async () => ours.run("asks", () => model.stream(hello)));
  assert.equal(recorder.spans().length, 1, "nothing begins before it is read");
  await inside(recorder, "reads", () =>
    ours.run("reads", () =>
      collect(events, () => {
        assert.equal(ours.getStore(), "reads");
      }),
    ),
  );
  const [asks, chat, reads] = recorder.spans();
  assert.equal(chat?.name, "chat rehearsal");
  assert.equal(chat.parentSpanContext?.spanId, asks?.spanContext().spanId);
  assert.notEqual(chat.parentSpanContext?.spanId, reads?.spanContext().spanId);
});

test("calls at the same time keep apart", async () => {
  const recorder = new Recorder();
  const gates = { a: gate(), b: gate() };
  const asked: string[] = [];
  const inner = rehearsal();
  const slow = (name: "a" | "b"): Model =>
    recorder.watch(
      defineModel({ ...inner.info, name }, async (request, run) => {
        asked.push(name);
        await gates[name].opened;
        return inside(recorder, `in ${name}`, () => inner.complete(request, run));
      }),
    );
  const a = inside(recorder, "caller a", () => slow("a").complete(hello));
  const b = inside(recorder, "caller b", () => slow("b").complete(hello));
  assert.deepEqual(asked, ["a", "b"], "both are under way");
  gates.b.open();
  await b;
  gates.a.open();
  await a;
  const spans = new Map(recorder.spans().map((span) => [span.name, span]));
  for (const name of ["a", "b"]) {
    const chat = spans.get(`chat ${name}`);
    const parent = spans.get(`caller ${name}`)?.spanContext();
    assert.equal(chat?.parentSpanContext?.spanId, parent?.spanId);
    assert.equal(chat?.spanContext().traceId, parent?.traceId);
    assert.equal(spans.get(`in ${name}`)?.parentSpanContext?.spanId, chat?.spanContext().spanId);
  }
  assert.notEqual(spans.get("chat a")?.spanContext().traceId, spans.get("chat b")?.spanContext().traceId);
});

test("the calls of a conversation's stream are below who asked", async () => {
  const recorder = new Recorder();
  const conversation = createConversation({ model: recorder.watch(rehearsal()) });
  await inside(recorder, "turn", () => collect(conversation.stream("Hi")));
  const [chat, turn] = recorder.spans();
  assert.equal(chat?.parentSpanContext?.spanId, turn?.spanContext().spanId);
});
