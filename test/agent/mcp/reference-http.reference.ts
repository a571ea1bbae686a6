import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { system } from "../../../src/providers/system.ts";
import { mcpBench } from "./bench.ts";

const script = path.resolve(
  import.meta.dirname,
  "../../../toolchain/mcp/node_modules/@modelcontextprotocol/server-everything/dist/index.js",
);

test("everything, over HTTP: listed, called, progress, cancelled", async (t) => {
  const url = await started(t);
  const server = { type: "http", name: "web", origin: "user", url, headers: {}, private: false } as const;
  const { list, call, progress } = await mcpBench(t, [server], { clock: system.clock });
  assert.match(await list(), /server web: \d+ tools, in its own words\n/);
  assert.equal((await call("echo", { message: "hello" })).text, "Echo: hello");
  assert.ok((await call("get-tiny-image")).parts.some(({ type }) => type === "image"));
  assert.match((await call("trigger-long-running-operation", { duration: 0.5, steps: 2 })).text, /completed/);
  assert.deepEqual(progress.at(-1), { server: "web", progress: 2, total: 2 });
  progress.length = 0;
  const controller = new AbortController();
  const long = call("trigger-long-running-operation", { duration: 60, steps: 600 }, controller.signal);
  long.catch(() => undefined);
  while (progress.length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error("enough"));
  await assert.rejects(long, /enough/);
  assert.equal((await call("echo", { message: "still here" })).text, "Echo: still here");
});

/** The server on a free port of this machine; its URL. */
async function started(t: TestContext): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [script, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("listening on port")) resolve();
    });
    child.on("exit", () => reject(new Error(`it ended: ${said}`)));
  });
  return `http://127.0.0.1:${port}/mcp`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
