import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { openUndo } from "../../src/agent/index.ts";
import { undoFolder } from "../../src/cli/sessions-file.ts";
import { VirtualClock } from "../support/clock.ts";
import { FakeIo, run, type Run } from "./fake-io.ts";

/** A folder in which a session has worked: before each of three steps there is a restore point. */
interface Worked {
  readonly id: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly at: (name: string) => string;
  readonly read: () => Record<string, string | undefined>;
  readonly undo: (...argv: readonly string[]) => Promise<Run>;
}

async function worked(t: TestContext): Promise<Worked> {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-undo-")));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  const env = { COLLOQUY_HOME: path.join(base, "state") };
  const cwd = path.join(base, "project");
  mkdirSync(cwd);
  const at = (name: string): string => path.join(cwd, name);
  await run(["-p", "echo: hi", "--model", "rehearsal"], { env, cwd });
  const [{ id } = { id: "" }] = JSON.parse((await run(["sessions", "--json"], { env, cwd })).out) as {
    readonly id: string;
  }[];
  writeFileSync(at("a"), "first");
  const folder = undoFolder(env, id) ?? "";
  const undo = await openUndo({ workspace: cwd, folder, clock: new VirtualClock() });
  await undo.snapshot("shell make all");
  writeFileSync(at("a"), "second");
  mkdirSync(at("new"));
  writeFileSync(at("new/b\u001b[2J"), "b");
  await undo.snapshot("patch a");
  writeFileSync(at("a"), "third");
  await undo.snapshot("shell true");
  await undo.close();
  const read = (): Record<string, string | undefined> => ({
    a: readFileSync(at("a"), "utf8"),
    b: existsSync(at("new/b\u001b[2J")) ? "b" : undefined,
  });
  return { id, env, cwd, at, read, undo: (...argv) => run(["undo", ...argv], { env, cwd }) };
}

test("undo: restore points are listed, newest first", async (t) => {
  const { undo } = await worked(t);
  const { code, out } = await undo("--list");
  assert.equal(code, 0);
  assert.deepEqual(out.split("\n"), [
    "point  when  step     since    before",
    "3      now   nothing  nothing  shell true",
    "2      now   ~1       ~1       patch a",
    "1      now   +1 ~1    +1 ~1    shell make all",
    "",
  ]);
  const listed = JSON.parse((await undo("--list", "--json")).out) as readonly { readonly id: number }[];
  assert.deepEqual(
    listed.map(({ id }) => id),
    [3, 2, 1],
  );
});

test("undo: each time the last step goes that did anything, and it can be had back", async (t) => {
  const { undo, read } = await worked(t);
  const first = await undo("--yes");
  assert.deepEqual([first.code, first.out], [0, ""]);
  assert.match(first.err, /^restored: 1 path\nto take this back: colloquy undo --to 4\n$/);
  assert.deepEqual(read(), { a: "second", b: "b" });
  const second = await undo("--yes", "--json");
  assert.deepEqual(JSON.parse(second.out), {
    point: 1,
    done: [
      { path: "a", does: "replace", type: "file" },
      { path: "new/b\u001b[2J", does: "remove", type: "file" },
      { path: "new", does: "remove", type: "folder" },
    ],
    problems: [],
    leftOut: [],
    back: 5,
  });
  assert.deepEqual(read(), { a: "first", b: undefined });
  const none = await undo("--yes");
  assert.deepEqual([none.code, none.err], [0, "there is nothing to undo\n"]);
  assert.equal((await undo("--to", "4", "--yes")).code, 0);
  assert.deepEqual(read(), { a: "third", b: "b" });
  // From where one is again, the same way back.
  assert.match((await undo("--dry-run")).out, /^back to restore point 2, /);
});

test("undo: what would be done is shown harmless, and nothing is done by that", async (t) => {
  const { undo, read } = await worked(t);
  const { code, out } = await undo("1", "--dry-run");
  assert.equal(code, 0);
  assert.deepEqual(out.split("\n"), [
    "back to restore point 1, before: shell make all",
    "  restore     a",
    "  remove      new/",
    "  remove      new/b‹U+001B›[2J",
    "",
  ]);
  assert.deepEqual(read(), { a: "third", b: "b" });
});

