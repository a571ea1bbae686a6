import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Placeholders } from "../../src/agent/sandbox/placeholders.ts";
import { guardsOf } from "./come-and-go.ts";
import { temporaryFolder } from "./support.ts";

const HOLDER = path.join(import.meta.dirname, "come-and-go.ts");

function projectOf(context: TestContext): string {
  const project = path.join(temporaryFolder(context), "project");
  mkdirSync(path.join(project, ".git"), { recursive: true });
  writeFileSync(path.join(project, ".git/HEAD"), "ref: refs/heads/main\n");
  return project;
}

test("holders that come and go at once never see the placeholder of another for something of the user's, nor take it away", async (context) => {
  const project = projectOf(context);
  const run = promisify(execFile);
  const runs = ["one", "two"].map((id) => run(process.execPath, [HOLDER, id, project]));
  for (const { stdout } of await Promise.all(runs)) assert.equal(stdout, "");
  assert.deepEqual(readdirSync(project), [".git"]);
  assert.deepEqual(readdirSync(path.join(project, ".git")), ["HEAD"]);
});

test("an empty folder of the user's, however new, is there afterwards, and empty", (context) => {
  for (const age of [0, 3600]) {
    const project = projectOf(context);
    const own = path.join(project, ".gemini");
    mkdirSync(own);
    utimesSync(own, Date.now() / 1000 - age, Date.now() / 1000 - age);
    const [one, two] = ["one", "two"].map((id) => new Placeholders(process.pid, id));
    for (const holder of [one, two]) {
      const guards = guardsOf(project);
      assert.deepEqual(
        guards.map(({ type }) => type),
        ["empty", "pin", "decoy"],
      );
      holder?.hold(guards);
    }
    assert.throws(() => rmdirSync(own), "the placeholder's last holder would take it away");
    one?.release();
    assert.equal(guardsOf(project)[0]?.type, "empty");
    two?.release();
    assert.deepEqual(readdirSync(own), []);
    if (age > 0) assert.equal(Math.round((Date.now() - statSync(own).mtimeMs) / 60_000), age / 60);
  }
});

test("a decoy that one left half written who was killed is written to its end, and taken away", (context) => {
  for (const half of ["", ".", ".\n"]) {
    const project = projectOf(context);
    const decoy = path.join(project, ".git/commondir");
    mkdirSync(path.join(project, ".git/colloquy-sandbox/colloquy-sandbox-1-0-dead-leaving"), {
      recursive: true,
    });
    writeFileSync(decoy, half);
    const holder = new Placeholders(process.pid, "one");
    holder.hold(guardsOf(project));
    assert.equal(readFileSync(decoy, "utf8"), ".\n");
    holder.release();
    assert.deepEqual(readdirSync(path.join(project, ".git")), ["HEAD"]);
  }
});
