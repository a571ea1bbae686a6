import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { UndoError } from "../../../src/agent/index.ts";
import { picture, place } from "./picture.ts";

const kind =
  (kind: UndoError["kind"], message?: RegExp) =>
  (error: unknown): true => {
    assert.ok(error instanceof UndoError, String(error));
    assert.equal(error.kind, kind);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };

/** Makes a pipe that whoever opens it to read waits for. Returns 0 when it was made. */
function makePipe(at: string): number | null {
  return spawnSync("sh", ["-c", 'mkfifo "$0"', at]).status;
}

test("undo: points are listed with what each step and all since have changed", async (t) => {
  const { workspace, open, clock } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  writeFileSync(at("kept"), "kept");
  writeFileSync(at("a"), "one");
  const undo = await open();
  assert.deepEqual(await undo.list(), []);
  assert.equal(await undo.snapshot("first"), 1);
  // Nothing has changed, and a new time is no change.
  utimesSync(at("kept"), 1, 1);
  assert.equal(await undo.snapshot("again"), 1);
  writeFileSync(at("a"), "two");
  writeFileSync(at("b"), "new");
  clock.advance(1000);
  assert.equal(await undo.snapshot("second"), 2);
  rmSync(at("kept"));
  const [first, second, ...more] = await undo.list();
  assert.deepEqual(more, []);
  const { when = 0, ...rest } = first ?? {};
  assert.deepEqual(rest, {
    id: 1,
    label: "first",
    before: { type: "call" },
    leftOut: [],
    step: { created: 1, changed: 1, removed: 0 },
    since: { created: 1, changed: 1, removed: 1 },
  });
  assert.equal(second?.when, when + 1000);
  assert.deepEqual(second?.step, { created: 0, changed: 0, removed: 1 });
  assert.deepEqual(await undo.changes(1), [
    { path: "a", does: "replace", type: "file" },
    { path: "b", does: "remove", type: "file" },
    { path: "kept", does: "create", type: "file" },
  ]);
  await assert.rejects(undo.restore(3), kind("not-found"));
});

