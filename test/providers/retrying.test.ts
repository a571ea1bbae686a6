import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../src/llm/event.ts";
import type { RetryPolicy } from "../../src/providers/retry.ts";
import * as say from "../support/answers.ts";
import { virtualSystem, type VirtualSystem } from "../support/clock.ts";
import { answer, events, json, reset, serve, type FaultServer, type Plan } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { Heard } from "../support/gate.ts";
import { hello, modelAt } from "../support/ways.ts";

const overloaded = json(say.errorBody("overloaded_error", "Overloaded"), 529);
const ok = events(say.stream("ok"));

interface Asked {
  readonly server: FaultServer;
  readonly system: VirtualSystem;
  readonly heard: Heard<StreamEvent>;
  readonly answering: Promise<{ readonly text: string }>;
}

/** Asks a server with these plans; each wait passes at once when `pass` says so. */
async function ask(
  t: Parameters<typeof serve>[0],
  plans: readonly Plan[],
  {
    retries = 4,
    pass = true,
    signal,
  }: { retries?: number | Partial<RetryPolicy>; pass?: boolean; signal?: AbortSignal } = {},
): Promise<Asked> {
  const server = await serve(t, ...plans);
  const system = virtualSystem();
  const heard = new Heard<StreamEvent>();
  const onEvent = (event: StreamEvent): void => {
    heard.onEvent(event);
    if (pass && event.type === "retry") queueMicrotask(() => system.clock.advance(event.delayMs));
  };
  const answering = modelAt(server.url, { system, retries }).complete(hello, { onEvent, signal });
  // Whoever awaits it later is told all the same.
  answering.catch(() => undefined);
  return { server, system, heard, answering };
}

const retriesOf = ({ events }: Heard<StreamEvent>): StreamEvent[] =>
  events.filter(({ type }) => type === "retry");

test("529, then 200: two attempts, and the wait between them is told", async (t) => {
  const { server, system, heard, answering } = await ask(t, [overloaded, ok], { pass: false });
  await heard.until("retry");
  const [event] = retriesOf(heard);
  assert.ok(event?.type === "retry");
  assert.equal(event.attempt, 1);
  assert.equal(event.error.kind, "overloaded");
  assert.ok(event.delayMs >= 500 && event.delayMs <= 1000);
  await system.clock.set(event.delayMs);
  assert.equal(server.calls.length, 1);
  system.clock.advance(event.delayMs - 1);
  assert.equal(heard.count("request"), 1, "not yet");
  system.clock.advance(1);
  assert.equal((await answering).text, "ok");
  assert.equal(server.calls.length, 2);
  assert.deepEqual(server.calls[0]?.body, server.calls[1]?.body);
  const attempts = heard.events.filter((each) => each.type === "request").map(({ attempt }) => attempt);
  assert.deepEqual(attempts, [1, 2]);
  assert.equal(system.clock.pending, 0);
});

test("429 with retry-after: the wait is not shorter than that", async (t) => {
  const limited = json(say.errorBody("rate_limit_error", "slow"), 429, { "retry-after": "20" });
  const { heard, answering } = await ask(t, [limited, ok]);
  await answering;
  const [event] = retriesOf(heard);
  assert.ok(event?.type === "retry" && event.delayMs >= 20_000 && event.delayMs <= 22_000);
});

test("429 whose limits say when they are reset, by the virtual clock", async (t) => {
  const { clock } = virtualSystem();
  const limited = json(say.errorBody("rate_limit_error", "slow"), 429, {
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": new Date(clock.now() + 33_000).toISOString(),
  });
  const { heard, answering } = await ask(t, [limited, ok]);
  await answering;
  const [event] = retriesOf(heard);
  assert.ok(event?.type === "retry" && event.delayMs >= 33_000 && event.delayMs <= 36_300);
});

