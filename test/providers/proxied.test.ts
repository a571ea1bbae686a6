import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { ProxyAgent } from "undici";
import { ConfigurationError, type ModelErrorKind } from "../../src/llm/errors.ts";
import * as say from "../support/answers.ts";
import { events, reset, serve } from "../support/fault-server.ts";
import { modelError, rejection } from "../support/failure.ts";
import { proxy, type TestProxy } from "../support/proxy.ts";
import { identity, trustIdentity } from "../support/tls/index.ts";
import { hello, KEY, modelAt } from "../support/ways.ts";

trustIdentity();

const ok = events(say.stream("ok"));

/** A server that speaks TLS and answers all requests well. */
async function secure(t: TestContext): Promise<{ port: number; asked: string[]; connections: () => number }> {
  const asked: string[] = [];
  let connections = 0;
  const server = createServer({ ...identity }, (request, response) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers.host} ${request.headers["proxy-authorization"]}`,
    );
    request.resume();
    request.on("end", () => response.end(say.stream("ok")));
  });
  server.on("secureConnection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, asked, connections: () => connections };
}

const portOf = (url: string): number => Number(new URL(url).port);

const withCredentials = (url: string): string => url.replace("//", "//user:p%40ss@");

const basic = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;

for (const tls of [false, true]) {
  const over = tls ? "over TLS" : "over TCP";

  test(`F18: an https target through the tunnel of a proxy ${over}`, async (t) => {
    const target = await secure(t);
    const hop = await proxy(t, { port: target.port, tls });
    const env = { HTTPS_PROXY: withCredentials(hop.url) };
    const model = modelAt("https://models.test/base", { env });
    for (let i = 0; i < 3; i++) assert.equal((await model.complete(hello)).text, "ok");
    const [asked] = hop.asked;
    assert.equal(hop.asked.length, 1, "the tunnel is kept");
    assert.equal(asked?.method, "CONNECT");
    assert.equal(asked.target, "models.test:443");
    assert.equal(asked.headers["proxy-authorization"], basic);
    assert.equal(asked.headers.host, "models.test:443");
    assert.equal(asked.headers["x-api-key"], undefined, "the key is the target's alone");
    const line = "POST /base/v1/messages models.test undefined";
    assert.deepEqual(target.asked, [line, line, line]);
    assert.equal(target.connections(), 1);
  });

  test(`F18: an http target by its whole URL, by a proxy ${over}`, async (t) => {
    const server = await serve(t, ok, ok);
    const hop = await proxy(t, { port: portOf(server.url), tls });
    const env = { http_proxy: withCredentials(hop.url), HTTPS_PROXY: "http://127.0.0.1:1" };
    const model = modelAt("http://models.test:8080?v=1", { env });
    for (let i = 0; i < 2; i++) assert.equal((await model.complete(hello)).text, "ok");
    const [asked] = hop.asked;
    assert.equal(asked?.method, "POST");
    assert.equal(asked.target, "http://models.test:8080/v1/messages?v=1");
    assert.equal(asked.headers.host, "models.test:8080");
    assert.equal(asked.headers["proxy-authorization"], basic);
    assert.equal(server.calls[0]?.url, "/v1/messages?v=1");
    assert.equal(server.calls[0]?.headers["x-api-key"], KEY);
  });
}

test("https without a proxy, and a certificate for another host", async (t) => {
  const target = await secure(t);
  const url = `https://127.0.0.1:${target.port}`;
  const model = modelAt(url, { env: { ALL_PROXY: "http://127.0.0.1:1" } });
  for (let i = 0; i < 2; i++) assert.equal((await model.complete(hello)).text, "ok");
  assert.equal(target.connections(), 1);
  const hop = await proxy(t, { port: target.port });
  const wrong = modelAt("https://other.test", { env: { https_proxy: hop.url } });
  const error = await modelError(wrong.complete(hello));
  assert.equal(error.kind, "connection");
  assert.match(
    error.message,
    /^cannot reach https:\/\/other\.test through the proxy http:\/\/127\S+: .*altnames/,
  );
  assert.equal(target.asked.length, 2, "nothing was sent");
});

/** What a proxy refuses with, and what becomes of it. */
const refusals: readonly (readonly [status: number, retryable: boolean])[] = [
  [403, false],
  [407, false],
  [502, true],
  [503, true],
];

for (const [status, retryable] of refusals) {
  test(`F18: a tunnel refused with ${status} is a connection error that shows no credentials`, async (t) => {
    const hop = await proxy(t, { port: 1, refuse: [status] });
    const model = modelAt("https://models.test", { env: { HTTPS_PROXY: withCredentials(hop.url) } });
    const error = await modelError(model.complete(hello));
    assert.equal(error.kind, "connection");
    assert.equal(error.status, status);
    assert.equal(error.retryable, retryable);
    assert.ok(error.message.startsWith(`the proxy ${hop.url} refused with HTTP ${status}`), error.message);
    assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /user|p%40ss|p@ss|Basic/);
  });
}

