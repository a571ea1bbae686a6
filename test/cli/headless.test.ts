import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import type { Result } from "../../src/cli/result.ts";
import { VERSION } from "../../src/providers/version.ts";
import * as say from "../support/answers.ts";
import { answer, events, held, json, serve } from "../support/fault-server.ts";
import { FakeIo, keyed, run, type Run } from "./fake-io.ts";

const rehearse = ["--model", "rehearsal"];
const resultOf = ({ out }: Run): Result => JSON.parse(out) as Result;
const linesOf = ({ out }: Run): Record<string, unknown>[] =>
  out
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const prompts: [name: string, argv: string[], stdin: string, out: string][] = [
  ["the command line", ["-p", "echo: hi"], "", "hi\n"],
  ["stdin", ["-p"], "echo: from a pipe\n", "from a pipe\n"],
  ["stdin without -p", [], "echo: from a pipe", "from a pipe\n"],
  ["both, after a blank line", ["-p", "echo: explain"], "line 1\nline 2\n\n", "explain\n\nline 1\nline 2\n"],
  ["the command line when nothing but space is piped in", ["-p", "echo: hi"], " \n", "hi\n"],
];

for (const [name, argv, stdin, out] of prompts) {
  test(`headless: the prompt from ${name}`, async () => {
    assert.deepEqual(await run([...argv, ...rehearse], { stdin }), { code: 0, out, err: "" });
  });
}

test("headless: characters that are cut between two reads of stdin come whole", async () => {
  const stdin = new PassThrough();
  const bytes = Buffer.from("echo: é");
  stdin.write(bytes.subarray(0, -1));
  stdin.end(bytes.subarray(-1));
  assert.equal((await run(["-p", ...rehearse], { stdin })).out, "é\n");
});

test("headless: a stdin in which nothing comes is explained", async () => {
  const stdin = new PassThrough();
  const io = new FakeIo({ stdin });
  const running = run(["-p", "echo: hi", ...rehearse], io);
  await io.machine.clock.set(2000);
  io.machine.clock.advance(2000);
  assert.match(io.stderr.text, /reading the prompt from stdin .*< \/dev\/null/);
  stdin.end();
  assert.equal((await running).out, "hi\n");
});

test("headless: without a key the rehearsal answers and says so; --quiet silences that", async () => {
  const told = await run(["-p", "echo: hi"]);
  assert.equal(told.code, 0);
  assert.equal(told.out, "hi\n");
  assert.match(told.err, /no key found: looked for .*ANTHROPIC_API_KEY[^]*rehearsal/);
  assert.deepEqual(await run(["-p", "echo: hi", "--quiet"]), { code: 0, out: "hi\n", err: "" });
});

test("headless: the answer is shown as it comes", async (t) => {
  const server = await serve(t, held);
  const io = new FakeIo({ env: keyed(server.url) });
  const running = run(["-p", "hi"], io);
  const call = await server.call(0);
  call.head(200, { "content-type": "text/event-stream" });
  await call.write(say.messageStart + say.textStart() + say.textDelta("One "));
  await io.stdout.until("One ");
  await call.write(say.textDelta("two"));
  await io.stdout.until("One two");
  call.end(say.blockStop() + say.messageDelta + say.messageStop);
  assert.deepEqual(await running, { code: 0, out: "One two\n", err: "" });
});

test("headless: flags reach the request", async (t) => {
  const server = await serve(t, events(say.stream("ok")));
  const flags = ["--model", "claude-3-5-haiku", "--system", "Be brief.", "--max-output-tokens", "77"];
  assert.equal((await run(["-p", "hi", ...flags], { env: keyed(server.url) })).code, 0);
  const { model, max_tokens, system } = (await server.call(0)).json;
  assert.equal(model, "claude-3-5-haiku-20241022");
  assert.equal(max_tokens, 77);
  assert.match(JSON.stringify(system), /Be brief\./);
});

