import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { McpError, type McpErrorKind } from "../../../src/agent/mcp/error.ts";
import { defaultLimits } from "../../../src/agent/mcp/limits.ts";
import type { HttpServer } from "../../../src/agent/mcp/server.ts";
import { mcpBench } from "./bench.ts";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly arguments?: unknown };
}

type Answer = (message: Message, response: ServerResponse, request: IncomingMessage) => void;

const json = (response: ServerResponse, id: unknown, result: unknown): void => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
};

/** What a good server answers; `undefined` for what the case answers itself. */
const good: Answer = ({ id, method, params }, response) => {
  if (method === "initialize") {
    const capabilities = { tools: {} };
    json(response, id, {
      protocolVersion: "2025-06-18",
      capabilities,
      serverInfo: { name: "x", version: "1" },
    });
  } else if (method === "tools/list") {
    json(response, id, { tools: [{ name: "say", description: "Says.", inputSchema: { type: "object" } }] });
  } else if (method === "tools/call") {
    json(response, id, { content: [{ type: "text", text: JSON.stringify(params?.arguments) }] });
  } else response.writeHead(202).end();
};

/** A server on this machine; which requests it got. */
async function serving(
  t: TestContext,
  answer: Answer,
  get: (response: ServerResponse) => void = (response) => void response.writeHead(405).end(),
): Promise<{ readonly server: HttpServer; readonly requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const http = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => undefined);
    if (request.method !== "POST") {
      get(response);
      return;
    }
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => answer(JSON.parse(body) as Message, response, request));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return { server: serverAt(`http://127.0.0.1:${port}/mcp`), requests };
}

function serverAt(url: string, more: Partial<HttpServer> = {}): HttpServer {
  return { type: "http", name: "web", origin: "user", url, headers: {}, private: false, ...more };
}

const onCall =
  (does: Answer): Answer =>
  (message, response, request) =>
    (message.method === "tools/call" ? does : good)(message, response, request);

test("a server over HTTP is listed and called, with its headers", async (t) => {
  const { server, requests } = await serving(t, good);
  const withToken = { ...server, headers: { Authorization: "Bearer ${TOKEN}" } };
  const { call, list } = await mcpBench(t, [withToken], { env: { TOKEN: "hunter2-hunter2" } });
  assert.match(await list(), /say: Says\./);
  assert.equal((await call("say", { a: 1 })).text, '{"a":1}');
  assert.ok(requests.every(({ headers }) => headers.authorization === "Bearer hunter2-hunter2"));
});

test("an answer that comes as a stream of events is one", async (t) => {
  const { server } = await serving(
    t,
    onCall(({ id }, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const event = (message: object): void =>
        void response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
      event({ method: "notifications/message", params: { level: "info", data: "x" } });
      event({ id, result: { content: [{ type: "text", text: "streamed" }] } });
      response.end();
    }),
  );
  const { call } = await mcpBench(t, [server]);
  assert.equal((await call("say")).text, "streamed");
});

