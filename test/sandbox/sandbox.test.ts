import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { suite, test, type TestContext } from "node:test";
import { SandboxError } from "../../src/agent/sandbox/errors.ts";
import { openSandbox, type SandboxOptions } from "../../src/agent/sandbox/open-sandbox.ts";
import { descendants, isRunning } from "../../src/agent/sandbox/process-tree.ts";
import type { Sandbox, SandboxExit } from "../../src/agent/sandbox/sandbox.ts";
import { outputOf } from "./escape/run.ts";
import { git } from "./escape/world.ts";
import { temporaryFolder, withoutBwrap } from "./support.ts";

async function open(context: TestContext, options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await openSandbox({ workspace: workspaceOf(context), kind: "bwrap", ...options });
  context.after(() => sandbox.close());
  return sandbox;
}

function workspaceOf(context: TestContext): string {
  const workspace = path.join(temporaryFolder(context), "project");
  mkdirSync(workspace);
  git(workspace, "init", "-q");
  return workspace;
}

async function run(
  sandbox: Sandbox,
  script: string,
  more: { cwd?: string; env?: Record<string, string> } = {},
) {
  const started = sandbox.start({ argv: ["sh", "-c", script], ...more });
  const text = await outputOf(started);
  return { text, exit: await started.exit };
}

