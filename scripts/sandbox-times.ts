// How long a program in a sandbox takes to say its first word, beside one without, and how long a kill takes until all
// of it is quiet: `node scripts/sandbox-times.ts [starts]`. Milliseconds, the middle one and the 95th of a hundred.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { findProgram } from "../src/agent/sandbox/find-program.ts";
import { openSandbox } from "../src/agent/sandbox/open-sandbox.ts";
import { descendants, isRunning } from "../src/agent/sandbox/process-tree.ts";

const starts = Number(process.argv[2] ?? 200);
const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-times-")));
const workspace = path.join(folder, "project");
mkdirSync(workspace);
spawnSync("git", ["init", "-q"], { cwd: workspace });
const bwrap = findProgram("bwrap", "", []) ?? "/usr/bin/bwrap";
try {
  const begun = performance.now();
  const sandbox = await openSandbox({ kind: "bwrap", workspace });
  console.log(`open, with its trial: ${(performance.now() - begun).toFixed(1)} ms`);
  const argv = ["/bin/echo", "word"] as const;
  await measure("first word of echo", (from) => {
    const child = spawn(argv[0], [argv[1]], { stdio: ["ignore", "pipe", "ignore"] });
    return firstWord(child.stdout, from, new Promise((ended) => child.once("close", ended)));
  });
  await measure("the same in bwrap with nothing but namespaces", (from) => {
    const bare = [
      "--unshare-all",
      "--die-with-parent",
      "--ro-bind",
      "/",
      "/",
      "--proc",
      "/proc",
      "--dev",
      "/dev",
    ];
    const child = spawn(bwrap, [...bare, ...argv], { stdio: ["ignore", "pipe", "ignore"] });
    return firstWord(child.stdout, from, new Promise((ended) => child.once("close", ended)));
  });
  await measure("the same in the sandbox", (from) => {
    const started = sandbox.start({ argv: [...argv] });
    started.stderr.resume();
    return firstWord(started.stdout, from, started.exit);
  });
  await measure("from SIGKILL to no process of ten left", async () => {
    const tree = "for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; echo up; wait";
    const started = sandbox.start({ argv: ["sh", "-c", tree] });
    started.stderr.resume();
    await new Promise((said) => started.stdout.once("data", said));
    const inside = descendants(started.pid ?? 0);
    const from = performance.now();
    started.kill("SIGKILL");
    await started.exit;
    while (inside.some(isRunning)) await new Promise((next) => setImmediate(next));
    return performance.now() - from;
  });
  await sandbox.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function firstWord(stream: Readable, from: number, end: Promise<unknown>): Promise<number> {
  const time = new Promise<number>((said) => stream.once("data", () => said(performance.now() - from)));
  await end;
  return time;
}

async function measure(what: string, once: (from: number) => Promise<number>): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < starts; i++) times.push(await once(performance.now()));
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  console.log(`${what}: ${at(0.5)}, ${at(0.95)} ms (${starts} times)`);
}
