import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { McpError } from "../../../src/agent/mcp/error.ts";
import type { StdioServer } from "../../../src/agent/mcp/server.ts";
import { openSandbox } from "../../../src/agent/sandbox/open-sandbox.ts";
import { system } from "../../../src/providers/system.ts";
import { withoutBwrap } from "../../sandbox/support.ts";
import { folderOf, mcpBench, type McpBench } from "./bench.ts";

const servers = path.resolve(
  import.meta.dirname,
  "../../../toolchain/mcp/node_modules/@modelcontextprotocol",
);

const server = (name: string, ...args: readonly string[]): StdioServer => ({
  type: "stdio",
  name,
  origin: "user",
  command: process.execPath,
  args: [path.join(servers, `server-${name}/dist/index.js`), ...args],
  env: {},
  outside: false,
});

/** Servers in a sandbox of the kernel's, on the machine's own clock. */
async function inSandbox(
  t: TestContext,
  workspace: string,
  ...given: readonly StdioServer[]
): Promise<McpBench> {
  const sandbox = await openSandbox({
    kind: "bwrap",
    workspace,
    env: process.env,
    readable: [path.resolve(servers, "../..")],
  });
  return mcpBench(t, given, { sandbox, clock: system.clock });
}

test(
  "everything: listed, called, pictures, structure, progress, errors",
  { skip: withoutBwrap },
  async (t) => {
    const { list, call, progress } = await inSandbox(t, folderOf(t), server("everything"));
    assert.match(await list(), /server everything: \d+ tools, in its own words\n/);
    assert.match(await list({ query: "echo" }), /\n {2}echo: /);
    assert.match(await list({ tool: "echo" }), /Schema of its input: \{.*"message"/);
    assert.equal((await call("echo", { message: "hello" })).text, "Echo: hello");
    assert.match((await call("get-sum", { a: 2, b: 40 })).text, /42/);
    const picture = await call("get-tiny-image");
    assert.ok(picture.parts.some((part) => part.type === "image" && part.source.kind === "base64"));
    assert.match((await call("get-structured-content", { location: "Chicago" })).text, /temperature/);
    assert.match((await call("get-resource-links", { count: 2 })).text, /\[a link, which was not followed: /);
    assert.match(
      (await call("trigger-long-running-operation", { duration: 0.5, steps: 2 })).text,
      /completed/,
    );
    assert.deepEqual(progress.at(-1), { server: "everything", progress: 2, total: 2 });
    await assert.rejects(
      call("get-sum", { a: "x" }),
      (error) => error instanceof McpError && error.kind === "invalid-input",
    );
    await assert.rejects(
      call("no-such"),
      (error) => error instanceof McpError && error.kind === "unknown-tool",
    );
  },
);

test("everything: of our environment it sees what the sandbox lets in", { skip: withoutBwrap }, async (t) => {
  const { call } = await inSandbox(t, folderOf(t), { ...server("everything"), env: { NAMED: "yes" } });
  const { text } = await call("get-env");
  assert.match(text, /"NAMED": "yes"/);
  assert.doesNotMatch(text, /API_KEY|npm_config/i);
});

test(
  "everything: a call that is cancelled ends, and the next one runs",
  { skip: withoutBwrap },
  async (t) => {
    const { call, progress } = await inSandbox(t, folderOf(t), server("everything"));
    const controller = new AbortController();
    const long = call("trigger-long-running-operation", { duration: 60, steps: 600 }, controller.signal);
    long.catch(() => undefined);
    while (progress.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error("enough"));
    await assert.rejects(long, /enough/);
    assert.equal((await call("echo", { message: "still here" })).text, "Echo: still here");
  },
);

test("filesystem: reads and writes the workspace, and nothing beyond", { skip: withoutBwrap }, async (t) => {
  const workspace = folderOf(t);
  mkdirSync(path.join(workspace, "sub"));
  writeFileSync(path.join(workspace, "note.txt"), "a note\n");
  // It is told that it may have all; the sandbox knows better.
  const { call, mcp, list } = await inSandbox(t, workspace, server("filesystem", workspace, "/"));
  assert.match(await list(), /read_text_file: /);
  assert.deepEqual(
    (await mcp.tools()).map(({ name }) => name),
    ["mcp_tools", "mcp_call"],
  );
  assert.match((await call("read_text_file", { path: path.join(workspace, "note.txt") })).text, /a note/);
  const written = path.join(workspace, "sub", "new.txt");
  assert.equal((await call("write_file", { path: written, content: "new" })).isError, false);
  assert.equal(readFileSync(written, "utf8"), "new");
  const beyond = await call("write_file", { path: "/etc/colloquy-was-here", content: "x" });
  assert.equal(beyond.isError, true);
  assert.match(beyond.text, /EROFS|EACCES|EPERM|read-only|denied/i);
});