test("headless, json: one object of this shape", async (t) => {
  const server = await serve(t, events(say.stream("Hel", "lo")));
  const done = await run(["-p", "hi", "--output-format", "json"], { env: keyed(server.url) });
  assert.equal(done.err, "");
  const { sessionId, usage, ...rest } = resultOf(done);
  assert.match(String(sessionId), /^\w{3}-\w{4}$/);
  assert.equal(usage.input, 11);
  assert.equal(usage.output, 7);
  assert.deepEqual(usage.cost, { known: true, picodollars: "138000000", dollars: 0.000138 });
  assert.deepEqual(rest, {
    model: "claude-sonnet-4-6",
    status: "done",
    text: "Hello",
    steps: 1,
    costUsd: 0.000138,
    durationMs: 0,
    toolCalls: [],
    stopReason: "end_turn",
  });
});

test("headless, json: tool calls are listed, and told while they run", async () => {
  const done = await run(["-p", 'tool: look {"at": 1}', "--output-format", "json", ...rehearse]);
  assert.equal(done.code, 0);
  assert.match(done.err, /^look: \{"at":1\}\nlook failed: there is no tool named "look"; there are none\n$/);
  const [call, ...more] = resultOf(done).toolCalls;
  assert.deepEqual([call?.name, call?.input, more], ["look", { at: 1 }, []]);
  assert.equal(typeof call?.id, "string");
});

test("headless, json: an unknown cost is null", async () => {
  const { costUsd, usage } = resultOf(
    await run(["-p", "usage: none", "--output-format", "json", ...rehearse]),
  );
  assert.equal(costUsd, null);
  assert.equal(usage.cost.known, false);
});

test("headless, stream-json: init, every event, result", async () => {
  const argv = ["-p", "echo: hi there", "--output-format", "stream-json", ...rehearse];
  const lines = linesOf(await run(argv));
  const [init, ...rest] = lines;
  const sessionId = init?.["sessionId"];
  assert.deepEqual(init, {
    type: "init",
    sessionId,
    model: "rehearsal",
    provider: "rehearsal",
    version: VERSION,
  });
  const end = rest.pop();
  const whole = resultOf(await run(["-p", "echo: hi there", "--output-format", "json", ...rehearse]));
  assert.deepEqual(end, { type: "result", ...whole, sessionId });
  assert.deepEqual(
    rest.map(({ seq }) => seq),
    rest.map((_, index) => index),
  );
  for (const { conversationId } of rest) assert.equal(conversationId, sessionId);
  const types = rest.map(({ type }) => type);
  assert.deepEqual(types.slice(0, 3), ["message", "request", "start"]);
  assert.deepEqual(types.slice(-2), ["response", "turn-end"]);
});

test("headless, stream-json: a failure is an event and a result", async () => {
  const failed = await run(["-p", "fail: server after 1", "--output-format", "stream-json", ...rehearse]);
  assert.equal(failed.code, 1);
  const [error, turn, end] = linesOf(failed).slice(-3);
  assert.equal(turn?.["end"], "failed");
  assert.equal(error?.["type"], "error");
  assert.equal((error?.["error"] as { readonly kind: string } | undefined)?.kind, "server");
  assert.equal(end?.["status"], "error");
  assert.notEqual(end?.["text"], "");
});

const failures: [name: string, argv: string[], env: Record<string, string>, code: number, err: RegExp][] = [
  ["the model fails", ["-p", "error: oh no", ...rehearse], {}, 1, /^colloquy: oh no\. Try again later.*\n$/],
  [
    "the model is unknown",
    ["-p", "hi", "--model", "claud"],
    {},
    2,
    /^colloquy: unknown model "claud"; .*claude/,
  ],
  [
    "COLLOQUY_MODEL is unknown",
    ["-p", "hi"],
    { COLLOQUY_MODEL: "claud" },
    2,
    /^colloquy: COLLOQUY_MODEL: unknown model/,
  ],
  [
    "the key is missing",
    ["-p", "hi", "--model", "claude"],
    {},
    2,
    /^colloquy: no key .*ANTHROPIC_API_KEY.*\n$/,
  ],
  ["the prompt is empty", ["-p", "", ...rehearse], {}, 2, /^colloquy: there is no prompt.*\n$/],
  ["there is neither -p nor a prompt", [], {}, 2, /^colloquy: there is no prompt.*\n$/],
  ["there is a text, but neither -p nor a terminal", ["fix it"], {}, 2, /no terminal.* -p/],
  ["the flag is unknown", ["-p", "hi", "--modle", "x"], {}, 2, /did you mean --model\?/],
  [
    "the folder is missing",
    ["-p", "hi", "-C", "no/such/folder"],
    {},
    2,
    /-C no\/such\/folder: there is no such folder/,
  ],
  [
    "money is limited and the price is not known",
    ["-p", "hi", "--max-dollars", "1", "--model", "groq/whatever"],
    { GROQ_API_KEY: "k" },
    2,
    /price of whatever is not known/,
  ],
  [
    "the limit is reached",
    ["-p", "hi", "--max-responses", "0", ...rehearse],
    {},
    3,
    /^colloquy: budget reached: 0 of 0.*\n$/,
  ],
];

