import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { test } from "node:test";
import { setImmediate as macrotask } from "node:timers/promises";
import { holderLine, isGone, readHolder, thisProcess } from "../../src/store/holder.ts";

test("this process is there, and others' machines cannot be looked at", () => {
  const here = thisProcess();
  assert.equal(isGone(here), false);
  assert.equal(isGone({ ...here, host: "elsewhere" }), false);
  assert.deepEqual(readHolder(holderLine(here)), here);
  for (const line of ["", "{}", "[1,2,3]", '["a","b","c"]', '["a"]'])
    assert.equal(readHolder(line), undefined);
});

test(
  "a number that was given to another process is not its holder",
  { skip: !existsSync("/proc/self/stat") },
  () => {
    assert.equal(isGone({ ...thisProcess(), began: "1" }), true);
  },
);

test(
  "a process that is dead and was not waited for is gone",
  { skip: !existsSync("/proc/self/stat") },
  async (t) => {
    // The shell becomes a program that waits for no child.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
    t.after(() => parent.kill("SIGKILL"));
    const pid = Number(
      await new Promise((resolve) => parent.stdout.once("data", (data: Buffer) => resolve(String(data)))),
    );
    const state = (): string => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0] ?? "";
    while (state() !== "Z") await macrotask();
    assert.equal(isGone({ host: hostname(), pid, began: "123" }), true);
    const began = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[19] ?? "";
    assert.equal(isGone({ host: hostname(), pid, began }), true);
  },
);
