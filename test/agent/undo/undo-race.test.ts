import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { picture, place } from "./picture.ts";

/** Swaps a folder and a link to another one, and a file and a link to another one, as fast as it can. */
const swapper = `
  const fs = require("node:fs");
  const [workspace, outside] = process.argv.slice(1);
  const at = (name) => workspace + "/" + name;
  fs.symlinkSync(outside, at("link"));
  fs.symlinkSync(outside + "/secret", at("filelink"));
  process.stdout.write("begun");
  const swap = (a, b) => {
    try { fs.renameSync(at(a), at("aside")); fs.renameSync(at(b), at(a)); fs.renameSync(at("aside"), at(b)); } catch {
      // A restore takes away what it does not know: it is put back.
      for (const [name, to] of [["link", outside], ["filelink", outside + "/secret"]]) {
        try { fs.symlinkSync(to, at(name)); } catch {}
      }
      try { fs.unlinkSync(at("aside")); } catch {}
    }
  };
  for (;;) { swap("folder", "link"); swap("folder/../file", "filelink"); }
`;

/** So often the workspace is kept and restored while it is swapped about. */
const ROUNDS = 60;

test("undo: no swapped link has it read or write elsewhere, and at rest all comes back", async (t) => {
  const { base, workspace, store, open } = place(t);
  const outside = path.join(base, "outside");
  mkdirSync(path.join(outside, "deep"), { recursive: true });
  mkdirSync(path.join(workspace, "folder/deep"), { recursive: true });
  for (const name of ["secret", "deep/secret"]) {
    writeFileSync(path.join(outside, name), "SECRET of somebody else");
    writeFileSync(path.join(workspace, "folder", name), "mine");
  }
  writeFileSync(path.join(workspace, "file"), "mine");
  const before = picture(workspace);
  const elsewhere = picture(outside);
  const undo = await open();
  const point = await undo.snapshot("before");

  const child = spawn(process.execPath, ["-e", swapper, workspace, outside], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = 0;
  try {
    await once(child.stdout, "data");
    for (let n = 0; n < ROUNDS; n++) {
      writeFileSync(path.join(workspace, `new${n}`), String(n));
      await undo.snapshot(`round ${n}`);
      told += (await undo.restore(point)).problems.length;
      assert.deepEqual(picture(outside), elsewhere);
    }
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
  t.diagnostic(`${told} paths were told as not restored in ${ROUNDS} rounds`);
  for (const name of readdirSync(store, { recursive: true, encoding: "utf8" })) {
    if (!/[0-9a-f]{62}$/.test(name)) continue;
    assert.doesNotMatch(readFileSync(path.join(store, name), "utf8"), /SECRET/);
  }
  rmSync(path.join(workspace, "aside"), { recursive: true, force: true });
  assert.deepEqual((await undo.restore(point)).problems, []);
  assert.deepEqual(picture(workspace), before);
  assert.deepEqual(picture(outside), elsewhere);
});