test("undo: files come back alone", async (t) => {
  const { undo, read, at } = await worked(t);
  assert.equal((await undo("--file", "a", "--to", "1", "--yes")).code, 0);
  assert.deepEqual(read(), { a: "first", b: "b" });
  writeFileSync(at("a"), "fourth");
  // The last step that did something to it.
  assert.equal((await undo("--file", at("new"), "--yes")).code, 0);
  assert.deepEqual(read(), { a: "fourth", b: undefined });
  const outside = await undo("--file", "../x", "--to", "1", "--yes");
  assert.equal(outside.code, 2);
  assert.match(outside.err, /is not in .*, which is all that can be restored/);
});

test("undo: at a terminal it asks first", async (t) => {
  const { env, cwd, read } = await worked(t);
  for (const [keys, code, a] of [
    ["\r", 130, "third"],
    ["n\r", 130, "third"],
    ["y\r", 0, "first"],
  ] as const) {
    const io = new FakeIo({ env, cwd, terminal: true });
    const ended = run(["undo", "--to", "1"], io);
    await io.stderr.until("  restore     a\n");
    await io.stderr.until("undo this? y/N ");
    io.keys.write(keys);
    assert.equal((await ended).code, code);
    assert.equal(read()["a"], a);
  }
});

test("undo: what cannot be done is an error that says why", async (t) => {
  const { id, env, cwd, at, undo, read } = await worked(t);
  for (const [argv, code, message] of [
    [["undo"], 2, /there is no terminal to ask at; to undo without being asked: --yes/],
    [["undo", "--to", "9", "--yes"], 2, /there is no restore point 9/],
    [["undo", "--session", "zzz", "--yes"], 2, /zzz/],
    [["undo", "--list", "-C", path.dirname(cwd)], 2, /no session of this folder has restore points/],
  ] as const) {
    const told = await run(argv, { env, cwd });
    assert.equal(told.code, code, told.err);
    assert.match(told.err, message);
    assert.equal(told.out, "");
  }
  // From elsewhere by its session.
  const there = await run(["undo", "1", "--session", id, "--yes"], { env, cwd: path.dirname(cwd) });
  assert.equal(there.code, 0, there.err);
  assert.deepEqual(read(), { a: "first", b: undefined });

  writeFileSync(at("a"), Buffer.alloc(65 * 1024 * 1024));
  for (const argv of [["--yes"], ["--dry-run"]]) {
    const refused = await undo("1", ...argv);
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /1 could not be restored:\n  a: what is there now could not be kept \(too big a file\)/,
    );
  }
  assert.equal((await undo("1", "--yes", "--file", "a")).code, 0);
  assert.deepEqual(read(), { a: "first", b: undefined });
});

test("undo: it waits for nobody who works with the same points", async (t) => {
  const { id, env, cwd, undo } = await worked(t);
  const other = await openUndo({ workspace: cwd, folder: undoFolder(env, id) ?? "" });
  await other.snapshot("meanwhile");
  const told = await undo("1", "--yes");
  assert.equal(told.code, 1);
  assert.match(told.err, new RegExp(`process ${process.pid} on .* works with these restore points`));
  assert.equal((await undo("--list")).code, 0);
  await other.close();
  assert.equal((await undo("1", "--yes")).code, 0);
});

test("undo: a session that is deleted takes its restore points along, and no other folder", async (t) => {
  const { id, env, cwd } = await worked(t);
  const folder = undoFolder(env, id) ?? "";
  assert.ok(existsSync(folder));
  assert.equal((await run(["sessions", "delete", id, "--yes"], { env, cwd })).code, 0);
  assert.equal(existsSync(folder), false);
  assert.equal(existsSync(path.dirname(folder)), true);
  for (const name of ["..", "../undo", "", ".", "a/b"]) assert.equal(undoFolder(env, name), undefined);
});