for (const [name, argv, env, code, err] of failures) {
  test(`headless: exit code ${code} when ${name}`, async () => {
    const ended = await run(argv, { env });
    assert.equal(ended.code, code);
    assert.match(ended.err, err);
    assert.equal(ended.out, "");
    assert.doesNotMatch(ended.err, /^ +at /m, "no stack");
  });
}

test("headless, json: the result is also printed when there could be no conversation", async () => {
  const ended = await run(["-p", "hi", "--model", "claude", "--output-format", "json"]);
  assert.equal(ended.code, 2);
  const { sessionId, model, status, error } = resultOf(ended);
  assert.deepEqual([sessionId, model, status, error?.kind], [null, "claude", "error", "missing-key"]);
});

test("headless: a cut answer is a failure, and what came of it stays", async (t) => {
  const server = await serve(t, events(say.messageStart + say.textStart() + say.textDelta("Half an ans")));
  const ended = await run(["-p", "hi"], { env: keyed(server.url) });
  assert.equal(ended.code, 1);
  assert.equal(ended.out, "Half an ans\n");
  assert.match(ended.err, /^colloquy: .*try again\.\n$/);
});

test("headless: a web page instead of an answer is a failure", async (t) => {
  const server = await serve(
    t,
    answer(200, "<html><body>Log in</body></html>", { "content-type": "text/html" }),
  );
  const ended = await run(["-p", "hi", "--output-format", "json"], { env: keyed(server.url) });
  assert.equal(ended.code, 1);
  assert.equal(resultOf(ended).error?.kind, "malformed");
  assert.match(ended.err, /an HTML page: Log in/);
});

test("headless: --verbose adds what a support case needs", async (t) => {
  const server = await serve(t, json(say.errorBody("authentication_error", "invalid x-api-key"), 401));
  const plain = keyed(server.url);
  const ended = await run(["-p", "hi", "--verbose"], { env: plain });
  assert.equal(ended.code, 1);
  assert.match(ended.err, /^colloquy: .*invalid x-api-key.*\n/);
  for (const fact of [/status: 401/, /request id: req_/, /body: .*authentication_error/, /^ +at /m]) {
    assert.match(ended.err, fact);
  }
  assert.ok(!ended.err.includes(plain["ANTHROPIC_API_KEY"] ?? ""));
});

test("headless: waits are told while they last", async (t) => {
  const limit = json(say.errorBody("rate_limit_error", "slow down"), 429, { "retry-after-ms": "20000" });
  const server = await serve(t, limit, events(say.stream("done")));
  const io = new FakeIo({ env: keyed(server.url) });
  const running = run(["-p", "hi"], io);
  await io.stderr.until("before attempt 2 of 5: rate limit: ");
  assert.match(io.stderr.text, /^waiting 2\d s before .*slow down/);
  io.machine.clock.advance(30_000);
  assert.equal((await running).out, "done\n");
});

test("headless: a long silence is told once, and Ctrl-C still works", async (t) => {
  const server = await serve(t, held);
  const io = new FakeIo({ env: keyed(server.url) });
  const running = run(["-p", "hi"], io);
  await server.call(0);
  io.machine.clock.advance(10_000);
  assert.match(io.stderr.text, /^still waiting .* \(10 s\); Ctrl-C cancels\n$/);
  io.interrupt();
  assert.equal((await running).code, 130);
  assert.equal(io.machine.clock.pending, 0);
});

