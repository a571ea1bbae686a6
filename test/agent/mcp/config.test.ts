import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readMcpConfig } from "../../../src/agent/mcp/config.ts";
import { McpError } from "../../../src/agent/mcp/error.ts";
import { expanded } from "../../../src/agent/mcp/expand.ts";
import type { HttpServer } from "../../../src/agent/mcp/server.ts";
import { serverUrl } from "../../../src/agent/mcp/server-url.ts";
import { ConfigurationError } from "../../../src/llm/errors.ts";
import { mcpBench, raw } from "./bench.ts";

const config = (servers: object): string => JSON.stringify({ mcpServers: servers });

test("the usual format is read", () => {
  const text = config({
    files: { command: "node", args: ["server.js"], env: { A: "1" }, cwd: "sub", autoApprove: ["x"] },
    near: { type: "stdio", command: "x", outside: true },
    far: { type: "http", url: "https://example.com/mcp", headers: { Authorization: "Bearer ${T}" } },
    off: { command: "x", disabled: true },
  });
  const [files, near, far, ...rest] = readMcpConfig(text, "user");
  assert.deepEqual(files, {
    type: "stdio",
    name: "files",
    origin: "user",
    command: "node",
    args: ["server.js"],
    env: { A: "1" },
    cwd: "sub",
    outside: false,
  });
  assert.equal(near?.type === "stdio" && near.outside, true);
  assert.equal(far?.type, "http");
  assert.deepEqual(rest, []);
});

test("a configuration that is none is refused, with what to write", () => {
  const cases: readonly (readonly [text: string, says: RegExp])[] = [
    ["", /is not JSON/],
    ["[]", /write \{ "mcpServers"/],
    ["{}", /write \{ "mcpServers"/],
    [config({ "a b": { command: "x" } }), /"a b" is no name/],
    [config({ a__b: { command: "x" } }), /single _/],
    [config({ a_: { command: "x" } }), /no name/],
    [config({ a: 1 }), /a is no object/],
    [config({ a: {} }), /neither a "command" nor a "url"/],
    [config({ a: { command: "x", url: "y" } }), /take one out/],
    [config({ a: { command: " " } }), /empty command/],
    [config({ a: { command: ["x"] } }), /"command" that is no text/],
    [config({ a: { command: "x", args: "y" } }), /"args" that are no list/],
    [config({ a: { command: "x", env: { A: 1 } } }), /"A" is no text/],
    [config({ a: { url: "https://x", headers: { "a b": "c" } } }), /header "a b"/],
    [config({ a: { url: "https://x", headers: { a: "c\r\nd: e" } } }), /header "a"/],
    [config({ a: { url: "x", type: "sse" } }), /streamable HTTP/],
    [config({ a: { command: "x", outside: "yes" } }), /true or false/],
    [config(Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`s${at}`, {}]))), /more than 50/],
  ];
  for (const [text, says] of cases) {
    assert.throws(
      () => readMcpConfig(text, "user"),
      (error) => error instanceof ConfigurationError && says.test(error.message),
      text,
    );
  }
});

test("any text is read, or refused with a typed error", () => {
  const value = fc.jsonValue();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        value.map((each) => config({ a: each as object })),
      ),
      (text) => {
        try {
          readMcpConfig(text, "project");
        } catch (error) {
          assert.ok(error instanceof ConfigurationError);
        }
      },
    ),
  );
});

test("a project takes neither liberties nor variables", () => {
  for (const liberty of [
    { command: "x", outside: true },
    { url: "https://x", private: true },
  ]) {
    assert.throws(() => readMcpConfig(config({ a: liberty }), "project"), /only your own configuration/);
  }
  const [asks] = readMcpConfig(config({ a: { command: "x", args: ["${OPENAI_API_KEY}"] } }), "project");
  assert.ok(asks);
  assert.throws(
    () => expanded(asks, { OPENAI_API_KEY: "k" }),
    (error) => error instanceof McpError && error.kind === "refused",
  );
});

test("variables of the user's own file are put in, and one that is missing is named", () => {
  const [server] = readMcpConfig(
    config({
      a: { command: "${BIN}/x", args: ["${NO:-default}", "$HOME"], env: { T: "${T}" }, cwd: "${D:-}" },
    }),
    "user",
  );
  assert.ok(server);
  const full = expanded(server, { BIN: "/bin", T: "${BIN}" });
  assert.ok(full.type === "stdio");
  // What a variable holds is not expanded again.
  assert.deepEqual(
    [full.command, full.args, full.env, full.cwd],
    ["/bin/x", ["default", "$HOME"], { T: "${BIN}" }, ""],
  );
  assert.throws(() => expanded(server, { BIN: "/bin" }), /needs the variable T, which is not set; export it/);
});

test("only https is asked, and http on this machine", () => {
  const at = (url: string, more: Partial<HttpServer> = {}): unknown => {
    const server = {
      type: "http",
      name: "a",
      origin: "user",
      url,
      headers: {},
      private: false,
      ...more,
    } as const;
    try {
      return serverUrl(server).reach;
    } catch (error) {
      assert.ok(error instanceof McpError);
      return error.kind;
    }
  };
  assert.equal(at("https://example.com/mcp"), "public");
  assert.equal(at("https://example.com/mcp", { private: true }), "any");
  for (const url of [
    "http://localhost:1/mcp",
    "http://127.0.0.1:3001",
    "http://[::1]/",
    "http://2130706433/",
  ]) {
    assert.equal(at(url), "loopback", url);
  }
  for (const url of [
    "http://example.com",
    "http://10.0.0.1",
    "ftp://a",
    "file:///etc/passwd",
    "x",
    "https://u:p@a.org",
    "http://localhost.evil.org",
  ]) {
    assert.equal(at(url), "refused", url);
  }
});

test("a project's server does not stand in for the user's", async (t) => {
  const project = raw("exit", { origin: "project" });
  const { mcp, notices, call } = await mcpBench(t, [project, raw("good")]);
  assert.deepEqual(
    mcp.servers.map(({ server }) => server.origin),
    ["user"],
  );
  assert.match(notices.join(""), /project's MCP server raw is passed over: the user's has the same name/);
  assert.match((await call("say")).text, /you said/);
});