suite("a sandbox", { skip: withoutBwrap }, () => {
  test("runs a program in the workspace, and says how it ended", async (context) => {
    const sandbox = await open(context);
    const { text, exit } = await run(sandbox, "pwd; echo made >made; echo wrong >&2; exit 7");
    assert.equal(text, `${sandbox.workspace}\nwrong\n`);
    assert.deepEqual(exit, { type: "code", code: 7 });
    assert.equal(readFileSync(path.join(sandbox.workspace, "made"), "utf8"), "made\n");
    assert.match(sandbox.enforcement, /^bubblewrap: .*no network/);
  });

  test("a program that is not there ends as a shell would say it", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["no-such-program", "x"] });
    assert.match(await outputOf(started), /no-such-program/);
    assert.deepEqual(await started.exit, { type: "code", code: 127 });
  });

  test("a folder that is not there fails, and says so", async (context) => {
    const sandbox = await open(context);
    const { text, exit } = await run(sandbox, "true", { cwd: "/no/such/folder" });
    assert.equal(exit.type, "failed");
    assert.match(text, /bwrap: /);
    await sandbox.close();
    assert.deepEqual(readdirSync(sandbox.workspace), [".git"]);
  });

  test("what no program can be started with is refused before anything starts", async (context) => {
    const sandbox = await open(context);
    for (const argv of [[""], ["-x"], ["a\0b"], ["a", "b\0"]] as [string, ...string[]][]) {
      assert.throws(() => sandbox.start({ argv }), SandboxError);
    }
    assert.throws(() => sandbox.start({ argv: ["true"], cwd: "here" }), /absolute/);
    assert.throws(() => sandbox.start({ argv: ["true"], env: { "A=B": "" } }), /variable/);
  });

  test("reads its input when there is somebody to write it, and is at its end otherwise", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["cat"], input: true });
    started.stdin?.end("written\n");
    assert.equal(await outputOf(started), "written\n");
    const other = sandbox.start({ argv: ["cat"] });
    assert.equal(other.stdin, undefined);
    assert.equal(await outputOf(other), "");
  });

  test("a command's own variables come before ours, and none reaches what starts it", async (context) => {
    const sandbox = await open(context, { env: { ...process.env, LANG: "C", SECRET_TOKEN: "x" } });
    const { text } = await run(sandbox, 'echo "$LANG $SECRET_TOKEN $MINE $EDITOR"', {
      env: { LANG: "xx", MINE: "a 'quoted' \n text", LD_PRELOAD: "/nowhere.so" },
    });
    // The loader complains inside, where it is heeded, and not before.
    assert.match(text, /^xx {2}a 'quoted' \n text true$/m);
  });

  test("keeps /tmp and the home from one program to the next, and takes them away at the end", async (context) => {
    const sandbox = await open(context);
    // Other tests have folders there, too.
    const kept = path.basename(sandbox.workspace) + path.basename(path.dirname(sandbox.workspace));
    await run(sandbox, `echo one >/tmp/${kept}; echo two >~/kept`);
    assert.equal((await run(sandbox, `cat /tmp/${kept} ~/kept /var/tmp/${kept}`)).text, "one\ntwo\none\n");
    const own = () =>
      readdirSync(tmpdir()).filter((name) => existsSync(path.join(tmpdir(), name, "tmp", kept)));
    assert.match(own().join(), /^colloquy-box-\w+$/);
    await sandbox.close();
    assert.deepEqual(own(), []);
  });

  test("git works inside, sees no placeholder, and finds none afterwards", async (context) => {
    const sandbox = await open(context);
    const { text } = await run(
      sandbox,
      "git status --short; echo x >f; git add -A; git -c user.name=A -c user.email=a@b commit -qm first; git log --format=%s; git diff HEAD; git checkout -qb other; git status --short --ignored; git gc -q",
    );
    assert.equal(text, "first\n");
    await sandbox.close();
    assert.deepEqual(readdirSync(sandbox.workspace).sort(), [".git", "f"]);
    assert.equal(git(sandbox.workspace, "status", "--short", "--branch"), "## other\n");
    assert.equal(existsSync(path.join(sandbox.workspace, ".git/commondir")), false);
    assert.equal(existsSync(path.join(sandbox.workspace, ".git/modules")), false);
  });

  test("git outside sees no placeholder while a program runs", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["sh", "-c", "echo running; sleep 60"] });
    await new Promise((said) => started.stdout.once("data", said));
    assert.ok(existsSync(path.join(sandbox.workspace, ".mcp.json")));
    assert.equal(git(sandbox.workspace, "status", "--short"), "");
    git(sandbox.workspace, "commit", "-q", "--allow-empty", "-m", "from outside");
    assert.equal(git(sandbox.workspace, "log", "--format=%s"), "from outside\n");
    started.kill("SIGKILL");
    await started.exit;
  });

  test("placeholders are gone a second after the last program, which finds again what somebody took away", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const sandbox = await open(context);
    const names = () => readdirSync(sandbox.workspace);
    await run(sandbox, "true");
    assert.ok(names().includes(".mcp.json"));
    context.mock.timers.tick(999);
    rmSync(path.join(sandbox.workspace, ".vscode"), { recursive: true });
    rmSync(path.join(sandbox.workspace, ".git/commondir"));
    assert.match(
      (await run(sandbox, "mkdir .vscode/x || echo x >.git/commondir || echo refused")).text,
      /refused/,
    );
    context.mock.timers.tick(999);
    assert.ok(
      names().includes(".mcp.json"),
      "they went while the next program ran, or before its second was over",
    );
    context.mock.timers.tick(1);
    assert.deepEqual(names(), [".git"]);
    assert.equal(existsSync(path.join(sandbox.workspace, ".git/commondir")), false);
  });

  test("placeholders stay until the last sandbox over a folder needs none", async (context) => {
    const one = await open(context);
    const two = await open(context, { workspace: one.workspace });
    const [first, second] = [one, two].map((each) =>
      each.start({ argv: ["sh", "-c", "echo running; read line; echo x >.envrc"], input: true }),
    );
    assert.ok(first !== undefined && second !== undefined);
    await Promise.all([first, second].map((each) => new Promise((said) => each.stdout.once("data", said))));
    first.stdin?.end("\n");
    first.stdout.resume();
    await first.exit;
    await one.close();
    assert.ok(existsSync(path.join(one.workspace, ".envrc")), "the other one's guard was taken away");
    second.stdin?.end("\n");
    second.stdout.resume();
    await second.exit;
    await two.close();
    assert.deepEqual(readdirSync(one.workspace), [".git"]);
    assert.equal(existsSync(path.join(one.workspace, ".git/commondir")), false);
  });

  test("what one leaves who is killed, the next one takes away", async (context) => {
    const workspace = workspaceOf(context);
    const module = path.resolve(import.meta.dirname, "../../src/agent/sandbox/open-sandbox.ts");
    const program = `
      const { openSandbox } = await import(${JSON.stringify(module)});
      const sandbox = await openSandbox({ kind: "bwrap", workspace: ${JSON.stringify(workspace)} });
      const started = sandbox.start({ argv: ["sh", "-c", "echo running; sleep 600"] });
      started.stdout.once("data", () => console.log(started.pid));`;
    const scratch = temporaryFolder(context);
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: scratch },
    });
    const pid = Number(await new Promise((said) => child.stdout.once("data", said)));
    const inside = descendants(pid);
    assert.ok(inside.length >= 2);
    child.kill("SIGKILL");
    await new Promise((ended) => child.once("exit", ended));
    assert.ok(existsSync(path.join(workspace, ".mcp.json")));
    await until(() => !inside.some(isRunning));
    const sandbox = await open(context, { workspace });
    assert.equal((await run(sandbox, "echo x >.mcp.json || echo refused")).text.includes("refused"), true);
    await sandbox.close();
    assert.deepEqual(readdirSync(workspace), [".git"]);
    assert.equal(existsSync(path.join(workspace, ".git/commondir")), false);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} reaches every process`, async (context) => {
      const sandbox = await open(context);
      const child = `trap "echo child; exit" INT TERM; echo up; while :; do sleep 0.05; done`;
      const script = `trap "echo parent" INT TERM; setsid -w sh -c '${child}'; exit 3`;
      const started = sandbox.start({ argv: ["sh", "-c", script] });
      const text = outputOf(started);
      await new Promise((said) => started.stdout.once("data", said));
      started.kill(signal);
      assert.deepEqual((await text).match(/child|parent/g)?.sort(), ["child", "parent"]);
      assert.deepEqual(await started.exit, { type: "code", code: 3 });
    });
  }

  test("a signal that ends the program is told as one", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["sh", "-c", "echo up; exec sleep 60"] });
    await new Promise((said) => started.stdout.once("data", said));
    started.kill("SIGTERM");
    assert.deepEqual(await started.exit, { type: "signal", signal: "SIGTERM" } satisfies SandboxExit);
  });

  test("SIGKILL ends all, also what ignores everything, and also when bwrap has been stopped", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({
      argv: [
        "sh",
        "-c",
        "trap '' INT TERM HUP; (setsid sh -c 'trap \"\" INT TERM HUP; while :; do sleep 1; done' &) ; echo up; while :; do sleep 1; done",
      ],
    });
    await new Promise((said) => started.stdout.once("data", said));
    const inside = descendants(started.pid ?? 0);
    assert.ok(inside.length >= 3, `${inside.length} processes`);
    process.kill(started.pid ?? 0, "SIGSTOP");
    started.kill("SIGKILL");
    assert.deepEqual(await started.exit, { type: "signal", signal: "SIGKILL" });
    await until(() => !inside.some(isRunning));
  });

  test("a signal right after the start is not lost", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["sleep", "60"] });
    started.kill("SIGKILL");
    assert.equal((await started.exit).type, "signal");
  });

  test("what a program leaves behind ends with it", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({
      argv: ["sh", "-c", "setsid sleep 600 & echo up; read line"],
      input: true,
    });
    await new Promise((said) => started.stdout.once("data", said));
    const inside = descendants(started.pid ?? 0);
    started.stdin?.end("\n");
    await started.exit;
    await until(() => !inside.some(isRunning));
  });

  test("close ends what runs, and nothing starts afterwards", async (context) => {
    const sandbox = await open(context);
    const started = sandbox.start({ argv: ["sleep", "600"] });
    await sandbox.close();
    assert.equal((await started.exit).type, "signal");
    assert.throws(() => sandbox.start({ argv: ["true"] }), /closed/);
    await sandbox.close();
  });

  test("a fork bomb stays in bounds, and can be ended", async (context) => {
    const sandbox = await open(context, { limits: { processes: 64 } });
    if (sandbox.enforcement.includes("NOT limited")) return context.skip(sandbox.enforcement);
    const started = sandbox.start({
      argv: ["sh", "-c", "echo up; bomb() { while :; do (sleep 60 & sleep 60) & done; }; bomb 2>&1"],
    });
    const refused = new Promise<void>((resolve) => {
      started.stdout.on("data", (piece: Buffer) => {
        if (/fork|Resource|unavailable/i.test(piece.toString())) resolve();
      });
    });
    await Promise.race([refused, started.exit]);
    assert.ok(descendants(started.pid ?? 0).length <= 70);
    started.kill("SIGKILL");
    await started.exit;
    return undefined;
  });

  test("a file grows to its limit", async (context) => {
    const sandbox = await open(context, { limits: { fileBytes: 1024 * 1024 } });
    await run(sandbox, "head -c 9000000 /dev/zero >big");
    assert.ok(readFileSync(path.join(sandbox.workspace, "big")).length <= 2 * 1024 * 1024);
  });

  test("a protected name that is a link is refused, unless it is given up", async (context) => {
    const workspace = workspaceOf(context);
    symlinkSync("elsewhere", path.join(workspace, ".vscode"));
    await assert.rejects(
      openSandbox({ kind: "bwrap", workspace }),
      /\.vscode is a symbolic link.*unprotected/,
    );
    const sandbox = await open(context, { workspace, unprotected: [".vscode"] });
    assert.equal((await run(sandbox, "echo ok")).text, "ok\n");
  });

  test("the repository of a linked worktree can be read, and written where its user says so", async (context) => {
    const workspace = workspaceOf(context);
    git(workspace, "commit", "-q", "--allow-empty", "-m", "first");
    const linked = path.join(path.dirname(workspace), "linked");
    git(workspace, "worktree", "add", "-q", linked);
    const reading = await open(context, { workspace: linked });
    assert.equal((await run(reading, "git log --format=%s")).text, "first\n");
    const writing = await open(context, { workspace: linked, writable: [path.join(workspace, ".git")] });
    const commit =
      "git -c user.name=A -c user.email=a@b commit -q --allow-empty -m second; git log --format=%s";
    assert.equal((await run(writing, commit)).text, "second\nfirst\n");
    const planted = await run(
      writing,
      `echo x >${workspace}/.git/hooks/post-commit; git config a.b c; echo $?`,
    );
    assert.doesNotMatch(planted.text, /^0$/m);
    assert.equal(existsSync(path.join(workspace, ".git/hooks/post-commit")), false);
  });

  test("a path with blanks and quotes", async (context) => {
    const workspace = path.join(temporaryFolder(context), "a b'c\"d");
    mkdirSync(workspace);
    const sandbox = await open(context, { workspace });
    assert.equal((await run(sandbox, "pwd")).text, `${workspace}\n`);
  });
});

/** Waits for what the kernel does on its own time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((next) => setImmediate(next));
}

test("without a sandbox, programs run in a group that can be ended", async (context) => {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-test-")));
  context.after(() => rmSync(workspace, { recursive: true, force: true }));
  writeFileSync(path.join(workspace, "there"), "");
  const env = { ...process.env, SOME_API_KEY: "x" };
  const sandbox = await openSandbox({ kind: "none", workspace, env });
  assert.match(sandbox.enforcement, /NOTHING is enforced/);
  const { text, exit } = await run(sandbox, "pwd; ls; echo $SOME_API_KEY; exit 4");
  assert.equal(text, `${workspace}\nthere\n\n`);
  assert.deepEqual(exit, { type: "code", code: 4 });
  const started = sandbox.start({ argv: ["sh", "-c", "sleep 600 & echo up; wait"] });
  await new Promise((said) => started.stdout.once("data", said));
  const below = descendants(started.pid ?? 0);
  assert.equal(below.length, 1);
  started.kill("SIGTERM");
  assert.deepEqual(await started.exit, { type: "signal", signal: "SIGTERM" });
  await until(() => !below.some(isRunning));
  const left = sandbox.start({ argv: ["sh", "-c", "sleep 600 & echo up"] });
  await left.exit;
  await sandbox.close();
  const missing = await openSandbox({ kind: "none", workspace });
  assert.equal((await missing.start({ argv: ["no-such-program"] }).exit).type, "failed");
});
