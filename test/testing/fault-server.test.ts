import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../src/llm/errors.ts";
import { faultServer } from "../../src/testing/index.ts";
import { well } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { modelError } from "../support/failure.ts";
import { settled } from "../support/gate.ts";
import { proxy } from "../support/proxy.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

for (const protocol of protocols) {
  for (const way of ways) {
    test(`F19, ${protocol}, ${way.name}: encoded ten times over is an error, and a quick one`, async (t) => {
      const server = await started(t, ["encoding-chain"], { protocol });
      const model = modelAt(server.url, { ...way.open(t).options, protocol });
      const error = await modelError(model.complete(hello));
      if (way.name !== "fetch") assert.match(error.message, /encoded more than 3 times/);
      assert.ok(["malformed", "connection"].includes(error.kind), error.kind);
    });
  }

  test(`F17, ${protocol}, node: a stale socket is not noticed`, async (t) => {
    const server = await started(t, ["stale-socket", "stale-socket"], { protocol });
    const model = modelAt(server.url, { protocol });
    for (let i = 0; i < 3; i++) assert.equal((await model.complete(hello)).text, well);
    assert.equal(server.requests.length, 3, "no request is answered twice");
  });

  test(`F19, ${protocol}, node: zstd`, async (t) => {
    const server = await started(t, [{ fault: "gzip", encoding: "zstd" }], { protocol });
    assert.equal((await modelAt(server.url, { protocol }).complete(hello)).text, well);
  });

  test(`F18, ${protocol}: faults and good answers come through a proxy as they are`, async (t) => {
    const plan = ["overloaded", "truncated", "context-overflow", "stale-socket"] as const;
    const server = await started(t, plan, { protocol });
    const hop = await proxy(t, { port: Number(new URL(server.url).port) });
    const model = modelAt("http://models.test", { protocol, env: { http_proxy: hop.url } });
    const results: string[] = [];
    for (const _ of [...plan, "well"])
      results.push(
        await model.complete(hello).then(
          ({ text }) => text,
          (error: ModelError) => error.kind,
        ),
      );
    assert.deepEqual(results, ["overloaded", "truncated", "context-overflow", well, well]);
    assert.ok(hop.asked.length >= server.requests.length, "each by way of the proxy");
  });

  test(`${protocol}: a good answer is no stream where none was asked for`, async (t) => {
    const server = await started(t, [], { protocol });
    const { text, usage, stopReason } = await modelAt(server.url, { protocol, streaming: false }).complete(
      hello,
    );
    assert.deepEqual([text, usage.input, usage.output, stopReason], [well, 10, 5, "end_turn"]);
    const streamed = await modelAt(server.url, { protocol }).complete(hello);
    assert.deepEqual([streamed.text, streamed.usage, streamed.stopReason], [text, usage, stopReason]);
  });

  test(`${protocol}: an answer that is no stream breaks as well`, async (t) => {
    const plan = ["error-event", "truncated", "reset", "overloaded", "html"] as const;
    const server = await started(t, plan, { protocol });
    const model = modelAt(server.url, { protocol, streaming: false });
    const kinds: string[] = [];
    for (const _ of plan) kinds.push((await modelError(model.complete(hello))).kind);
    assert.deepEqual(kinds, ["overloaded", "truncated", "truncated", "overloaded", "server"]);
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

test("closing cuts what is open, and may be done twice", async () => {
  const server = await faultServer(["stall"]);
  const failing = modelError(modelAt(server.url).complete(hello));
  while (server.requests.length === 0) await settled(1);
  await server.close();
  assert.ok((await failing) instanceof ModelError);
  await server.close();
});