const single: readonly (readonly [string, Plan, string])[] = [
  ["400", json(say.errorBody("invalid_request_error", "bad"), 400), "invalid-request"],
  ["401", json(say.errorBody("authentication_error", "no"), 401), "authentication"],
  ["404", json(say.errorBody("not_found_error", "no"), 404), "not-found"],
  [
    "429 that says not to",
    json(say.errorBody("rate_limit_error", "x"), 429, { "x-should-retry": "false" }),
    "rate-limit",
  ],
  ["HTML with 200", answer(200, "<html>proxy</html>"), "malformed"],
  [
    "429 whose wait passes the deadline",
    json(say.errorBody("rate_limit_error", "x"), 429, { "retry-after": "301" }),
    "rate-limit",
  ],
  [
    "an error event after something was shown",
    events(say.halfStream + say.errorEvent("overloaded_error", "x")),
    "overloaded",
  ],
  ["a cut after something was shown", events(say.messageStart + say.textStart()), "truncated"],
];

for (const [what, plan, kind] of single) {
  test(`${what}: one attempt`, async (t) => {
    const { server, heard, answering } = await ask(t, [plan, ok]);
    const error = await modelError(answering);
    assert.equal(error.kind, kind);
    assert.equal(server.calls.length, 1);
    assert.equal(heard.count("retry"), 0);
    if (what.startsWith("an error event")) assert.equal(error.partial?.parts.length, 1);
    if (what.startsWith("429 whose")) assert.equal(error.retryAfterMs, 301_000);
  });
}

const again: readonly (readonly [string, Plan])[] = [
  ["408", answer(408)],
  ["409", answer(409)],
  ["500", answer(500)],
  ["503 with HTML", answer(503, "<html>busy</html>", { "content-type": "text/html" })],
  [
    "400 that says to",
    json(say.errorBody("invalid_request_error", "odd"), 400, { "x-should-retry": "true" }),
  ],
  ["a reset", reset],
  ["an empty answer", answer(200)],
  ["an error event before anything", events(say.errorEvent("overloaded_error", "x"))],
  [
    "an error event before anything is shown",
    events(say.messageStart + say.ping + say.errorEvent("api_error", "x")),
  ],
  ["a cut before anything is shown", events(say.messageStart)],
];

for (const [what, plan] of again) {
  test(`${what}: tried again`, async (t) => {
    const { server, heard, answering } = await ask(t, [plan, ok]);
    assert.equal((await answering).text, "ok");
    assert.equal(server.calls.length, 2);
    assert.equal(heard.count("retry"), 1);
    assert.equal(heard.count("response"), 1);
  });
}

test("retries: 0 never tries again, and a number bounds the attempts", async (t) => {
  const none = await ask(t, [overloaded, ok], { retries: 0 });
  assert.equal((await modelError(none.answering)).kind, "overloaded");
  assert.equal(none.server.calls.length, 1);
  const two = await ask(t, [overloaded, overloaded, overloaded, ok], { retries: 2 });
  assert.equal((await modelError(two.answering)).status, 529);
  assert.equal(two.server.calls.length, 3);
  assert.equal(two.heard.count("retry"), 2);
});

test("an abort during the wait returns at once, with the reason", async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const { server, system, heard, answering } = await ask(t, [overloaded, ok], { pass: false, signal });
  await heard.until("retry");
  const reason = new Error("enough");
  controller.abort(reason);
  assert.equal(await rejection(answering), reason);
  assert.equal(system.clock.pending, 0);
  assert.equal(server.calls.length, 1);
});

test("the waits of one run are not those of another", async (t) => {
  const server = await serve(t, ...Array.from({ length: 8 }, () => overloaded));
  const waits: number[] = [];
  for (const seed of [1, 2, 3, 4]) {
    const system = virtualSystem(seed);
    const onEvent = (event: StreamEvent): void => {
      if (event.type !== "retry") return;
      waits.push(event.delayMs);
      queueMicrotask(() => system.clock.advance(event.delayMs));
    };
    await modelError(modelAt(server.url, { system, retries: 1 }).complete(hello, { onEvent }));
  }
  assert.equal(new Set(waits).size, 4);
});
