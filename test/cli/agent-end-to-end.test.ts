import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ended, root as repository, runProgram, skip as unbuilt, start, type Ended } from "./program.ts";

const sandboxed = spawnSync("sh", ["-c", "bwrap --version"]).status === 0;
const missing =
  sandboxed || process.env["CI"] === "true"
    ? false
    : "bubblewrap is not installed: no tools can be shut in here";
const skip = unbuilt === false ? missing : unbuilt;

/** A project of somebody's, and a home. */
class Desk {
  readonly folder: string;
  readonly home: string;

  constructor(t: TestContext) {
    const root = mkdtempSync(path.join(tmpdir(), "colloquy-desk-"));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    this.folder = path.join(root, "project");
    this.home = path.join(root, "home");
    mkdirSync(this.folder);
    mkdirSync(this.home);
  }

  get surroundings(): { readonly env: Readonly<Record<string, string>>; readonly cwd: string } {
    return { env: { HOME: this.home }, cwd: this.folder };
  }

  run(...argv: readonly string[]): Promise<Ended> {
    return runProgram([...argv, "--model", "rehearsal"], this.surroundings);
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  read(name: string): string {
    return readFileSync(path.join(this.folder, name), "utf8");
  }
}

test("the agent finds a bug, mends it, runs the tests and tells", { skip }, async (t) => {
  const desk = new Desk(t);
  desk.write("package.json", '{"type":"module"}');
  desk.write("sum.js", "export const sum = (a, b) => a - b;\n");
  desk.write(
    "sum.test.js",
    'import test from "node:test"; import assert from "node:assert"; import { sum } from "./sum.js";\ntest("sum", () => assert.equal(sum(1, 2), 3));\n',
  );
  const script = [
    'tool: search {"pattern":"sum ="}',
    'tool: patch {"path":"sum.js","edits":[{"old":"a - b","new":"a + b"}]}',
    "bash: node --test && echo all well",
    "echo: The sum was a difference; it is mended.",
  ];
  const { code, out } = await desk.run(
    "-p",
    `script: ${script.join(" ;; ")}`,
    "--output-format",
    "stream-json",
  );
  assert.equal(code, 0);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.match(String(lines[0]?.["sandbox"]), /^bubblewrap: writes stay in /);
  const results = lines
    .filter(({ type }) => type === "tool-result")
    .map(({ result }) => JSON.stringify(result));
  assert.match(results[0] ?? "", /sum\.js/);
  assert.match(results[2] ?? "", /all well/);
  const end = lines.at(-1);
  assert.deepEqual([end?.["status"], end?.["steps"]], ["done", 4]);
  assert.match(JSON.stringify(end?.["toolCalls"]), /^\[\{.*"search".*"patch".*"shell".*\}\]$/);
  assert.equal(desk.read("sum.js"), "export const sum = (a, b) => a + b;\n");
});

test("what runs is shut in, and nobody is asked for what nobody may allow", { skip }, async (t) => {
  const desk = new Desk(t);
  writeFileSync(path.join(desk.home, "secret"), "canary-1234");
  const secret = path.join(desk.home, "secret");
  const tried = `bash: cat ${secret}; echo x > ${desk.home}/out; echo y > /etc/colloquy-was-here; echo in > made`;
  const { out } = await desk.run("-p", `script: ${tried} ;; echo: done`, "--output-format", "stream-json");
  assert.doesNotMatch(out, /canary-1234/);
  assert.ok(!existsSync(path.join(desk.home, "out")) && !existsSync("/etc/colloquy-was-here"));
  assert.equal(desk.read("made"), "in\n");
  for (const mode of ["plan", "ask"]) {
    const refused = await desk.run("-p", "script: bash: rm made ;; echo: no", "--permission-mode", mode);
    assert.deepEqual([refused.code, refused.out.trimEnd().split("\n").at(-1)], [0, "no"]);
    assert.match(refused.err, mode === "plan" ? /plan mode/ : /nobody is there to allow it/);
    assert.equal(desk.read("made"), "in\n");
  }
  const allowed = await desk.run(
    "-p",
    "script: bash: rm made ;; echo: yes",
    "--permission-mode=ask",
    "--allow=shell(rm made)",
  );
  assert.equal(allowed.code, 0);
  assert.ok(!existsSync(path.join(desk.folder, "made")));
});

test("without a sandbox there are no tools, unless somebody says so", { skip }, async (t) => {
  const desk = new Desk(t);
  const program = String(spawnSync("sh", ["-c", "command -v bwrap"]).stdout).trim();
  const bin = path.join(repository, "bin/colloquy.cjs");
  const argv = ["-p", "--model", "rehearsal", "script: bash: echo out > made ;; echo: told"];
  // A machine on which bwrap cannot be run.
  const run = (...more: readonly string[]): { readonly status: number | null; readonly stderr: string } =>
    spawnSync(
      program,
      [
        "--dev-bind",
        "/",
        "/",
        "--ro-bind",
        "/dev/null",
        program,
        "--",
        process.execPath,
        bin,
        ...argv,
        ...more,
      ],
      { env: { HOME: desk.home, PATH: process.env["PATH"] ?? "" }, cwd: desk.folder, encoding: "utf8" },
    );
  const without = run();
  assert.equal(without.status, 0, without.stderr);
  assert.match(without.stderr, /there are no tools, for they cannot be shut in here: .*--unsafe/);
  assert.ok(!existsSync(path.join(desk.folder, "made")));
  const asked = run("--sandbox", "bwrap");
  assert.equal(asked.status, 1);
  assert.match(asked.stderr, /--unsafe/);
  const unsafe = run("--unsafe");
  assert.equal(unsafe.status, 0);
  assert.equal(desk.read("made"), "out\n");
});

test("kill -9 in the middle of a tool, then --continue", { skip }, async (t) => {
  const desk = new Desk(t);
  const script = [
    "bash: echo once >> effects; sleep 60; echo late >> effects",
    'tool: read {"path":"effects"}',
    "echo: I looked before I did it again.",
  ];
  const child = start(["-p", `script: ${script.join(" ;; ")}`, "--model", "rehearsal"], desk.surroundings);
  child.stdin.end();
  const over = ended(child);
  for (let waited = 0; !existsSync(path.join(desk.folder, "effects")) && waited < 400; waited++)
    await pause(50);
  child.kill("SIGKILL");
  await over;
  const { code, out, err } = await desk.run("-p", "--continue");
  assert.deepEqual([code, out], [0, "I looked before I did it again.\n"]);
  assert.match(err, /interrupted while `shell` ran; its outcome is unknown and the model is told/);
  assert.equal(desk.read("effects"), "once\n");
});

const runaways: readonly (readonly [name: string, script: string, argv: readonly string[], code: number])[] =
  [
    ["the same call for ever", "bash: echo same", ["--max-steps", "100"], 4],
    ["another call for ever", "bash: date +%N", ["--max-steps", "8"], 3],
    ["broken arguments for ever", "tool: shell {broken", ["--max-steps", "100"], 4],
    ["more answers than were paid for", "bash: date +%N", ["--max-responses", "3"], 3],
  ];
for (const [name, line, argv, code] of runaways) {
  test(`runaway: ${name} ends with ${code}`, { skip }, async (t) => {
    const desk = new Desk(t);
    const script = Array.from({ length: 60 }, () => line).join(" ;; ");
    const run = await desk.run("-p", `script: ${script}`, ...argv);
    assert.equal(run.code, code, run.err);
  });
}

test("runaway: a fork bomb stays inside its limits, and the run ends with 3", { skip }, async (t) => {
  const desk = new Desk(t);
  const bomb = "bomb() { bomb | bomb & }; bomb 2>/dev/null; echo lit > lit; sleep 60";
  const run = await desk.run("-p", `script: bash: ${bomb} ;; echo: never`, "--max-wall-time", "3s");
  assert.equal(run.code, 3, run.err);
  assert.equal(desk.read("lit"), "lit\n");
  const left = spawnSync("pgrep", ["-f", "bomb() { bomb"], { encoding: "utf8" });
  assert.equal(left.stdout.trim(), "");
});

test(
  "runaway: a full disk ends the run with 1, and the session goes on when there is room",
  { skip },
  async (t) => {
    const desk = new Desk(t);
    const program = String(spawnSync("sh", ["-c", "command -v bwrap"]).stdout).trim();
    const bin = path.join(repository, "bin/colloquy.cjs");
    const fill = "script: bash: dd if=/dev/zero of=big bs=1M count=64 ;; echo: never";
    const steps = [
      `cd "${desk.folder}"`,
      `"${process.execPath}" "${bin}" -p "${fill}" --model rehearsal`,
      "echo ended with $?",
      "rm big",
      `"${process.execPath}" "${bin}" -p --continue "echo: there is room" --model rehearsal`,
      "echo ended with $?",
    ];
    // A disk of eight megabytes that holds the project, the home and what is kept.
    const folder = path.dirname(desk.folder);
    const { stdout, stderr } = spawnSync(
      program,
      `--dev-bind / / --size ${8 << 20} --tmpfs`
        .split(" ")
        .concat(folder, "--dir", desk.folder, "--dir", desk.home, "--", "sh", "-c", steps.join("; ")),
      { env: { HOME: desk.home, PATH: process.env["PATH"] ?? "" }, encoding: "utf8" },
    );
    assert.equal(
      stdout,
      "I run: dd if=/dev/zero of=big bs=1M count=64\nended with 1\nthere is room\nended with 0\n",
      stderr,
    );
    assert.match(stderr, /the disk is full: .* cannot be written/);
    assert.match(stderr, /the last turn was interrupted while `shell` ran/);
  },
);

test("Ctrl-C ends the turn and what it runs, and what was done is kept", { skip }, async (t) => {
  const desk = new Desk(t);
  const script = "script: bash: echo begun > begun; sleep 60; echo late > late ;; echo: never";
  const child = start(["-p", script, "--model", "rehearsal"], desk.surroundings);
  child.stdin.end();
  const over = ended(child);
  for (let waited = 0; !existsSync(path.join(desk.folder, "begun")) && waited < 400; waited++)
    await pause(50);
  child.kill("SIGINT");
  const { code, err } = await over;
  assert.equal(code, 130);
  assert.match(err, /to go on: colloquy --resume/);
  const id = /--resume (\S+)/.exec(err)?.[1] ?? "";
  const exported = await runProgram(["export", id], desk.surroundings);
  assert.match(exported.out, /cancelled/);
});
