// `npm run mutants -- [NAME...]`: do the tests see known bugs? Each mutant of scripts/mutants/ is one, put into a copy
// of the sources, and the tests named there must fail. The copies are in the system's folder for temporary files: the
// checkout itself is only read.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { mutants as all } from "./mutants/all.mjs";
import { endAll, loads, runTests } from "./mutants/run-tests.mjs";
import { root } from "./tool.mjs";

/** Runs at a time, each in a copy of its own. */
const WORKERS = 2;
/** So many may survive, of all together; of those that were asked for by name, none. */
const MOST_SURVIVORS = 2;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !all.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no mutant ${unknown.join(", ")}; there are: ${all.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
const mutants = asked.length === 0 ? all : all.filter(({ name }) => asked.includes(name));

const begun = performance.now();
const folder = mkdtempSync(path.join(tmpdir(), "colloquy-mutants-"));
process.on("exit", () => {
  endAll();
  // What was ended may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
for (const [signal, number] of [
  ["SIGHUP", 1],
  ["SIGINT", 2],
  ["SIGTERM", 15],
]) {
  process.on(signal, () => process.exit(128 + number));
}

const copies = Array.from({ length: WORKERS }, (_, at) => copyTo(path.join(folder, String(at))));
const outcomes = { caught: 0, survived: 0, stale: 0 };

// Tests that fail without a mutant would catch each of them.
const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
const sound = await runTests(copies[0], tests, { concurrency: WORKERS });
if (sound.failed) {
  console.log(`without a mutant the tests must pass, and they do not:\n${sound.output}`);
  process.exit(1);
}
console.log(`${tests.length} files of tests pass without a mutant  ${seconds(begun)}`);

const queue = mutants.values();
await Promise.all(
  copies.map(async (copy) => {
    for (const mutant of queue) {
      const start = performance.now();
      const { how, why } = await outcomeOf(copy, mutant);
      outcomes[how]++;
      console.log(`${how.padEnd(9)}${seconds(start)}  ${mutant.name}: ${why}`);
    }
  }),
);

const { caught, survived, stale } = outcomes;
if (stale > 0)
  console.log(`${stale} stale: mend their texts in scripts/mutants, or they say nothing of the tests`);
console.log(`done in ${seconds(begun).trim()}`);
console.log(`${caught} caught, ${survived} survived of ${mutants.length}`);
process.exitCode = stale > 0 || survived > (asked.length === 0 ? MOST_SURVIVORS : 0) ? 1 : 0;

function copyTo(copy) {
  mkdirSync(copy);
  for (const name of ["src", "test", "scripts"]) {
    const skipped = (from) => path.basename(from) !== "node_modules";
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter: skipped });
  }
  copyFileSync(path.join(root, "package.json"), path.join(copy, "package.json"));
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"), "junction");
  return copy;
}

/** Puts one bug in, looks whether the tests see it, and takes it out again. */
async function outcomeOf(copy, { file, text, bug, tests, from }) {
  const at = path.join(copy, file);
  const whole = readFileSync(at, "utf8");
  const times = whole.split(text).length - 1;
  if (times !== 1) return { how: "stale", why: `its text is ${times} times in ${file}` };
  writeFileSync(
    at,
    whole.replace(text, () => bug),
  );
  try {
    const problem = await loads(copy, at);
    if (problem !== undefined) return { how: "stale", why: `with it ${file} does not load: ${problem}` };
    const { failed, by } = await runTests(copy, tests, { concurrency: 1, untilFailure: true });
    return failed ? { how: "caught", why: by } : { how: "survived", why: from };
  } finally {
    writeFileSync(at, whole);
  }
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(7);
}
