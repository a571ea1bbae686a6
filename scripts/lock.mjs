// One set-up at a time in one checkout. The lock is a folder, because making one either works or doesn't;
// it stands outside node_modules and dist, which set-up removes.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./tool.mjs";

const lock = path.join(root, ".cache/setup-lock");
const owner = path.join(lock, "pid");
let held = false;

export function withLock(work) {
  if (held) return work();
  acquire();
  held = true;
  // Ctrl-C during a step ends the process without coming back here; the next run finds the pid dead.
  try {
    return work();
  } finally {
    held = false;
    rmSync(lock, { recursive: true, force: true });
  }
}

function acquire() {
  mkdirSync(path.dirname(lock), { recursive: true });
  let told = false;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(owner, String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isStale()) {
      takeAway();
    } else {
      if (!told)
        process.stderr.write(`colloquy: waiting for another set-up in this checkout (${lock}) ...\n`);
      told = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

/** Its owner is gone, or died between making the folder and signing it. */
function isStale() {
  try {
    const pid = Number(readFileSync(owner, "utf8"));
    if (pid > 0) return !isAlive(pid);
  } catch {
    // not signed (yet)
  }
  try {
    return Date.now() - statSync(lock).mtimeMs > 10_000;
  } catch {
    return false; // gone meanwhile: try again
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** By renaming first, only one of two that found it stale can have it. */
function takeAway() {
  const mine = `${lock}.${process.pid}`;
  try {
    renameSync(lock, mine);
  } catch {
    return;
  }
  rmSync(mine, { recursive: true, force: true });
}