test("F18: a tunnel that is refused for now is asked for again", async (t) => {
  const target = await secure(t);
  const hop = await proxy(t, { port: target.port, refuse: [503] });
  const model = modelAt("https://models.test", {
    env: { HTTPS_PROXY: hop.url },
    retries: { retries: 1, baseMs: 0 },
  });
  assert.equal((await model.complete(hello)).text, "ok");
  assert.equal(hop.asked.length, 2);
});

test("F18: an http request that the proxy wants credentials for is the proxy's refusal, not the model's", async (t) => {
  const hop = await proxy(t, { port: 1, refuse: [407, 403] });
  const model = modelAt("http://models.test", { env: { HTTP_PROXY: hop.url } });
  const error = await modelError(model.complete(hello));
  assert.equal(error.kind, "connection");
  assert.match(error.message, /^the proxy http:\/\/127\.0\.0\.1:\d+ refused with HTTP 407: it wants other/);
  // Who refused here cannot be told.
  assert.equal((await modelError(model.complete(hello))).kind, "permission");
});

const odd: readonly (readonly [what: string, says: string, message: RegExp, kind: ModelErrorKind])[] = [
  ["no HTTP", "SSH-2.0-OpenSSH\r\n", /^the proxy http:\S+ does not speak HTTP: no status line/, "connection"],
  ["nothing", "", /^cannot reach https:\/\/models\.test through the proxy .*closed without/, "connection"],
  [
    "bytes of its own in the tunnel",
    "HTTP/1.1 200 OK\r\n\r\nhello",
    /before the tunnel was used/,
    "connection",
  ],
  [
    "bytes of a body",
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    /before the tunnel was used/,
    "connection",
  ],
];

for (const [what, says, message, kind] of odd) {
  test(`F18: a proxy that says ${what} to CONNECT`, async (t) => {
    const hop = await proxy(t, { port: 1, says });
    const model = modelAt("https://models.test", { env: { HTTPS_PROXY: hop.url } });
    const error = await modelError(model.complete(hello));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
  });
}

test("F18: a proxy that nobody runs is named", async () => {
  for (const [url, variable] of [
    ["http://models.test", "http_proxy"],
    ["https://models.test", "https_proxy"],
  ] as const) {
    const model = modelAt(url, { env: { [variable]: "http://user:secret@127.0.0.1:1" } });
    const error = await modelError(model.complete(hello));
    assert.equal(error.kind, "connection");
    assert.match(
      error.message,
      /^cannot reach https?:\/\/models\.test through the proxy http:\/\/127\.0\.0\.1:1: ./,
    );
    assert.doesNotMatch(error.message, /secret/);
  }
});

test("F18: a proxy of another kind is a configuration error", async () => {
  const model = modelAt("https://models.test", { env: { ALL_PROXY: "socks5://127.0.0.1:1080" } });
  assert.ok((await rejection(model.complete(hello))) instanceof ConfigurationError);
});

test("F18: who aborts while the tunnel opens leaves nothing open", async (t) => {
  const target = await secure(t);
  const controller = new AbortController();
  const hop: TestProxy = await proxy(t, { port: target.port });
  const model = modelAt("https://models.test", { env: { HTTPS_PROXY: hop.url } });
  const failing = rejection(model.complete(hello, { signal: controller.signal }));
  const asked = async (): Promise<void> => {
    while (hop.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  await asked();
  controller.abort("enough");
  assert.equal(await failing, "enough");
  while (hop.open > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(target.asked.length, 0);
});

test("F17, F18: a kept connection through a proxy that goes stale is not noticed", async (t) => {
  const server = await serve(t, ok, reset, ok);
  const hop = await proxy(t, { port: portOf(server.url) });
  const model = modelAt("http://models.test", { env: { http_proxy: hop.url } });
  for (let i = 0; i < 2; i++) assert.equal((await model.complete(hello)).text, "ok");
});

test("F18: this machine is asked directly", async (t) => {
  const server = await serve(t, ok);
  const env = { ALL_PROXY: "http://127.0.0.1:1", NO_PROXY: "" };
  assert.equal((await modelAt(server.url, { env }).complete(hello)).text, "ok");
});

test("F18: with a fetch or a dispatcher of the user's own, the variables are his business", async (t) => {
  const env = { ALL_PROXY: "socks5://nobody" };
  const fetch = async (): Promise<Response> => new Response(say.stream("direct"));
  assert.equal((await modelAt("https://models.test", { fetch, env }).complete(hello)).text, "direct");
  const server = await serve(t, ok);
  const dispatcher = new ProxyAgent({
    uri: (await proxy(t, { port: portOf(server.url) })).url,
    proxyTunnel: false,
  });
  t.after(() => dispatcher.destroy());
  assert.equal((await modelAt("http://models.test", { dispatcher, env }).complete(hello)).text, "ok");
});
