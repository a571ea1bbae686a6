import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import type { Result } from "../../src/cli/result.ts";
import { parseTrace } from "../../src/httprr/format.ts";
import * as say from "../support/answers.ts";
import { events, held, json, serve } from "../support/fault-server.ts";
import { FakeIo, keyed, run } from "./fake-io.ts";

const recorded = path.join(
  import.meta.dirname,
  "../../../shared/traces/httprr/sketch-4f84ab7/llm/conversation/basic_convo.httprr",
);
const skip = existsSync(recorded) ? false : "0 original traces: ../shared/traces is not here";

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), "colloquy-cli-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("replay: a trace of the original, without a key", { skip }, async () => {
  const argv = ["-p", "Hi, my name is Cornelius", "--model", "claude-3-7-sonnet-20250219"];
  const ended = await run([...argv, "--output-format", "json", "--replay", recorded]);
  assert.equal(ended.err, "");
  assert.equal(ended.code, 0);
  const { usage, costUsd, status, text } = JSON.parse(ended.out) as Result;
  assert.deepEqual([usage.input, usage.output, costUsd, status], [15, 31, 0.00051, "done"]);
  assert.match(text, /Cornelius/);
});

test("replay: a miss says in one line which model was recorded", { skip }, async () => {
  const ended = await run(["-p", "Hi, my name is Cornelius", "--replay", recorded]);
  assert.equal(ended.code, 1);
  assert.match(ended.err, /^colloquy: .*recorded: "claude-3-7-sonnet-20250219".*--model\.\n$/);
});

test("record, then replay: the same answer, without server or key", async (t) => {
  const cwd = folder(t);
  const server = await serve(t, events(say.stream("Hel", "lo")));
  const env = keyed(server.url);
  const argv = ["-p", "hi", "--output-format", "json"];
  const first = await run([...argv, "--record", "hi.httprr"], { cwd, env });
  assert.equal(first.code, 0);
  const file = readFileSync(path.join(cwd, "hi.httprr"), "utf8");
  assert.ok(!file.includes(env["ANTHROPIC_API_KEY"] ?? ""), "no key in the file");
  const second = await run([...argv, "--replay", path.basename(cwd) + "/hi.httprr", "-C", ".."], { cwd });
  const strip = (out: string): object => ({ ...(JSON.parse(out) as object), sessionId: "" });
  assert.equal(second.err, "");
  assert.deepEqual(strip(second.out), strip(first.out));
  assert.equal(server.calls.length, 1);
});

test("record: the trace is finished when the exchange fails, and holds what failed", async (t) => {
  const cwd = folder(t);
  const server = await serve(t, json(say.errorBody("invalid_request_error", "no"), 400));
  const ended = await run(["-p", "hi", "--record", "f"], { cwd, env: keyed(server.url) });
  assert.equal(ended.code, 1);
  assert.equal(parseTrace(readFileSync(path.join(cwd, "f"))).length, 1);
  assert.ok(!existsSync(path.join(cwd, "f.partial")));
});

test("record: the trace is finished when the exchange is cancelled", async (t) => {
  const cwd = folder(t);
  const server = await serve(t, held);
  const io = new FakeIo({ cwd, env: keyed(server.url) });
  const running = run(["-p", "hi", "--record", "f"], io);
  await server.call(0);
  io.interrupt();
  assert.equal((await running).code, 130);
  assert.equal(parseTrace(readFileSync(path.join(cwd, "f"))).length, 0);
});

test("record: a place that cannot be written is found before anything is sent", async (t) => {
  const cwd = folder(t);
  const server = await serve(t);
  const ended = await run(["-p", "hi", "--record", "no/such/folder/f"], { cwd, env: keyed(server.url) });
  assert.equal(ended.code, 2);
  assert.match(ended.err, /^colloquy: cannot record to .*\n$/);
  assert.equal(server.opened, 0);
});

test("replay: a file that is not there, or no trace", async (t) => {
  const cwd = folder(t);
  assert.equal((await run(["-p", "hi", "--replay", "f"], { cwd })).code, 2);
  const ended = await run(["-p", "hi", "--replay", import.meta.filename], { cwd });
  assert.equal(ended.code, 2);
  assert.match(ended.err, /^colloquy: .*is not an httprr trace.*\n$/);
});

test("record, replay: the rehearsal sends nothing, and an empty trace would be a surprise", async (t) => {
  const cwd = folder(t);
  const ended = await run(["-p", "hi", "--record", "f"], { cwd });
  assert.equal(ended.code, 2);
  assert.match(ended.err, /rehearsal sends nothing \(no key was found.*nothing to record/);
  assert.equal((await run(["-p", "hi", "--replay", "f", "--model", "rehearsal"], { cwd })).code, 2);
  assert.ok(!existsSync(path.join(cwd, "f")));
});
