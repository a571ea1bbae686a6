import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { StreamEvent } from "../../src/llm/event.ts";
import type { Response } from "../../src/llm/response.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { answer, events, held, reset, serve } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

const ok = events(say.stream("ok"));

test("node: an idle socket that the server closes just as it is used again is not noticed", async (t) => {
  const rounds = 100;
  const server = await serve(t, ...Array.from({ length: rounds }, () => ok));
  const model = modelAt(server.url);
  for (let i = 0; i < rounds; i++) {
    const answering = model.complete(hello);
    assert.equal((await answering).text, "ok");
    // Not awaited: the next request is written before the client has read that its socket is gone.
    void server.cut();
  }
  assert.equal(server.calls.length, rounds, "no request came twice");
});

test("node: a reset of a used connection before its answer is absorbed once", async (t) => {
  const server = await serve(t, ok, reset, ok, reset, reset);
  const model = modelAt(server.url);
  assert.equal((await model.complete(hello)).text, "ok");
  assert.equal((await model.complete(hello)).text, "ok");
  const [, second, third] = server.calls;
  assert.equal(second?.connection, 0);
  assert.equal(third?.connection, 1, "tried again on a connection of its own");
  assert.deepEqual(third?.body, second?.body);
  const error = await modelError(model.complete(hello));
  assert.equal(error.kind, "connection", "the second reset is told");
  assert.equal(server.calls.length, 5);
});

test("node: a used connection that breaks in the middle of its answer is not tried again", async (t) => {
  const server = await serve(t, ok, held);
  const model = modelAt(server.url);
  await model.complete(hello);
  const heard = new Heard<StreamEvent>();
  const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
  const call = await server.call(1);
  call.head(200);
  await call.write(say.messageStart);
  await heard.until("start");
  call.reset();
  assert.equal((await failing).kind, "truncated");
  assert.equal(server.calls.length, 2);
});

test("node: an abort while the fresh connection waits ends that one", async (t) => {
  const server = await serve(t, ok, reset, held);
  const model = modelAt(server.url);
  await model.complete(hello);
  const controller = new AbortController();
  const failing = rejection(model.complete(hello, { signal: controller.signal }));
  const call = await server.call(2);
  controller.abort("enough");
  assert.equal(await failing, "enough");
  await call.closed;
  await server.idle();
});

for (const way of ways) {
  test(`${way.name}: a connection that the server says it closes is not used again`, async (t) => {
    const closing = answer(200, say.stream("ok"), { connection: "close" });
    const server = await serve(t, closing, closing, closing);
    const model = modelAt(server.url, way.open(t).options);
    for (let i = 0; i < 3; i++) assert.equal((await model.complete(hello)).text, "ok");
    assert.equal(server.opened, 3);
  });

  test(`${way.name}: requests at once each have a connection, and none is lost`, async (t) => {
    const count = 30;
    const server = await serve(t, ...Array.from({ length: count * 2 }, () => ok));
    const model = modelAt(server.url, way.open(t).options);
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(Array.from({ length: count }, () => model.complete(hello)));
      assert.ok(answers.every(({ text }) => text === "ok"));
      await settled();
    }
    assert.ok(server.opened <= count, "the second round opens none");
  });

  test(`${way.name}: retries absorb a cut socket`, async (t) => {
    const server = await serve(t, ok, ok, ok);
    const system = virtualSystem();
    const model = modelAt(server.url, { ...way.open(t).options, system, retries: { retries: 3, baseMs: 0 } });
    await model.complete(hello);
    void server.cut();
    const answering = model.complete(hello, {
      onEvent: ({ type }) => void (type === "retry" && queueMicrotask(() => system.clock.advance(0))),
    });
    assert.equal((await answering).text, "ok");
  });

  test(`${way.name}: who aborts while an answer is unpacked harms no other on its connection`, async (t) => {
    const packed = answer(200, gzipSync(say.stream("one")), { "content-encoding": "gzip" });
    const server = await serve(t, packed, held);
    const model = modelAt(server.url, way.open(t).options);
    const controller = new AbortController();
    let second: Promise<Response> | undefined;
    const onEvent = ({ type }: StreamEvent): void => {
      if (type !== "part-delta") return;
      second = model.complete(hello);
      controller.abort("enough");
    };
    assert.equal(await rejection(model.complete(hello, { signal: controller.signal, onEvent })), "enough");
    const call = await server.call(1);
    call.head(200);
    call.end(say.stream("two"));
    assert.equal((await second)?.text, "two");
  });
}
