import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import * as say from "../support/answers.ts";
import { json, serve } from "../support/fault-server.ts";
import { FakeIo, run } from "./fake-io.ts";

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), "colloquy-cli-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const messagesOf = (lines: string): unknown[] =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { msg: unknown }).msg);

const whole = ["begin", "message", "request", "message", "response", "turn-end"];

test("log: a file of the folder that -C names, to which is appended", async (t) => {
  const cwd = folder(t);
  writeFileSync(path.join(cwd, "log"), '{"msg":"before"}\n');
  const argv = ["-p", "echo: hi", "--model", "rehearsal", "--log", "log", "-C", path.basename(cwd)];
  assert.equal((await run(argv, { cwd: path.dirname(cwd) })).err, "");
  assert.deepEqual(messagesOf(readFileSync(path.join(cwd, "log"), "utf8")), ["before", ...whole]);
});

test("log: a conversation at the terminal is one session", async (t) => {
  const cwd = folder(t);
  const io = new FakeIo({ terminal: true, cwd });
  const running = run(["echo: one", "--model", "rehearsal", "--log", "log"], io);
  await io.stderr.until("> ");
  io.keys.write("echo: two\r");
  while (io.stderr.text.split("> ").length < 3) await io.stderr.next();
  io.keys.write("/exit\r");
  assert.equal((await running).code, 0);
  const log = readFileSync(path.join(cwd, "log"), "utf8");
  assert.deepEqual(messagesOf(log), [...whole, ...whole.slice(1)]);
  assert.equal(new Set(log.match(/"session":"[^"]*"/g)).size, 1);
});

test(
  "log: a disk that is full is told of once, and ends no run",
  { skip: !existsSync("/dev/full") },
  async () => {
    const ended = await run(["-p", "echo: hi", "--model", "rehearsal", "--log", "/dev/full"]);
    assert.deepEqual([ended.code, ended.out], [0, "hi\n"]);
    assert.match(ended.err, /^--log \/dev\/full: nothing more is logged: ENOSPC.*\n$/);
  },
);

test("log: a key of any name and form that a provider is asked with is not told", async (t) => {
  const key = "0123-odd-credential-of-a-gateway";
  const home = folder(t);
  const models = path.join(home, "models.json");
  const server = await serve(t, json(say.errorBody("authentication_error", `no key ${key}`), 401));
  const house = { id: "house", name: "House", protocol: "anthropic-messages", baseUrl: server.url };
  writeFileSync(
    models,
    JSON.stringify({ providers: [{ ...house, keyVariables: ["HOUSE_KEY"], auth: "bearer" }] }),
  );
  const env = { HOUSE_KEY: key, COLLOQUY_CONFIG: models, HOME: home, XDG_CONFIG_HOME: home };
  const ended = await run(["-p", "hi", "--model", "house/any", "--log", "-", "--verbose"], { env });
  assert.equal(ended.code, 1);
  const [log = ""] = ended.err.split("colloquy: ");
  assert.match(log, /no key \*\*\*"/);
  assert.ok(!log.includes(key));
});
