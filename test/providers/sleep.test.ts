import assert from "node:assert/strict";
import { test } from "node:test";
import type { Response } from "../../src/llm/response.ts";
import { defaultTimeouts as timeouts } from "../../src/providers/timeouts.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { settled } from "../support/gate.ts";
import { hello, modelAt } from "../support/ways.ts";
import { written } from "../support/written.ts";

test("F20: the wall clock may jump: only time that passes counts", async () => {
  const system = virtualSystem();
  const body = written();
  const startedAt = system.clock.now();
  const answering = modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts }).complete(hello);
  await settled();
  system.clock.jump(-86_400_000);
  await body.write(say.messageStart + say.textStart());
  system.clock.jump(2 * 86_400_000);
  await body.write(say.blockStop() + say.messageDelta + say.messageStop);
  body.close();
  assert.deepEqual((await answering).timing, { startedAt, firstEventMs: 0, totalMs: 0 });
});

/** An answer that has begun, and a machine whose time stands still. */
async function begun(): Promise<{
  body: ReturnType<typeof written>;
  clock: ReturnType<typeof virtualSystem>["clock"];
  answering: Promise<Response>;
}> {
  const system = virtualSystem();
  const body = written();
  const model = modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts });
  const answering = model.complete(hello);
  answering.catch(() => undefined);
  await settled();
  await body.write(say.messageStart + say.textStart() + say.textDelta("one") + say.blockStop());
  return { body, clock: system.clock, answering };
}

test("F20: a machine that slept looks at once whether its answer still comes", async () => {
  const { clock, answering } = await begun();
  clock.advance(2000);
  clock.jump(3_600_000);
  // The next look, and the few seconds for what has arrived meanwhile, instead of the 88 that were left.
  clock.advance(8000);
  assert.equal(clock.nextIn, 5000);
  clock.advance(5000);
  const error = await modelError(answering);
  assert.equal(error.kind, "timeout");
  assert.equal(error.retryable, true);
  assert.match(error.message, /within 90 s, the time that this machine slept included/);
  assert.deepEqual(error.partial?.parts, [{ type: "text", text: "one" }]);
  assert.equal(clock.pending, 0);
});

test("F20: an answer that goes on after the sleep has its whole time again", async () => {
  const { body, clock, answering } = await begun();
  clock.jump(3_600_000);
  clock.advance(14_999);
  await body.write(say.textStart(1) + say.textDelta("two", 1));
  clock.advance(timeouts.idle - 1);
  await body.write(say.blockStop(1) + say.messageDelta + say.messageStop);
  body.close();
  assert.equal((await answering).text, "onetwo");
});

test("F20: an event after the sleep but before the look speaks for the connection", async () => {
  const { body, clock, answering } = await begun();
  clock.advance(2000);
  clock.jump(3_600_000);
  await body.write(say.textStart(1));
  clock.advance(timeouts.idle - 1);
  await body.write(say.blockStop(1) + say.messageDelta + say.messageStop);
  body.close();
  assert.equal((await answering).text, "one");
});

test("F20: a short sleep is only silence, and a clock set by less, or set back, is nothing", async () => {
  const { clock, answering } = await begun();
  clock.jump(40_000);
  clock.advance(49_999);
  clock.jump(29_000);
  clock.jump(-86_400_000);
  assert.equal(clock.pending, 1);
  clock.advance(1);
  assert.equal((await modelError(answering)).kind, "timeout");
});

test("F20: a sleep before the first event", async () => {
  const system = virtualSystem();
  const body = written();
  const model = modelAt("http://127.0.0.1:1", { fetch: body.fetch, system, timeouts });
  const failing = modelError(model.complete(hello));
  await settled();
  system.clock.jump(600_000);
  system.clock.advance(15_000);
  assert.match((await failing).message, /no event of the answer came within 120 s, the time/);
});
