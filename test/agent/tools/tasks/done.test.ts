import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { calls, script, workBench } from "./bench.ts";

const done = calls("done", { summary: "All of it." });
const review = calls("review", { task: 'echo: {"findings": []}' });

test("with nothing changed and nothing to check, it ends the turn", async (t) => {
  const b = workBench(t);
  const { end, steps } = await b.conversation.turn(script(done, "echo: never"));
  assert.deepEqual([end, steps, b.told()], ["tool", 1, ["done"]]);
});

test("it refuses what is not in order, each with what to do, and runs no check then", async (t) => {
  const b = workBench(t, { doneCommands: ["echo ran >> ran.txt"] });
  b.repository.commit("diff --git a/x b/x\n");
  b.repository.now.push({ path: "new\u202e.txt", status: "untracked" });
  const list = {
    summary: "s",
    checklist: [
      { text: "docs", done: false },
      { text: "code", done: true },
    ],
  };
  const { end } = await b.conversation.turn(script(done, calls("done", list), "echo: well"));
  assert.equal(end, "done");
  const [first = "", second = ""] = b.told();
  assert.match(
    first,
    /^not done yet:\n- these are not committed: new‹U\+202E›\.txt \(untracked\); commit what/,
  );
  assert.match(first, /\n- what changed since the start was not reviewed as it is now: call review/);
  assert.doesNotMatch(first, /old\.txt/);
  assert.match(second, /- of your own list: docs\n/);
  assert.throws(() => readFileSync(path.join(b.folder, "ran.txt")));
  b.repository.under = "rebase";
  await b.conversation.turn(script(done, "echo: well"));
  assert.match(b.told().at(-1) ?? "", /git is in the middle of a rebase: finish it or give it up/);
});

test("a diff that was reviewed passes, and one that was changed since does not", async (t) => {
  const b = workBench(t);
  b.repository.commit("diff --git a/x b/x\n+1\n");
  await b.conversation.turn(script(done, review, done));
  assert.equal(b.told().at(-1), "done");
  b.repository.commit("diff --git a/x b/x\n+2\n");
  await b.conversation.turn(script(done, "echo: hm"));
  assert.match(b.told().at(-1) ?? "", /was not reviewed as it is now/);
});

test("a check that fails is told with the end of what it wrote, and those behind it are not run", async (t) => {
  const b = workBench(t, {
    doneCommands: ["echo fine", "seq 1 3000; echo the end; exit 3", "echo ran >> ran.txt"],
  });
  await b.conversation.turn(script(done, "echo: hm"));
  const [text = ""] = b.told();
  assert.match(
    text,
    /the check `seq 1 3000; echo the end; exit 3` failed with exit code 3: mend what it found/,
  );
  assert.match(text, /\[\.\.\.\]\n.*\n3000\nthe end$/s);
  assert.ok(text.length < 5000);
  assert.throws(() => readFileSync(path.join(b.folder, "ran.txt")));
});

test("a check that changes files is found out", async (t) => {
  const b = workBench(t, { doneCommands: ["true"] });
  const { changes } = b.repository;
  let asked = 0;
  b.repository.changes = async () =>
    ++asked === 1 ? changes() : [{ path: "formatted.ts", status: "modified" }];
  await b.conversation.turn(script(done, "echo: hm"));
  assert.match(b.told()[0] ?? "", /not committed: formatted\.ts \(modified\)/);
});

test("a check is ended with the call", async (t) => {
  const b = workBench(t, { doneCommands: ["sleep 600"] });
  const turn = b.conversation.turn(script(done, "echo: hm"));
  while (!b.events.some(({ type }) => type === "tool-progress")) await macrotask();
  b.conversation.cancel(new Error("enough"));
  const { end } = await turn;
  assert.equal(end, "cancelled");
  assert.match(b.told()[0] ?? "", /cancelled: enough/);
});

test("without a repository only the checks count", async (t) => {
  const b = workBench(t, { repository: undefined as never, doneCommands: ["exit 1"] });
  await b.conversation.turn(script(done, "echo: hm"));
  assert.match(b.told()[0] ?? "", /the check `exit 1` failed with exit code 1.*\n\(nothing\)$/s);
});