test("undo: a file comes back alone, with its time and its mode, and a folder with all in it", async (t) => {
  const { workspace, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  mkdirSync(at("in/deep"), { recursive: true });
  for (const name of ["a", "in/b", "in/deep/c"]) writeFileSync(at(name), name);
  chmodSync(at("a"), 0o640);
  utimesSync(at("a"), 1_700_000_000.123_456, 1_700_000_000.123_456);
  const undo = await open();
  const point = await undo.snapshot("before");
  for (const name of ["a", "in/b", "in/deep/c"]) writeFileSync(at(name), "other");
  chmodSync(at("a"), 0o600);
  mkdirSync(at("new/er"), { recursive: true });
  writeFileSync(at("new/er/x"), "x");
  writeFileSync(at("new/y"), "y");

  const dry = await undo.restore(point, { paths: ["a"], dryRun: true });
  assert.deepEqual(dry.done, [{ path: "a", does: "replace", type: "file" }]);
  assert.equal(readFileSync(at("a"), "utf8"), "other");
  const one = await undo.restore(point, { paths: [at("a")] });
  assert.deepEqual(one.done, dry.done);
  assert.equal(readFileSync(at("a"), "utf8"), "a");
  assert.equal(lstatSync(at("a")).mode & 0o7777, 0o640);
  assert.ok(Math.abs(lstatSync(at("a")).mtimeMs - 1_700_000_000_123.456) < 0.001);
  assert.equal(readFileSync(at("in/b"), "utf8"), "other");

  await undo.restore(point, { paths: ["in/deep", "new/er/x"] });
  assert.equal(readFileSync(at("in/deep/c"), "utf8"), "in/deep/c");
  assert.equal(readFileSync(at("in/b"), "utf8"), "other");
  assert.deepEqual([existsSync(at("new/er/x")), existsSync(at("new/y"))], [false, true]);

  rmSync(at("in"), { recursive: true });
  await undo.restore(point, { paths: ["in/deep/c"] });
  assert.deepEqual(readdirSync(at("in")), ["deep"]);
  await assert.rejects(undo.restore(point, { paths: ["../x"] }), kind("invalid", /not in/));
});

test("undo: what is not covered is said, told once, and left alone", async (t) => {
  const { workspace, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  mkdirSync(at("sub/.git"), { recursive: true });
  writeFileSync(at("sub/.git/HEAD"), "ref");
  mkdirSync(at("node_modules/x"), { recursive: true });
  for (let n = 0; n < 20; n++) writeFileSync(at(`node_modules/x/${n}`), String(n));
  writeFileSync(at("zz"), "covered although it comes later");
  writeFileSync(at("big"), Buffer.alloc(2000));
  assert.equal(makePipe(at("pipe")), 0);
  const before = picture(workspace);
  const undo = await open({ limits: { fileBytes: 1000, files: 10 } });
  const point = await undo.snapshot("before");
  const told: unknown[] = [];
  await undo.companion.beforeTurn?.((event) => told.push(event));
  writeFileSync(at("zz"), "changed");
  writeFileSync(at("node_modules/x/1"), "changed");
  await undo.snapshot("again");
  await undo.companion.afterStep?.((event) => told.push(event), new AbortController().signal);
  assert.deepEqual(told, [
    {
      type: "notice",
      text:
        "undo does not cover big (too big a file), pipe (no file, folder or link), node_modules (too many files): " +
        "what happens to it cannot be taken back",
    },
  ]);
  writeFileSync(at("sub/.git/HEAD"), "moved");
  const { problems, leftOut } = await undo.restore(point);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    leftOut.map(({ path, why }) => `${path} ${why}`),
    ["big too-big", "pipe special", "node_modules too-many"],
  );
  const after = new Map(before);
  for (const [name, text] of [
    ["/node_modules/x/1", "changed"],
    ["/sub/.git/HEAD", "moved"],
  ]) {
    after.set(name ?? "", `file 644 ${text}`);
  }
  assert.deepEqual(picture(workspace), after);
});

test("undo: nothing is lost that could not be kept, unless it is named", async (t) => {
  const { workspace, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  writeFileSync(at("grown"), "small");
  const undo = await open({ limits: { fileBytes: 1000 } });
  const point = await undo.snapshot("before");
  writeFileSync(at("grown"), Buffer.alloc(2000, "g"));
  mkdirSync(at("new/.git"), { recursive: true });
  writeFileSync(at("new/big"), Buffer.alloc(2000, "b"));
  writeFileSync(at("new/small"), "small");
  assert.equal(makePipe(at("pipe")), 0);
  const { problems } = await undo.restore(point);
  assert.deepEqual(problems.map(({ path, why }) => `${path}: ${why.slice(0, 46)}`).sort(), [
    "grown: what is there now could not be kept (too big a",
    "new/.git: it is no matter of undo, and was left",
    "new/big: what is there now could not be kept (too big a",
  ]);
  assert.deepEqual(readdirSync(workspace).sort(), ["grown", "new"]);
  assert.deepEqual(readdirSync(at("new")).sort(), [".git", "big"]);
  assert.deepEqual((await undo.restore(point, { paths: ["grown", "new/big"] })).problems, []);
  assert.equal(readFileSync(at("grown"), "utf8"), "small");
  assert.deepEqual(readdirSync(at("new")), [".git"]);
});

test("undo: links are kept as links, and nothing behind them is read or written", async (t) => {
  const { base, workspace, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  const outside = path.join(base, "outside");
  mkdirSync(outside);
  writeFileSync(path.join(outside, "secret"), "the secret");
  mkdirSync(at("folder"));
  writeFileSync(at("folder/secret"), "mine");
  symlinkSync("nowhere", at("dangling"));
  symlinkSync(outside, at("link"));
  const undo = await open();
  const point = await undo.snapshot("before");
  const before = picture(workspace);
  rmSync(at("folder"), { recursive: true });
  symlinkSync(outside, at("folder"));
  rmSync(at("link"));
  mkdirSync(at("link"));
  writeFileSync(at("link/secret"), "mine too");
  assert.deepEqual((await undo.restore(point)).problems, []);
  assert.deepEqual(picture(workspace), before);
  assert.deepEqual(readdirSync(outside), ["secret"]);
  assert.equal(readFileSync(path.join(outside, "secret"), "utf8"), "the secret");
  const kept = spawnSync("grep", ["-rl", "the secret", base], { encoding: "utf8" }).stdout;
  assert.deepEqual(kept.trim().split("\n"), [path.join(outside, "secret")]);
});

test("undo: the same content is kept once, and only its owner may see it", async (t) => {
  const { workspace, store, open } = place(t);
  const undo = await open();
  for (let n = 0; n < 50; n++) writeFileSync(path.join(workspace, `f${n}`), "the same".repeat(100));
  await undo.snapshot("before");
  writeFileSync(path.join(workspace, "f0"), "other");
  await undo.snapshot("again");
  const files = readdirSync(store, { recursive: true, encoding: "utf8" });
  // Two contents, two listings.
  assert.equal(files.filter((name) => /^objects.[0-9a-f]{2}.[0-9a-f]{62}$/.test(name)).length, 4);
  for (const name of files) {
    const status = statSync(path.join(store, name));
    assert.equal(status.mode & 0o7777, status.isDirectory() ? 0o700 : 0o600, name);
  }
});

test("undo: another process goes on where one ended, without reading what is known", async (t) => {
  const { workspace, open } = place(t);
  const file = path.join(workspace, "a");
  writeFileSync(file, "one");
  const first = await open();
  assert.equal(await first.snapshot("first"), 1);
  const second = await open();
  await assert.rejects(second.snapshot("second"), kind("held", new RegExp(`process ${process.pid} `)));
  await assert.rejects(second.restore(1), kind("held"));
  // Looking is free.
  assert.equal((await second.list()).length, 1);
  assert.equal((await second.restore(1, { dryRun: true })).back, undefined);
  await first.close();
  assert.equal(await second.snapshot("second"), 1);
  writeFileSync(file, "two");
  assert.equal(await second.snapshot("second"), 2);
  await second.close();
  await second.close();
});

test("undo: a store is that of one folder, and lies outside of it", async (t) => {
  const { base, workspace, open } = place(t);
  const undo = await open();
  await undo.snapshot("first");
  await undo.close();
  await assert.rejects(open({ workspace: base }), kind("invalid", /not of this folder/));
  await assert.rejects(open({ folder: workspace }), kind("invalid", /inside/));
  await assert.rejects(open({ folder: base }), kind("invalid", /inside/));
  // Inside of it, as of a whole home, it is passed over.
  const inside = await open({
    folder: path.join(workspace, "state/undo"),
    leaveOut: [path.join(workspace, "state")],
  });
  mkdirSync(path.join(workspace, "state"));
  writeFileSync(path.join(workspace, "state/sessions.db"), "kept elsewhere");
  assert.equal(await inside.snapshot("first"), 1);
  writeFileSync(path.join(workspace, "a"), "");
  assert.equal(await inside.snapshot("second"), 2);
  await inside.restore(1);
  assert.deepEqual(readdirSync(workspace), ["state"]);
  await inside.close();
});

test("undo: what is damaged is told, and the rest is of use", async (t) => {
  const { workspace, store, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  mkdirSync(at("in"));
  for (const name of ["a", "b", "in/c"]) writeFileSync(at(name), `the content of ${name}`);
  const undo = await open();
  await undo.snapshot("first");
  for (const name of ["a", "b", "in/c"]) writeFileSync(at(name), "other");
  await undo.snapshot("second");
  await undo.close();
  const objects = readdirSync(path.join(store, "objects"), { recursive: true, encoding: "utf8" }).map(
    (name) => path.join(store, "objects", name),
  );
  const holding = (text: string): string => {
    const found = objects.find(
      (file) => statSync(file).isFile() && readFileSync(file, "utf8").includes(text),
    );
    assert.ok(found !== undefined, text);
    return found;
  };
  truncateSync(holding("the content of a"), 5);
  rmSync(holding(createHash("sha256").update("the content of in/c").digest("hex")));

  const again = await open();
  const { problems } = await again.restore(1);
  assert.deepEqual(problems, [
    { path: "a", why: "its kept content is damaged or gone" },
    { path: "in", why: "its kept content is damaged or gone" },
  ]);
  assert.deepEqual(
    ["a", "b", "in/c"].map((name) => readFileSync(at(name), "utf8")),
    ["other", "the content of b", "other"],
  );
  assert.deepEqual(readdirSync(workspace).sort(), ["a", "b", "in"]);
  assert.equal((await again.list())[0]?.since, undefined);
  await again.close();

  truncateSync(path.join(store, "snapshots/000001"), 100);
  const third = await open();
  assert.deepEqual(
    (await third.list()).map(({ id }) => id),
    [2, 3],
  );
  assert.deepEqual(third.damaged(), [{ id: 1, why: "restore point 1 is damaged and cannot be used" }]);
  await assert.rejects(third.restore(1), kind("damaged"));
  // What was cut is kept again when it is met again.
  writeFileSync(at("a"), "the content of a");
  const point = await third.snapshot("again");
  rmSync(at("a"));
  assert.deepEqual((await third.restore(point)).problems, []);
  assert.equal(readFileSync(at("a"), "utf8"), "the content of a");
});

test("undo: whatever file of a store is cut wherever, it opens, and what it gives back is whole", async (t) => {
  const { base, workspace, store, open } = place(t);
  mkdirSync(path.join(workspace, "in"));
  for (const name of ["a", "in/b"]) writeFileSync(path.join(workspace, name), `the content of ${name}`);
  const undo = await open();
  await undo.snapshot("first");
  for (const name of ["a", "in/b"]) writeFileSync(path.join(workspace, name), "other");
  await undo.snapshot("second");
  await undo.close();
  const saved = path.join(base, "saved");
  spawnSync("cp", ["-a", store, saved]);
  const files = readdirSync(saved, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(path.join(saved, name)).isFile(),
  );
  for (const name of files) {
    const { size } = statSync(path.join(saved, name));
    for (const length of new Set([0, 1, size >> 1, size - 1])) {
      rmSync(store, { recursive: true });
      spawnSync("cp", ["-a", saved, store]);
      if (length >= 0) truncateSync(path.join(store, name), length);
      for (const each of ["a", "in/b"]) writeFileSync(path.join(workspace, each), "third");
      const again = await open();
      const ids = (await again.list()).map(({ id }) => id);
      assert.ok(ids.length + again.damaged().length === 2, name);
      for (const id of ids) {
        const { problems } = await again.restore(id);
        const wanted = id === 1 ? (each: string) => `the content of ${each}` : () => "other";
        for (const each of ["a", "in/b"]) {
          const told = problems.some(
            ({ path }) => path === "." || path === each || path === path.split("/")[0],
          );
          if (!told)
            assert.equal(readFileSync(path.join(workspace, each), "utf8"), wanted(each), `${name} ${length}`);
        }
      }
      await again.close();
    }
  }
});

test("undo: the lock and the halves of a process that was killed are in nobody's way", async (t) => {
  const { workspace, store, open } = place(t);
  writeFileSync(path.join(workspace, "a"), "");
  const first = await open();
  await first.snapshot("first");
  await first.close();
  const dead = spawnSync(process.execPath, ["-e", ""]);
  const lock = readFileSync("/proc/sys/kernel/hostname", "utf8").trim();
  writeFileSync(path.join(store, "lock"), JSON.stringify([lock, dead.pid, "1"]));
  writeFileSync(path.join(store, "objects/half.tmp"), "half");
  const second = await open();
  writeFileSync(path.join(workspace, "a"), "more");
  assert.equal(await second.snapshot("second"), 2);
  assert.equal(existsSync(path.join(store, "objects/half.tmp")), false);
});

test("undo: old points go, with what only they need", async (t) => {
  const { workspace, store, open, clock } = place(t);
  const file = path.join(workspace, "a");
  const other = path.join(workspace, "b");
  const undo = await open();
  writeFileSync(other, "kept all the while");
  for (let n = 1; n <= 4; n++) {
    writeFileSync(file, String(n).repeat(10_000));
    assert.equal(await undo.snapshot(`number ${n}`), n);
    clock.advance(1000);
  }
  assert.deepEqual((await undo.prune({ keepMs: 3500 })).removed, [1]);
  const left = await undo.prune({ maxBytes: 21_000 });
  assert.deepEqual(left.removed, [2]);
  assert.ok(left.bytes <= 21_000 && left.bytes > 20_000, String(left.bytes));
  assert.deepEqual((await undo.restore(3)).problems, []);
  assert.equal(readFileSync(file, "utf8"), "3".repeat(10_000));
  assert.deepEqual((await undo.prune({ maxBytes: 0 })).removed, [3, 4, 5]);
  const objects = readdirSync(path.join(store, "objects"), { recursive: true, encoding: "utf8" });
  assert.deepEqual(
    objects.filter((name) => name.length > 2),
    [],
  );
  // What was taken away is kept again.
  const point = await undo.snapshot("anew");
  rmSync(other);
  await undo.restore(point);
  assert.equal(readFileSync(other, "utf8"), "kept all the while");
});

test("undo: a store that would outgrow its room loses its oldest points, never the newest", async (t) => {
  const { workspace, open } = place(t);
  const undo = await open({ limits: { storeBytes: 25_000 } });
  for (let n = 1; n <= 5; n++) {
    writeFileSync(path.join(workspace, "a"), String(n).repeat(10_000));
    await undo.snapshot(`number ${n}`);
  }
  const ids = async (): Promise<number[]> => (await undo.list()).map(({ id }) => id);
  assert.deepEqual(await ids(), [4, 5]);
  writeFileSync(path.join(workspace, "a"), "x".repeat(50_000));
  await undo.snapshot("number 6");
  assert.deepEqual(await ids(), [6]);
});
