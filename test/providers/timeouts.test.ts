import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../src/llm/event.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { held, serve } from "../support/fault-server.ts";
import { modelError } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";
import { written } from "../support/written.ts";

const timeouts = { connect: 10_000, firstEvent: 120_000, idle: 90_000 };

for (const way of ways) {
  test(`F7, ${way.name}: no event within the first timer is a timeout, and the connection is closed`, async (t) => {
    const server = await serve(t, held);
    const system = virtualSystem();
    const failing = modelError(
      modelAt(server.url, { ...way.open(t).options, system, timeouts }).complete(hello),
    );
    const call = await server.call(0);
    system.clock.advance(timeouts.firstEvent - 1);
    await settled();
    call.head(200);
    await call.write(say.ping);
    await settled();
    system.clock.advance(1);
    const error = await failing;
    assert.equal(error.kind, "timeout");
    assert.equal(error.retryable, true);
    assert.match(error.message, /no event of the answer came within 120 s/);
    await call.closed;
    assert.ok(call.aborted);
    assert.equal(system.clock.pending, 0);
  });

  test(`F8, ${way.name}: a model that is slow to begin is waited for longer than a connection`, async (t) => {
    const server = await serve(t, held);
    const system = virtualSystem();
    const model = modelAt(server.url, { ...way.open(t).options, system, streaming: false });
    const answering = model.complete(hello);
    const call = await server.call(0);
    system.clock.advance(599_000);
    await settled();
    call.head(200);
    call.end(JSON.stringify(say.wholeAnswer("at last")));
    const { text, timing } = await answering;
    assert.equal(text, "at last");
    assert.equal(timing.totalMs, 599_000);
    assert.equal(timing.firstEventMs, 599_000);
  });
}

test("a connection that does not open is given up", async () => {
  const system = virtualSystem();
  const dispatcher = { dispatch: () => true };
  const model = modelAt("http://127.0.0.1:1", { dispatcher, system, timeouts });
  const failing = modelError(model.complete(hello));
  await settled();
  assert.equal(system.clock.nextIn, timeouts.connect);
  system.clock.advance(timeouts.connect);
  const error = await failing;
  assert.equal(error.kind, "timeout");
  assert.match(error.message, /did not open within 10 s/);
  assert.equal(system.clock.pending, 0);
});

test("F7: a storm of pings keeps no dead stream alive", async () => {
  const system = virtualSystem();
  const body = written();
  const failing = modelError(
    modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts }).complete(hello),
  );
  await settled();
  await body.write(say.messageStart + say.textStart() + say.textDelta("Let me") + say.blockStop());
  for (let waited = 0; waited < timeouts.idle; waited += 1000) {
    await body.write(`${say.ping}: a comment\n\n`);
    system.clock.advance(1000);
  }
  const error = await failing;
  assert.equal(error.kind, "timeout");
  assert.match(error.message, /no further event of the answer came within 90 s/);
  assert.deepEqual(error.partial?.parts, [{ type: "text", text: "Let me" }]);
  assert.equal(error.usage?.input, 11);
});

test("F7: each event gives the next one its whole time", async () => {
  const system = virtualSystem();
  const body = written();
  const answering = modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts }).complete(hello);
  await settled();
  await body.write(say.messageStart + say.textStart());
  for (let i = 0; i < 20; i++) {
    system.clock.advance(timeouts.idle - 1);
    await body.write(say.textDelta("x"));
  }
  await body.write(say.blockStop() + say.messageDelta + say.messageStop);
  body.close();
  const { text, timing } = await answering;
  assert.equal(text, "x".repeat(20));
  assert.equal(timing.firstEventMs, 0);
  assert.equal(timing.totalMs, 20 * (timeouts.idle - 1));
  assert.equal(system.clock.pending, 0);
});

test("F7: half an event is none: bytes that trickle in do not count", async () => {
  const system = virtualSystem();
  const body = written();
  const failing = modelError(
    modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts }).complete(hello),
  );
  await settled();
  await body.write(say.messageStart);
  await body.write('data: {"type":"content_block_start","x":"');
  for (let waited = 0; waited < timeouts.idle; waited += 1000) {
    await body.write("y");
    system.clock.advance(1000);
  }
  assert.equal((await failing).kind, "timeout");
});

for (const way of ways) {
  test(`${way.name}: a body that stays open after message_stop is a success, and is closed`, async (t) => {
    const server = await serve(t, held);
    const system = virtualSystem();
    const heard = new Heard<StreamEvent>();
    const model = modelAt(server.url, { ...way.open(t).options, system, timeouts });
    const answering = model.complete(hello, { onEvent: heard.onEvent });
    const call = await server.call(0);
    call.head(200);
    await call.write(say.stream("done"));
    await heard.until("stop");
    await settled();
    assert.equal(system.clock.nextIn, 1000);
    // What comes after the end does not lengthen the wait.
    await call.write(say.ping);
    await settled();
    system.clock.advance(1000);
    assert.equal((await answering).text, "done");
    await call.closed;
    assert.ok(call.aborted);
    assert.equal(system.clock.pending, 0);
  });
}
