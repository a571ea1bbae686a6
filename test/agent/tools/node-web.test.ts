import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { nodeWeb } from "../../../src/agent/tools/web/node-web.ts";

const ask = {
  method: "GET",
  redirect: "manual",
  headers: { accept: "text/*" },
  signal: new AbortController().signal,
} as const;

async function server(t: TestContext, listener: RequestListener): Promise<number> {
  const listening = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  t.after(() => listening.close());
  return (listening.address() as AddressInfo).port;
}

const here = (): Promise<{ address: string; family: number }[]> =>
  Promise.resolve([{ address: "127.0.0.1", family: 4 }]);

test("node web: a name that has changed its address by the time it is connected to is not asked", async (t) => {
  let asked = 0;
  const port = await server(t, (_, answer) => {
    asked++;
    answer.end();
  });
  const addresses = [[{ address: "93.184.215.14", family: 4 }], [{ address: "127.0.0.1", family: 4 }]];
  const web = nodeWeb(["*"], { lookup: () => Promise.resolve(addresses.shift() ?? []) });
  assert.deepEqual(await web.addressesOf("example.com"), ["93.184.215.14"]);
  await assert.rejects(web.fetch(`http://example.com:${port}/`, ask), {
    name: "NotAllowed",
    message: /private network/,
  });
  await assert.rejects(web.fetch(`https://example.com:${port}/`, ask), { name: "NotAllowed" });
  assert.equal(asked, 0);
});

test("node web: status, headers and body, packed or not; redirects are not followed", async (t) => {
  const packed: Record<string, (text: string) => Buffer> = {
    identity: (text) => Buffer.from(text),
    gzip: (text) => gzipSync(text),
    deflate: (text) => deflateSync(text),
    br: (text) => brotliCompressSync(text),
  };
  const port = await server(t, ({ url = "", headers }, answer) => {
    assert.equal(headers["accept-encoding"], "identity");
    const how = url.slice(1);
    if (how === "empty") answer.writeHead(204).end();
    else if (how === "away") answer.writeHead(302, { location: "http://evil.example/" }).end();
    else answer.writeHead(200, { "content-encoding": how }).end(packed[how]?.("text") ?? "x");
  });
  const web = nodeWeb(["*"], { lookup: here, isPublic: () => true });
  for (const how of Object.keys(packed)) {
    const response = await web.fetch(`http://example.com:${port}/${how}`, ask);
    assert.equal(await response.text(), "text", how);
  }
  assert.equal((await web.fetch(`http://example.com:${port}/empty`, ask)).status, 204);
  const away = await web.fetch(`http://example.com:${port}/away`, ask);
  assert.deepEqual([away.status, away.headers.get("location")], [302, "http://evil.example/"]);
  await assert.rejects(web.fetch(`http://example.com:${port}/gzip,gzip`, ask), /packed in a way/);
});

test("node web: a body that is given up is not read on", async (t) => {
  let closed = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const port = await server(t, (_, answer) => {
    answer.on("close", closed);
    answer.writeHead(200, { "content-encoding": "gzip" });
    answer.write(bomb);
  });
  const web = nodeWeb(["*"], { lookup: here, isPublic: () => true });
  const reader = (await web.fetch(`http://example.com:${port}/`, ask)).body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  assert.ok((value?.length ?? 0) > 0);
  await reader?.cancel();
  await over;
});
