import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { picture, place } from "./picture.ts";

/** To the superuser nothing is closed: from here on we are nobody. This file has a process of its own. */
before(() => {
  if (process.geteuid?.() !== 0) return;
  process.setegid?.(65534);
  process.seteuid?.(65534);
});

test("undo: what was closed is opened again, and what is in it comes back", async (t) => {
  // Before all is removed: hooks run in the order in which they are set.
  t.after(() => {
    for (const name of ["folder", "folder/deep", "firm"]) chmodSync(at(name), 0o755);
  });
  const { workspace, open } = place(t);
  const at = (name: string): string => path.join(workspace, name);
  mkdirSync(at("folder/deep"), { recursive: true });
  mkdirSync(at("firm"));
  for (const name of ["file", "folder/a", "folder/deep/b", "firm/c"]) writeFileSync(at(name), name);
  chmodSync(at("firm/c"), 0o444);
  chmodSync(at("firm"), 0o555);
  const undo = await open();
  const point = await undo.snapshot("before");
  const wanted = picture(workspace);

  chmodSync(at("firm"), 0o755);
  writeFileSync(at("firm/new"), "new");
  chmodSync(at("firm/c"), 0o644);
  writeFileSync(at("firm/c"), "changed");
  chmodSync(at("firm"), 0o111);
  writeFileSync(at("file"), "changed");
  chmodSync(at("file"), 0);
  writeFileSync(at("folder/deep/b"), "changed");
  chmodSync(at("folder/deep"), 0o300);
  chmodSync(at("folder"), 0o400);
  writeFileSync(at("new"), "new");
  chmodSync(at("new"), 0o200);

  const dry = await undo.restore(point, { dryRun: true });
  assert.deepEqual(dry.problems, []);
  assert.deepEqual(dry.done.map(({ path, does }) => `${does} ${path}`).sort(), [
    "mode firm",
    "mode folder",
    "remove new",
    "replace file",
  ]);
  const { problems, back } = await undo.restore(point);
  assert.deepEqual(problems, []);
  assert.deepEqual(picture(workspace), wanted);

  // And to where it was closed.
  assert.deepEqual((await undo.restore(back ?? 0)).problems, []);
  assert.throws(() => readFileSync(at("file")), /EACCES/);
  assert.throws(() => readFileSync(at("folder/a")), /EACCES/);
  assert.deepEqual((await undo.restore(point)).problems, []);
  assert.deepEqual(picture(workspace), wanted);
});

test("undo: what is closed when a snapshot is taken is not covered, and is left closed", async (t) => {
  const { workspace, open } = place(t);
  const file = path.join(workspace, "closed");
  writeFileSync(file, "closed");
  chmodSync(file, 0);
  const undo = await open();
  const point = await undo.snapshot("before");
  writeFileSync(path.join(workspace, "new"), "new");
  const { problems, leftOut, done } = await undo.restore(point);
  assert.deepEqual([problems, leftOut], [[], [{ path: "closed", why: "unreadable" }]]);
  assert.deepEqual(done, [{ path: "new", does: "remove", type: "file" }]);
  assert.throws(() => readFileSync(file), /EACCES/);
});
