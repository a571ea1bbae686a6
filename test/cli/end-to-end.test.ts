import assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import * as say from "../support/answers.ts";
import { canaries, seen } from "../support/canaries.ts";
import { events, held, json, serve, type Call, type FaultServer } from "../support/fault-server.ts";
import { keyed } from "./fake-io.ts";
import { ended, root, skip, start as startProgram, type Ended } from "./program.ts";

/** Starts the program, which keeps nothing. */
function start(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return startProgram(argv.includes("-p") ? [...argv, "--no-session"] : argv, { env });
}

function runOnce(
  argv: readonly string[],
  stdin = "",
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = start(argv, env);
  child.stdin.end(stdin);
  return ended(child);
}

test("end to end: --version, alone and among others", { skip }, async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    version: string;
  };
  for (const argv of [["--version"], ["-v"], ["--quiet", "--version"]]) {
    assert.deepEqual(await runOnce(argv), { code: 0, out: `${version}\n`, err: "" });
  }
});

test("end to end: --help", { skip }, async () => {
  const { code, out, err } = await runOnce(["--help"]);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^colloquy: /);
});

test("end to end: a prompt from the command line and from a pipe", { skip }, async () => {
  assert.deepEqual(await runOnce(["-p", "echo: hi", "--quiet"]), { code: 0, out: "hi\n", err: "" });
  assert.deepEqual(await runOnce(["-p", "--quiet"], "echo: piped\n"), { code: 0, out: "piped\n", err: "" });
});

test("end to end: a long answer arrives whole", { skip }, async () => {
  const { code, out } = await runOnce(["-p", "stream: 200000", "--quiet", "--output-format", "stream-json"]);
  assert.equal(code, 0);
  const result = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as { type: string };
  assert.equal(result.type, "result");
});

const codes: [argv: string[], code: number][] = [
  [["-p", "error: no"], 1],
  [["--nonsense"], 2],
  [["-p", "hi", "--max-responses", "0"], 3],
  [["-p", "hi", "--max-wall-time", "0"], 3],
  [["-p", "delay: 60 ;; hi", "--max-wall-time", "0.1s"], 3],
];

for (const [argv, code] of codes) {
  test(`end to end: exit code ${code}, one line of error`, { skip }, async () => {
    const run = await runOnce([...argv, ...(code === 2 ? [] : ["--quiet"])]);
    assert.equal(run.code, code);
    assert.match(run.err, /^colloquy: .*\n$/);
  });
}

test("end to end: over the network, and the process ends by itself", { skip }, async (t) => {
  const server = await serve(t, events(say.stream("over the wire")));
  assert.deepEqual(await runOnce(["-p", "hi"], "", keyed(server.url)), {
    code: 0,
    out: "over the wire\n",
    err: "",
  });
});

/** The first request, or what ended the program before it. */
async function firstCall(server: FaultServer, end: Promise<Ended>): Promise<Call> {
  const early = end.then(({ code, err }) => assert.fail(`it ended with ${code} before it asked: ${err}`));
  return await Promise.race([server.call(0), early]);
}

const windows = process.platform === "win32" ? "Windows has no SIGINT to send" : false;

test(
  "end to end: --log appends a line for each thing that happens, and holds none of twelve keys",
  { skip },
  async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), "colloquy-log-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, "run.jsonl");
    const all = Object.values(canaries);
    const texts = all.map(({ text }) => text).join(" and ");
    // As they are, without the words that say what they are: it is known from the environment.
    const bare = all.map(({ secret }) => secret).join(" ");
    const key = canaries["bearer"]?.secret ?? "";
    const calls = [
      { type: "tool_use", id: "toolu_1", name: "shell", input: { command: texts, env: { MY_TOKEN: key } } },
    ];
    const server = await serve(
      t,
      json(say.wholeAnswer("", { content: calls, stop_reason: "tool_use" }), 200, {
        "request-id": `req ${bare}`,
      }),
      json(say.wholeAnswer("done")),
      json(say.errorBody("authentication_error", `no such key: ${bare}`), 401, { "request-id": key }),
      events(say.stream(...texts.split(/(?<=[a-z])/))),
    );
    const env = {
      ...keyed(server.url),
      ANTHROPIC_API_KEY: key,
      ...Object.fromEntries(all.map(({ secret }, index) => [`SERVICE_${index}_TOKEN`, secret])),
    };
    const argv = ["-p", `use ${texts}`, "--log", file, "--verbose", "--system", texts];
    const ends: Ended[] = [];
    for (let i = 0; i < 3; i++) ends.push(await runOnce(argv, texts, env));
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 1, 0],
    );
    const log = readFileSync(file, "utf8");
    const records = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    const asked = ["begin", "message", "request"];
    const tool = ["tool-start", "tool-result"];
    assert.deepEqual(
      records.map(({ msg }) => msg),
      [
        ...asked,
        "message",
        "response",
        ...tool,
        "message",
        "request",
        "message",
        "response",
        "turn-end",
        ...asked,
        "error",
        "turn-end",
        ...asked,
        "message",
        "response",
        "turn-end",
      ],
    );
    assert.match(log, /"arguments":/);
    assert.match(log, /"body":/);
    for (const [form, canary] of Object.entries(canaries)) assert.equal(seen(canary, log), undefined, form);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
  },
);

test("end to end: --log - is stderr, without what was said", { skip }, async () => {
  const { code, out, err } = await runOnce(["-p", "echo: to myself", "--quiet", "--log", "-"]);
  assert.deepEqual([code, out], [0, "to myself\n"]);
  const records = err
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string });
  assert.equal(records.length, 6);
  assert.doesNotMatch(err, /to myself/);
});

test(
  "end to end: a log that cannot be written is a mistake, found before anything is sent",
  { skip },
  async (t) => {
    const server = await serve(t);
    for (const place of [path.join(root, "no/such/folder/log"), root]) {
      const run = await runOnce(["-p", "hi", "--log", place], "", keyed(server.url));
      assert.deepEqual([run.code, run.out], [2, ""]);
      assert.match(
        run.err,
        /^colloquy: --log .* cannot be written: (there is no such folder|it is a folder) .*\n$/,
      );
    }
    assert.equal(server.calls.length, 0);
  },
);

test("end to end: SIGINT cancels", { skip: skip || windows }, async (t) => {
  const server = await serve(t, held);
  const child = start(["-p", "hi"], keyed(server.url));
  child.stdin.end();
  const end = ended(child);
  const call = await firstCall(server, end);
  child.kill("SIGINT");
  assert.deepEqual(await end, { code: 130, out: "", err: "colloquy: cancelled\n" });
  await call.closed;
});

test("end to end: a reader that leaves is no error", { skip }, async (t) => {
  const server = await serve(t, held);
  const child = start(["-p", "hi"], keyed(server.url));
  child.stdin.end();
  const end = ended(child);
  const call = await firstCall(server, end);
  const gone = new Promise((resolve) => child.stdout.once("close", resolve));
  child.stdout.destroy();
  await gone;
  call.head(200, { "content-type": "text/event-stream" });
  await call.write(say.messageStart + say.textStart() + say.textDelta("too late"));
  await call.closed;
  assert.deepEqual(await end, { code: 0, out: "", err: "" });
});
