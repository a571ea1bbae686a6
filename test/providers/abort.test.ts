import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { rejection } from "../support/failure.ts";
import { events, held, serve } from "../support/fault-server.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** What keeps the process running, apart from the sockets of the server, which is in it too. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

// A reason that is an error of our own must not be mistaken for one that happened here.
const reasons: readonly unknown[] = [
  new Error("stop"),
  "a text",
  new ModelError("from a sibling", { kind: "server" }),
];

for (const way of ways) {
  for (const reason of reasons) {
    const name = `${way.name}, reason ${reason instanceof Error ? reason.name : typeof reason}`;

    test(`${name}: aborted before it is sent, nothing is sent`, async (t) => {
      const server = await serve(t, events(say.stream("no")));
      const system = virtualSystem();
      const model = modelAt(server.url, { ...way.open(t).options, system });
      assert.equal(await rejection(model.complete(hello, { signal: AbortSignal.abort(reason) })), reason);
      const controller = new AbortController();
      const onEvent = ({ type }: StreamEvent): void => {
        if (type === "request") controller.abort(reason);
      };
      assert.equal(await rejection(model.complete(hello, { signal: controller.signal, onEvent })), reason);
      await settled();
      assert.equal(server.calls.length, 0);
      assert.equal(server.opened, 0, "not even a connection is opened");
      assert.equal(getEventListeners(controller.signal, "abort").length, 0);
      assert.equal(system.clock.pending, 0);
    });

    test(`${name}: aborted while waiting for headers`, async (t) => {
      const server = await serve(t, held);
      const system = virtualSystem();
      const before = timers();
      const controller = new AbortController();
      const { signal } = controller;
      const failing = rejection(
        modelAt(server.url, { ...way.open(t).options, system }).complete(hello, { signal }),
      );
      const call = await server.call(0);
      controller.abort(reason);
      assert.equal(await failing, reason);
      await call.closed;
      assert.ok(call.aborted, "the server sees the close");
      await server.idle();
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.equal(system.clock.pending, 0);
      assert.ok(timers() <= before, "no timer is left");
    });

    test(`${name}: aborted in the middle of a stream`, async (t) => {
      const server = await serve(t, held);
      const system = virtualSystem();
      const before = timers();
      const controller = new AbortController();
      const { signal } = controller;
      const heard = new Heard<StreamEvent>();
      const model = modelAt(server.url, { ...way.open(t).options, system });
      const failing = rejection(model.complete(hello, { signal, onEvent: heard.onEvent }));
      const call = await server.call(0);
      call.head(200);
      await call.write(say.halfStream);
      await heard.until("part-delta", 2);
      controller.abort(reason);
      assert.equal(await failing, reason);
      await call.closed;
      assert.ok(call.aborted);
      await server.idle();
      const count = heard.events.length;
      await settled();
      assert.equal(heard.events.length, count, "no event after the abort");
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.equal(system.clock.pending, 0);
      assert.ok(timers() <= before);
    });
  }

  test(`${way.name}: aborted by a listener, in the event that it hears`, async (t) => {
    for (const type of ["start", "part-start", "part-delta", "part-end", "usage", "stop"]) {
      const server = await serve(t, events(say.stream("one", "two")));
      const controller = new AbortController();
      const onEvent = (event: StreamEvent): void => {
        if (event.type === type) controller.abort(type);
      };
      const model = modelAt(server.url, way.open(t).options);
      assert.equal(await rejection(model.complete(hello, { signal: controller.signal, onEvent })), type);
    }
  });

  test(`${way.name}: aborted while it connects`, async (t) => {
    const server = await serve(t, held);
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("enough");
    const failing = rejection(modelAt(server.url, way.open(t).options).complete(hello, { signal }));
    // No turn of the event loop has passed: the connection cannot be open yet.
    controller.abort(reason);
    assert.equal(await failing, reason);
    await settled();
    assert.equal(server.calls.length, 0);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test(`${way.name}: answers leave nothing behind on the signal and the clock`, async (t) => {
    const server = await serve(t, events(say.stream("a")), events(say.stream("b")), held);
    const system = virtualSystem();
    const { signal } = new AbortController();
    const model = modelAt(server.url, { ...way.open(t).options, system });
    for (const text of ["a", "b"]) {
      assert.equal((await model.complete(hello, { signal })).text, text);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.equal(system.clock.pending, 0);
      // undici takes a turn of the event loop to have its connection back.
      await settled();
    }
    assert.equal(server.opened, 1, "the connection is used again");
  });

  for (const type of [
    "request",
    "start",
    "part-start",
    "part-delta",
    "part-end",
    "usage",
    "stop",
    "response",
  ]) {
    test(`${way.name}: what a listener throws at ${type} is thrown, and ends the exchange`, async (t) => {
      const server = await serve(t, events(say.stream("one")), events(say.stream("two")));
      const system = virtualSystem();
      const thrown = new TypeError("the listener's own");
      const model = modelAt(server.url, { ...way.open(t).options, system, retries: 2 });
      const onEvent = (event: StreamEvent): void => {
        if (event.type === type) throw thrown;
      };
      assert.equal(await rejection(model.complete(hello, { onEvent })), thrown);
      assert.equal(system.clock.pending, 0);
      assert.equal(server.calls.length, type === "request" ? 0 : 1);
    });
  }
}

test("fetch: one that is deaf to its signal is left all the same", async () => {
  const reason = new Error("enough");
  const never = new AbortController();
  const waiting = modelAt("http://127.0.0.1:1", { fetch: () => new Promise(() => undefined) });
  const failing = rejection(waiting.complete(hello, { signal: never.signal }));
  await settled();
  never.abort(reason);
  assert.equal(await failing, reason);

  const silent = new AbortController();
  let cancelled: unknown;
  const body = new ReadableStream({ cancel: (why) => void (cancelled = why) });
  const reading = modelAt("http://127.0.0.1:1", { fetch: async () => new Response(body) });
  const broken = rejection(reading.complete(hello, { signal: silent.signal }));
  await settled();
  silent.abort(reason);
  assert.equal(await broken, reason);
  assert.equal(cancelled, reason);
});