const cases: readonly (readonly [what: string, kind: McpErrorKind, says: RegExp, does: Answer])[] = [
  [
    "wants a token",
    "unauthorized",
    /put a token into its "headers".*OAuth/,
    (_, response) =>
      void response
        .writeHead(401, { "www-authenticate": 'Bearer resource_metadata="http://169.254.169.254/"' })
        .end("no"),
  ],
  ["forbids", "unauthorized", /status 403/, (_, response) => void response.writeHead(403).end("no")],
  [
    "redirects elsewhere",
    "unavailable",
    /it redirects, and is not followed/,
    (_, response) => void response.writeHead(307, { location: "http://127.0.0.1:1/mcp" }).end(),
  ],
  [
    "fails",
    "unavailable",
    /status 500.*oops/,
    (_, response) => void response.writeHead(500).end("oops\u001b[2J"),
  ],
  [
    "answers with a page",
    "protocol",
    /failed/,
    (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  ],
  [
    "answers with no JSON",
    "protocol",
    /failed/,
    (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end("{"),
  ],
  [
    "packs its answer",
    "protocol",
    /packs its answers/,
    (_, response) =>
      void response
        .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
        .end(gzipSync("{}")),
  ],
  ["hangs up", "unavailable", /failed/, (_, response) => void response.destroy()],
  [
    "answers without end",
    "too-large",
    /a message of more than 16777216 bytes/,
    (_, response) => endless(response, "application/json"),
  ],
  [
    "streams an event without end",
    "too-large",
    /a message of more than 16777216 bytes/,
    (_, response) => endless(response, "text/event-stream"),
  ],
];

for (const [what, kind, says, does] of cases) {
  test(`a server over HTTP that ${what} has one end: ${kind}`, async (t) => {
    const { server } = await serving(t, does);
    const { call } = await mcpBench(t, [server]);
    await rejects(call("say"), kind, says);
  });
}

test("events without end are a flood", async (t) => {
  const { server } = await serving(
    t,
    onCall((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const event = `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: 1 } })}\n\n`;
      const write = (): void => {
        while (response.write(event.repeat(100)));
        response.once("drain", write);
      };
      write();
    }),
  );
  const { call } = await mcpBench(t, [server]);
  await rejects(call("say"), "flood", /more than 2000 messages in 10 s/);
});

test("a stream that ends at once is opened again a few times, and not at once", async (t) => {
  const seen = { opened: 0 };
  const { server } = await serving(t, good, (response) => {
    seen.opened++;
    response.writeHead(200, { "content-type": "text/event-stream" }).end("retry: 0\n\n");
  });
  const { list, clock } = await mcpBench(t, [server]);
  await list();
  const turns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  while (seen.opened === 0) await turns(1);
  // Time stands still, and nothing is asked meanwhile.
  await turns(100);
  assert.equal(seen.opened, 1);
  while (seen.opened < 21) {
    clock.advance(60_000);
    await turns(1);
  }
  for (let at = 0; at < 50; at++) {
    clock.advance(60_000);
    await turns(2);
  }
  assert.equal(seen.opened, 21);
});

test("a stream that ends before the answer ends the call", async (t) => {
  const { server } = await serving(
    t,
    onCall((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).end(": nothing\n\n");
    }),
  );
  const { call } = await mcpBench(t, [server]);
  await rejects(call("say"), "closed", /hung up before it had answered/);
});

test("private addresses are refused, written out or looked up, unless the user says so", async (t) => {
  const lookup = () => Promise.resolve([{ address: "10.1.2.3", family: 4 }]);
  const closed = { lookup, limits: { closeMs: 0 } };
  for (const url of [
    "https://10.1.2.3/mcp",
    "https://inside.example.com/mcp",
    "https://[fd00::1]/",
    "https://169.254.169.254/",
  ]) {
    const { call } = await mcpBench(t, [serverAt(url)], closed);
    await rejects(call("say"), "refused", /in a private network/);
  }
  // Of two addresses one is enough.
  const both = () =>
    Promise.resolve([
      { address: "93.184.216.34", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ]);
  const { call } = await mcpBench(t, [serverAt("https://rebound.example.com/")], { lookup: both });
  await rejects(call("say"), "refused", /in a private network/);
  const local = await mcpBench(t, [serverAt("http://localhost:9/")], { lookup });
  await rejects(local.call("say"), "refused", /localhost is 10\.1\.2\.3/);
});

test("a token is in nothing that is told", async (t) => {
  const { server } = await serving(
    t,
    (_, response, request) =>
      void response.writeHead(500).end(`you sent ${request.headers.authorization ?? ""}`),
  );
  const { call } = await mcpBench(t, [{ ...server, headers: { Authorization: "Bearer hunter2-hunter2" } }]);
  await assert.rejects(
    call("say"),
    (error: Error) => error.message.includes("***") && !error.message.includes("hunter2"),
  );
});

test("a call over HTTP that is cancelled ends", async (t) => {
  const { server } = await serving(
    t,
    onCall(() => undefined),
  );
  const { call, clock } = await mcpBench(t, [server]);
  const controller = new AbortController();
  const called = call("say", {}, controller.signal);
  called.catch(() => undefined);
  await clock.set(defaultLimits.idleMs);
  controller.abort(new Error("enough"));
  await assert.rejects(called, /enough/);
});

function endless(response: ServerResponse, type: string): void {
  response.writeHead(200, { "content-type": type });
  const piece = `data: ${"x".repeat(1024 * 1024)}`;
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
    response.once("drain", write);
  };
  write();
}

async function rejects(promise: Promise<unknown>, kind: McpErrorKind, says: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof McpError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, says);
    assert.ok(!error.message.includes("\u001b"));
    return true;
  });
}
