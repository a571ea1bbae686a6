import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { redactor } from "../../../src/log/redactor.ts";
import { VirtualClock } from "../../support/clock.ts";
import { toolBench, type Bench } from "../../support/tool-room.ts";

/** The output that a model is told of, without the lines about how the command stands. */
function output(text: string): string {
  return text.slice(text.indexOf("\n\n") + 2);
}

/** The id of a command that goes on. */
function idIn(text: string): string {
  return /as (s\d+):/.exec(text)?.[1] ?? assert.fail(text);
}

/** A program has come so far that the file is there. */
async function until(file: string): Promise<void> {
  while (!existsSync(file)) await new Promise((resolve) => setImmediate(resolve));
}

test("shell: output, exit code, both streams in the order in which they were written", async (t) => {
  const { call } = toolBench(t);
  const said = await call("shell", {
    command: "for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 3",
  });
  assert.match(said.text, /^exit code 3 after \d+\.\d s\n\n/);
  assert.equal(output(said.text), "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
  assert.equal(said.isError, false);
});

test("shell: no output is said to be none, and standard input is at its end", async (t) => {
  const { call } = toolBench(t);
  assert.equal(output((await call("shell", { command: "cat" })).text), "(no output)");
});

test("shell: a folder may be given, also one that is not there", async (t) => {
  const { call, folder } = toolBench(t);
  const said = await call("shell", { command: "mkdir -p a/b && cd a && pwd" });
  assert.equal(output(said.text), `${folder}/a\n`);
  assert.equal(output((await call("shell", { command: "pwd", cwd: "a/b" })).text), `${folder}/a/b\n`);
  const missing = await call("shell", { command: "pwd", cwd: "c" });
  assert.match(missing.text, /^exit code [12] /);
  assert.match(missing.text, /can't cd to .*\/c/);
});

test("shell: what cannot be run is refused with why", async (t) => {
  const { call } = toolBench(t);
  for (const [command, why] of [
    ["  ", /^not run: the command is empty/],
    ["echo a\0b", /^not run: the command has a NUL/],
    [`echo ${"a".repeat(130_000)}`, /^not run: the command is longer than/],
    ["git add -A", /^not run: git add of everything/],
  ] as const) {
    const said = await call("shell", { command });
    assert.match(said.text, why);
    assert.equal(said.isError, true);
  }
});

test("shell: long output is cut in the middle, and whole in the log", async (t) => {
  const { call } = toolBench(t);
  const { text } = await call("shell", { command: "seq 1 100000" });
  const shown = output(text);
  const [, lines = "", bytes = "", log = ""] =
    /\n\[(\d+) lines \((\d+) bytes\) omitted here; the whole log is at (\S+), and/.exec(shown) ??
    assert.fail(shown);
  assert.ok(shown.length < 32 * 1024, `${shown.length}`);
  const [head = "", tail = ""] = shown.split(/\n\[.*omitted.*\n\n/);
  const whole = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join("");
  assert.ok(whole.startsWith(head) && whole.endsWith(tail));
  const missing = whole.slice(head.length, whole.length - tail.length);
  assert.equal(Number(lines), missing.split("\n").length - 1);
  assert.equal(Number(bytes), missing.length);
  assert.equal(readFileSync(log, "utf8"), whole);
  assert.equal(statSync(log).mode & 0o777, 0o600);
});

test("shell: the log has an end, and what is beyond is counted", async (t) => {
  const { call, room } = toolBench(t, { logBytes: 1000 });
  const { text } = await call("shell", { command: "seq 1 1000" });
  assert.match(text, /the log holds the first 1000 bytes; 2893 more were dropped/);
  assert.equal(output(text).split("\n").length, 1001);
  const page = await call("shell_more", { id: "s1", action: "read", fromLine: 270 });
  assert.match(page.text, /^lines 270 to 277 of \S+\n\n270\n271\n/);
  assert.equal(room.commands.find("s1").log.gap?.includes("1000"), true);
});

test("shell: a very long line is cut for the model and not in the log", async (t) => {
  const { call, room } = toolBench(t);
  const { text } = await call("shell", { command: "head -c 15000 /dev/zero | tr '\\0' x; echo; echo end" });
  assert.equal(output(text), `${"x".repeat(2000)}… (13000 more characters)\nend\n`);
  assert.equal(readFileSync(room.commands.find("s1").log.path, "utf8"), `${"x".repeat(15000)}\nend\n`);
});

test("shell: keys are taken out before the log and the model see them", async (t) => {
  const { call, room } = toolBench(t, { redact: redactor(["correct-horse-battery"]) });
  const key = "sk-ant-REDACTED";
  const { text } = await call("shell", {
    command: `echo key ${key}; echo correct-horse-battery; printf -- '-----BEGIN RSA PRIVATE KEY-----\\n'; sleep 0.05; printf 'MIIE\\nabc\\n-----END RSA PRIVATE KEY-----\\nafter\\n'`,
  });
  const log = readFileSync(room.commands.find("s1").log.path, "utf8");
  for (const seen of [text, log]) assert.doesNotMatch(seen, /sk-ant|correct-horse|MIIE|abc/);
  assert.match(text, /after\n$/);
});

/** A clock that stands still: what a command takes of real time is none of its. */
function frozen(t: TestContext): Bench & { readonly clock: VirtualClock } {
  const clock = new VirtualClock();
  return { ...toolBench(t, { clock }), clock };
}

test("shell: a command that is not over goes on, can be read, written to, waited for", async (t) => {
  const { call, clock, folder } = frozen(t);
  const running = call("shell", {
    command: "echo one; touch begun; read line; echo got $line; touch read; cat; echo end",
    waitSeconds: 5,
    input: true,
  });
  await until(path.join(folder, "begun"));
  await clock.set(5000);
  clock.advance(5000);
  const first = await running;
  assert.match(first.text, /^still running after 5\.0 s as s1: .*log: .*s1\.log\n\n(?:one\n|\(no output\))$/);
  const id = idIn(first.text);

  const writing = call("shell_more", { id, action: "input", input: "hello\n", waitSeconds: 1 });
  await until(path.join(folder, "read"));
  clock.advance(1000);
  const second = await writing;
  assert.match(second.text, /^still running after 6\.0 s/);

  const ending = call("shell_more", {
    id,
    action: "input",
    input: "bye\n",
    endInput: true,
    waitSeconds: 600,
  });
  const third = await settle(ending, clock);
  assert.match(third.text, /^exit code 0 after /);
  assert.equal(
    [first, second, third].map(({ text }) => output(text).replace("(no output)", "")).join(""),
    "one\ngot hello\nbye\nend\n",
  );
  const over = await call("shell_more", { id, action: "input", input: "x" });
  assert.equal(over.text, "s1 is over; nothing was written");
  const all = await call("shell_more", { id, action: "read", fromLine: 2 });
  assert.match(all.text, /^lines 2 to 4 of \S+\n\ngot hello\nbye\nend\n$/);
});

/** Lets time pass only where something waits for a short one: the drain after an exit. */
async function settle<Value>(promise: Promise<Value>, clock: VirtualClock): Promise<Value> {
  const state = { open: true };
  const settled = promise.finally(() => {
    state.open = false;
  });
  while (state.open) {
    await new Promise((resolve) => setImmediate(resolve));
    if ((clock.nextIn ?? Infinity) <= 100) clock.advance(100);
  }
  return settled;
}

test("shell: a number of more than 3,600 is milliseconds", async (t) => {
  const { call, clock } = frozen(t);
  const running = call("shell", { command: "sleep 100", waitSeconds: 5000 });
  await clock.set(5000);
  clock.advance(5000);
  assert.match((await running).text, /^still running after 5\.0 s/);
});

test("shell: kill asks, and after five seconds makes it end", async (t) => {
  const { call, clock, folder } = frozen(t);
  const running = call("shell", {
    command: "trap 'echo ignored' TERM; for i in $(seq 5000); do touch begun; sleep 0.01; done",
    waitSeconds: 1,
  });
  await until(path.join(folder, "begun"));
  clock.advance(1000);
  const id = idIn((await running).text);
  const killing = call("shell_more", { id, action: "kill" });
  await clock.set(5000);
  clock.advance(5000);
  const said = await settle(killing, clock);
  assert.match(said.text, /^stopped by SIGKILL after \d/);
  assert.equal(said.isError, false);
});

test("shell: a command whose call is cancelled is ended, and what it wrote is told", async (t) => {
  const { call, clock, folder } = frozen(t);
  const controller = new AbortController();
  const running = call(
    "shell",
    { command: "trap '' TERM; echo partial; touch begun; sleep 60 & wait; wait" },
    controller.signal,
  );
  await until(path.join(folder, "begun"));
  controller.abort(new Error("the user said stop"));
  await clock.set(1500);
  clock.advance(1500);
  const said = await settle(running, clock);
  assert.match(said.text, /^cancelled while it ran\nstopped by SIGKILL after /);
  assert.equal(output(said.text), "partial\n");
  assert.equal(said.isError, true);
});

test("shell: a child that holds the output open does not hold the call", async (t) => {
  const { call, clock } = frozen(t);
  const running = call("shell", { command: "sleep 60 & echo started" });
  const said = await settle(running, clock);
  assert.match(
    said.text,
    /^exit code 0 after 0\.0 s\nwhat it had started in the background was ended with it\n\nstarted\n$/,
  );
});

test("shell: a child that goes on writing does not hold the call either", async (t) => {
  const { call, clock } = frozen(t);
  const said = await settle(
    call("shell", { command: "(trap '' TERM; while :; do echo x; done) & true" }),
    clock,
  );
  assert.match(said.text, /^exit code 0 after 0\.0 s\nwhat it had started/);
});

test("shell: at most 64 run at once, and all end when the room is closed", async (t) => {
  const { call, clock, room } = frozen(t);
  for (let count = 0; count < 64; count++) {
    const running = call("shell", { command: "sleep 60", waitSeconds: 0 });
    clock.advance(0);
    await running;
  }
  const said = await call("shell", { command: "true" });
  assert.match(said.text, /^64 commands run already; .*s1 \(sleep 60\), .* and 54 more$/);
  await settle(room.close(), clock);
  for (let id = 1; id <= 64; id++) assert.ok(room.commands.find(`s${id}`).end?.stopped);
  assert.match((await call("shell", { command: "true" })).text, /closing/);
});

test("shell_more: an id that is not known", async (t) => {
  const { call } = toolBench(t);
  assert.equal(
    (await call("shell_more", { id: "s9", action: "read" })).text,
    'there is no command "s9"; none is running',
  );
});

test("shell: 100 MB of output take little memory", async (t) => {
  const { call, room } = toolBench(t, { logBytes: 1024 * 1024 });
  await call("shell", { command: "yes 0123456789 | head -c 2000000" });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const { text } = await call("shell", {
    command: "yes 0123456789012345678901234567890123456789 | head -c 100000000",
    waitSeconds: 600,
  });
  const grown = process.memoryUsage().rss - before;
  assert.match(text, /^exit code 0/);
  assert.ok(grown < 150 * 1024 * 1024, `${grown} bytes more`);
  assert.ok(statSync(room.commands.find("s2").log.path).size <= 1024 * 1024);
});
