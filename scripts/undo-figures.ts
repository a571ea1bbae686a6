/*
 * What snapshots cost: `node scripts/undo-figures.ts [FILES]`. Makes a tree of small files (20,000 by default, twenty a
 * folder, 6 KB each) in the folder for temporary files, and keeps it there and back.
 */
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openUndo } from "../src/agent/undo/undo.ts";

const files = Number(process.argv[2] ?? 20_000);
const base = mkdtempSync(path.join(tmpdir(), "colloquy-undo-figures-"));
const workspace = path.join(base, "workspace");
for (let n = 0; n < files; n++) {
  const folder = path.join(workspace, `a${Math.floor(n / 400)}`, `b${Math.floor(n / 20)}`);
  if (n % 20 === 0) mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `f${n}`), `${n} `.repeat(1000));
}

try {
  const options = { workspace, folder: path.join(base, "undo") };
  const undo = await openUndo(options);
  const first = await timed("first snapshot", () => undo.snapshot("first"));
  // By now no file was changed within the grain of the clock.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  await undo.snapshot("again");
  await timed("nothing changed", () => undo.snapshot("again"));
  writeFileSync(path.join(workspace, "new"), "new");
  await timed("one file changed", () => undo.snapshot("changed"));
  await timed("list", () => undo.list());
  unlinkSync(path.join(workspace, "a0", "b0", "f0"));
  await timed("restore of one file", () => undo.restore(first));
  for (let n = 0; n < files / 20; n++) {
    unlinkSync(path.join(workspace, `a${Math.floor(n / 20)}`, `b${n}`, `f${n * 20}`));
  }
  await timed(`restore of ${files / 20} files`, () => undo.restore(first));
  await undo.close();
  const again = await openUndo(options);
  await timed("opened anew, nothing changed", () => again.snapshot("anew"));
  await again.close();
} finally {
  rmSync(base, { recursive: true });
}

/** Says how long it took, and how long the event loop stood still at the longest. */
async function timed<Result>(what: string, act: () => Promise<Result>): Promise<Result> {
  let [longest, last, on] = [0, performance.now(), true];
  const turn = (): void => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const result = await act();
  const took = performance.now() - begun;
  on = false;
  const { user, system } = process.cpuUsage(cpu);
  const worked = ((user + system) / 1000).toFixed(0);
  const wait = longest.toFixed(0);
  console.log(
    `${what.padEnd(32)}${took.toFixed(0).padStart(7)} ms, CPU ${worked} ms, longest wait ${wait} ms`,
  );
  return result;
}