test("headless: Ctrl-C cancels the exchange, keeps what came, and exits with 130", async (t) => {
  const server = await serve(t, held);
  const io = new FakeIo({ env: keyed(server.url) });
  const running = run(["-p", "hi", "--output-format", "stream-json"], io);
  const call = await server.call(0);
  call.head(200, { "content-type": "text/event-stream" });
  await call.write(say.messageStart + say.textStart() + say.textDelta("One"));
  await io.stdout.until('"One"');
  io.interrupt();
  const ended = await running;
  assert.equal(ended.code, 130);
  assert.equal(ended.err, "colloquy: cancelled\n");
  const end = linesOf(ended).at(-1);
  assert.equal(end?.["status"], "cancelled");
  assert.equal(end?.["text"], "One");
  await call.closed;
  assert.ok(call.aborted);
  assert.deepEqual(io.quits, []);
  assert.equal(io.interrupts.size, 0);
});

test("headless: a second Ctrl-C quits at once", async (t) => {
  const server = await serve(t, held);
  const io = new FakeIo({ env: keyed(server.url) });
  const running = run(["-p", "hi"], io);
  await server.call(0);
  io.interrupt();
  io.interrupt();
  assert.deepEqual(io.quits, [130]);
  await running;
});

test("headless: Ctrl-C while stdin is read", async () => {
  const io = new FakeIo({ stdin: new PassThrough() });
  const running = run(["-p", ...rehearse], io);
  await io.machine.clock.set(2000);
  io.interrupt();
  assert.deepEqual(await running, { code: 130, out: "", err: "colloquy: cancelled\n" });
});

test("headless: a reader that leaves ends the exchange quietly", async (t) => {
  const server = await serve(t, held);
  const io = new FakeIo({ env: keyed(server.url) });
  io.stdout.broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  const running = run(["-p", "hi"], io);
  const call = await server.call(0);
  call.head(200, { "content-type": "text/event-stream" });
  await call.write(say.messageStart + say.textStart() + say.textDelta("One"));
  assert.deepEqual(await running, { code: 0, out: "", err: "" });
  await call.closed;
  assert.ok(call.aborted);
});

test("headless: an answer that cannot be written is a failure", async () => {
  const io = new FakeIo();
  io.stdout.broken = Object.assign(new Error("no space left"), { code: "ENOSPC" });
  const ended = await run(["-p", "echo: hi", ...rehearse], io);
  assert.deepEqual(ended, { code: 1, out: "", err: "colloquy: cannot write the answer: no space left\n" });
});

const notes: [prompt: string, note: RegExp][] = [
  ["maxTokens", /the answer was cut/],
  ["refusal", /refused to answer/],
  ["stop: content_filter", /filter stopped/],
  ["echo:", /the answer is empty/],
];

for (const [prompt, note] of notes) {
  test(`headless: a note on ${prompt}, which is no failure`, async () => {
    const ended = await run(["-p", prompt, ...rehearse]);
    assert.equal(ended.code, 0);
    assert.match(ended.err, note);
    assert.equal((await run(["-p", prompt, "--quiet", ...rehearse])).err, "");
  });
}

test("headless: on a terminal an answer cannot steer it; in a pipe it comes as it is", async () => {
  const argv = ["-p", "echo: a\u001b[2Jb", ...rehearse];
  const io = new FakeIo();
  io.stdout.isTTY = true;
  assert.equal((await run(argv, io)).out, "a[2Jb\n");
  assert.equal((await run(argv)).out, "a\u001b[2Jb\n");
});

test("headless: colours only where they are wanted", async () => {
  const colors = async (env: Record<string, string>, ...argv: string[]): Promise<boolean> => {
    const io = new FakeIo({ env });
    io.stderr.isTTY = true;
    return (await run(["-p", "error: x", ...rehearse, ...argv], io)).err.includes("\u001b");
  };
  const xterm = { TERM: "xterm" };
  assert.equal(await colors(xterm), true);
  assert.equal(await colors(xterm, "--no-color"), false);
  assert.equal(await colors({ ...xterm, NO_COLOR: "1" }), false);
  assert.equal(await colors({ TERM: "dumb" }), false);
});
