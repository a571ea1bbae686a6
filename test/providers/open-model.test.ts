import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { openModel, type Endpoint } from "../../src/providers/open-model.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { answer, events, json, serve } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { hello, KEY, modelAt, ways } from "../support/ways.ts";

function mistake(open: () => unknown): ConfigurationError {
  try {
    open();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  return assert.fail("it was taken");
}

test("a missing key: the variable and where one is had are named", () => {
  for (const env of [{}, { ANTHROPIC_API_KEY: "" }, { ANTHROPIC_API_KEY: " \n" }]) {
    const error = mistake(() => openModel("claude", { env }));
    assert.equal(error.code, "missing-key");
    assert.match(error.message, /ANTHROPIC_API_KEY/);
    assert.match(error.message, /https:\/\/console\.anthropic\.com/);
    assert.deepEqual(error.candidates, ["ANTHROPIC_API_KEY"]);
  }
});

test("the key and the place come from the environment, and options win over both", async (t) => {
  const server = await serve(t, ...Array.from({ length: 3 }, () => events(say.stream("ok"))));
  const other = await serve(t, events(say.stream("ok")));
  const env = { ANTHROPIC_API_KEY: ` ${KEY}\n`, ANTHROPIC_BASE_URL: `${server.url}/sub/` };
  await openModel("claude", { env }).complete(hello);
  await openModel("claude", { env, apiKey: "mine" }).complete(hello);
  await openModel("claude", { env, baseUrl: other.url }).complete(hello);
  assert.equal(server.calls[0]?.headers["x-api-key"], KEY);
  assert.equal(server.calls[0]?.url, "/sub/v1/messages");
  assert.equal(server.calls[0]?.json["model"], "claude-sonnet-4-6");
  assert.equal(server.calls[1]?.headers["x-api-key"], "mine");
  assert.equal(other.calls.length, 1);
});

test("an endpoint that no catalogue knows: its own name, host, key and price, or none", async (t) => {
  const server = await serve(t, events(say.stream("a")), events(say.stream("b")), events(say.stream("c")));
  const endpoint: Endpoint = { protocol: "anthropic-messages", baseUrl: server.url, model: "any" };
  const bare = openModel(endpoint);
  assert.equal(bare.info.provider, new URL(server.url).host);
  const { cost } = await bare.complete(hello);
  assert.equal(cost.known, false);
  assert.match(cost.known ? "" : cost.why, /no price/);
  assert.equal(server.calls[0]?.headers["x-api-key"], undefined);
  assert.equal(server.calls[0]?.json["model"], "any");
  await openModel({ ...endpoint, apiKey: KEY, auth: "bearer", headers: { "x-more": "1" } }).complete(hello);
  assert.equal(server.calls[1]?.headers["authorization"], `Bearer ${KEY}`);
  assert.equal(server.calls[1]?.headers["x-api-key"], undefined);
  assert.equal(server.calls[1]?.headers["x-more"], "1");
  await openModel({ ...endpoint, apiKey: KEY, auth: { header: "my-key" } }).complete(hello);
  assert.equal(server.calls[2]?.headers["my-key"], KEY);
});

test("an endpoint's mistakes are told when it is opened", () => {
  const endpoint: Endpoint = { protocol: "anthropic-messages", baseUrl: "http://127.0.0.1", model: "any" };
  for (const baseUrl of ["", "127.0.0.1:80", "ftp://127.0.0.1", "file:///x"]) {
    assert.equal(mistake(() => openModel({ ...endpoint, baseUrl })).code, "invalid-option");
  }
  for (const protocol of ["smoke-signals", "constructor"] as unknown as Endpoint["protocol"][]) {
    const error = mistake(() => openModel({ ...endpoint, protocol }));
    assert.equal(error.code, "invalid-option");
    assert.match(error.message, /anthropic-messages/);
  }
});

for (const way of ways) {
  test(`${way.name}: a key that no header can carry is refused without being shown`, async (t) => {
    const { options } = way.open(t);
    for (const bad of ["\n", "\r\nx-evil: 1", "\u0000", "\u2603", "\u00e9", "\u007f"]) {
      const error = mistake(() =>
        modelAt("http://127.0.0.1:1", { ...options, apiKey: `${KEY}${bad}${KEY}` }),
      );
      assert.equal(error.code, "invalid-option");
      assert.doesNotMatch(inspect(error), /0123456789/);
    }
  });

  test(`${way.name}: the key shows up in no error, dump or event`, async (t) => {
    const server = await serve(
      t,
      (call) => call.reset(),
      json(say.errorBody("authentication_error", "invalid x-api-key"), 401),
      answer(500, "<html>oops"),
      events(say.halfStream),
      events(say.stream("ok")),
    );
    const model = modelAt(server.url, { ...way.open(t).options, system: virtualSystem() });
    const shown: unknown[] = [model, model.info, model.stream(hello)];
    const onEvent = (event: unknown): void => void shown.push(event);
    for (let i = 0; i < 4; i++) shown.push(await modelError(model.complete(hello, { onEvent })));
    shown.push(await model.complete(hello, { onEvent }));
    shown.push(await modelError(modelAt("http://127.0.0.1:1", way.open(t).options).complete(hello)));
    const write = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
    for (const each of shown) {
      const text = `${inspect(each, { depth: 20, showHidden: true })}${JSON.stringify(each, write)}${String(each)}`;
      assert.doesNotMatch(text, /0123456789/);
    }
    assert.equal(server.calls[1]?.headers["x-api-key"], KEY);
  });
}

test("a header that would end its line is refused, and its value not shown", async () => {
  const model = modelAt("http://127.0.0.1:1", { headers: { "x-token": "0123456789\r\nx-evil: 1" } });
  const error = await rejection(model.complete(hello));
  assert.ok(error instanceof ConfigurationError);
  assert.doesNotMatch(inspect(error), /0123456789/);
});

test("a model says where it is asked, and whether its answers stream", () => {
  const at = (baseUrl: string, streaming?: boolean): unknown =>
    openModel({
      protocol: "anthropic-messages",
      baseUrl,
      model: "any",
      ...(streaming !== undefined && { streaming }),
    }).info.server;
  const host = "llm.example";
  assert.deepEqual(at("https://llm.example/v1"), { host, port: 443, streaming: true });
  assert.deepEqual(at("http://llm.example", false), { host, port: 80, streaming: false });
  assert.deepEqual(at("http://[::1]:8080"), { host: "::1", port: 8080, streaming: true });
  const byName = openModel("claude", { apiKey: KEY, env: {} }).info.server;
  assert.deepEqual(byName, { host: "api.anthropic.com", port: 443, streaming: true });
  assert.equal(openModel("rehearsal").info.server, undefined);
});
