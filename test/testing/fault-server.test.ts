import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { faultServer, type FaultServer } from "../../src/testing/index.ts";
import { started } from "./started.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** The body of the last request. */
function bodyOf({ requests }: FaultServer): object {
  const body = requests.at(-1)?.body;
  assert.ok(typeof body === "object" && body !== null);
  return body;
}

const well = "All is well.";
const begun = "It begins well.";

for (const way of ways) {
  for (const after of ["nothing", "text"] as const) {
    test(`F7, ${way.name}: stall after ${after} is a timeout`, async (t) => {
      const server = await started(t, [{ fault: "stall", after }]);
      const system = virtualSystem();
      const heard = new Heard<StreamEvent>();
      const model = modelAt(server.url, { ...way.open(t).options, system });
      const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
      if (after === "text") await heard.until("part-delta", 2);
      while (server.requests.length === 0) await settled(1);
      // What the fetch and the dispatcher still have to say about the connection is said.
      await settled();
      system.clock.advance(120_000);
      const error = await failing;
      assert.equal(error.kind, "timeout");
      assert.equal(error.partial?.parts.length, after === "text" ? 1 : undefined);
      assert.equal(system.clock.pending, 0);
    });
  }

  test(`F7, ${way.name}: a ping storm is a timeout`, async (t) => {
    const server = await started(t, [{ fault: "ping-storm", everyMs: 0 }]);
    const system = virtualSystem();
    const heard = new Heard<StreamEvent>();
    const model = modelAt(server.url, { ...way.open(t).options, system });
    const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
    await heard.until("part-delta", 2);
    for (let waited = 0; waited < 90_000; waited += 10_000) {
      await settled();
      system.clock.advance(10_000);
    }
    const error = await failing;
    assert.equal(error.kind, "timeout");
    assert.deepEqual(error.partial?.parts, [{ type: "text", text: begun }]);
  });

  test(`F11, ${way.name}: arguments that are no JSON are kept as they came, and never mended`, async (t) => {
    const server = await started(t, [
      "broken-tool-json",
      { fault: "broken-tool-json", argumentsText: "[1]" },
    ]);
    const model = modelAt(server.url, way.open(t).options);
    for (const argumentsText of ['{"path":"a', "[1]"]) {
      const { toolCalls, stopReason } = await model.complete(hello);
      assert.equal(stopReason, "tool_use");
      assert.deepEqual(
        toolCalls.map((call) => call.argumentsText),
        [argumentsText],
      );
    }
  });

  test(`F12, ${way.name}: calls of the same id are two calls all the same`, async (t) => {
    const server = await started(t, ["duplicate-ids"]);
    const { toolCalls } = await modelAt(server.url, way.open(t).options).complete(hello);
    assert.deepEqual(
      toolCalls.map(({ argumentsText }) => argumentsText),
      ['{"n":1}', '{"n":2}'],
    );
  });

  test(`F13, ${way.name}: empty parts are received, and not sent back`, async (t) => {
    const server = await started(t, ["empty-text"]);
    const model = modelAt(server.url, way.open(t).options);
    const { message } = await model.complete(hello);
    const messages = [...hello.messages, message, ...hello.messages];
    assert.equal((await model.complete({ messages })).text, well);
    const { messages: sent } = bodyOf(server) as {
      messages: readonly { readonly content: readonly { readonly text?: string }[] }[];
    };
    const texts = sent.flatMap(({ content }) => content.map(({ text }) => text ?? ""));
    assert.ok(texts.includes("hello") && !texts.includes(""), texts.join("|"));
  });

  test(`F19, ${way.name}: encoded ten times over is an error, and a quick one`, async (t) => {
    const server = await started(t, ["encoding-chain"]);
    const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
    if (way.name !== "fetch") assert.match(error.message, /encoded more than 3 times/);
    assert.ok(["malformed", "connection"].includes(error.kind), error.kind);
  });
}

test("F1: a date and a limit's reset ask to wait as well", async (t) => {
  const server = await started(t, [
    { fault: "rate-limit", retryAfterMs: 60_000, form: "date" },
    { fault: "rate-limit", retryAfterMs: 60_000, form: "reset" },
  ]);
  const model = modelAt(server.url);
  const date = await modelError(model.complete(hello));
  assert.ok(date.retryAfterMs !== undefined && date.retryAfterMs <= 60_000);
  const reset = await modelError(model.complete(hello));
  assert.ok(reset.retryAfterMs !== undefined && reset.retryAfterMs <= 60_000);
  assert.deepEqual(
    reset.rateLimits?.map(({ limit, allowed, remaining }) => ({ limit, allowed, remaining })),
    [{ limit: "requests", allowed: 50, remaining: 0 }],
  );
});

test("F17, node: a stale socket is not noticed", async (t) => {
  const server = await started(t, ["stale-socket", "stale-socket"]);
  const model = modelAt(server.url);
  for (let i = 0; i < 3; i++) assert.equal((await model.complete(hello)).text, well);
  assert.equal(server.requests.length, 3, "no request is answered twice");
});

test("F19, node: zstd", async (t) => {
  const server = await started(t, [{ fault: "gzip", encoding: "zstd" }]);
  assert.equal((await modelAt(server.url).complete(hello)).text, well);
});

test("a plan is played in order, then all is well; waits are as asked", async (t) => {
  const server = await started(
    t,
    [
      { answer: "one" },
      "overloaded",
      { fault: "rate-limit", retryAfterMs: 50_000 },
      { fault: "reset", when: "before-head" },
    ],
    { answer: "at last" },
  );
  const system = virtualSystem();
  const waits: number[] = [];
  const model = modelAt(server.url, { system, retries: 4 });
  const onEvent = (event: StreamEvent): void => {
    if (event.type !== "retry") return;
    waits.push(event.delayMs);
    queueMicrotask(() => system.clock.advance(event.delayMs));
  };
  assert.equal((await model.complete(hello)).text, "one");
  assert.equal((await model.complete(hello, { onEvent })).text, "at last");
  // The cut of a connection that was used before is not waited after.
  assert.equal(waits.length, 2);
  assert.ok((waits[1] ?? 0) >= 50_000);
  assert.equal(server.requests.length, 5);
  assert.deepEqual(server.requests[4]?.body, server.requests[1]?.body);
  assert.equal(server.requests[0]?.path, "/v1/messages");
});

test("a good answer is no stream where none was asked for", async (t) => {
  const server = await started(t);
  const { text } = await modelAt(server.url, { streaming: false }).complete(hello);
  assert.equal(text, well);
  assert.equal((bodyOf(server) as { stream?: boolean }).stream, undefined);
});

test("closing cuts what is open, and may be done twice", async () => {
  const server = await faultServer(["stall"]);
  const failing = modelError(modelAt(server.url).complete(hello));
  while (server.requests.length === 0) await settled(1);
  await server.close();
  assert.ok((await failing) instanceof ModelError);
  await server.close();
});
