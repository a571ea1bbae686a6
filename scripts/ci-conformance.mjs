// Runs the conformance check for CI and puts its last JSON object into the words that .ci/run adds up.

import { spawnSync } from "node:child_process";
import { root } from "./tool.mjs";

const run = spawnSync(process.execPath, ["scripts/run.mjs", "conformance", process.argv[2], "--json"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 1 << 28,
  stdio: ["ignore", "pipe", "inherit"],
});
const last = run.stdout.trimEnd().split("\n").at(-1);
let total = 0;
let passed = 0;
let skipped = 0;
try {
  const { skipped: unread, ...kinds } = JSON.parse(last);
  skipped = Number(unread) || 0;
  for (const kind of ["responses", "errors", "requests"]) {
    console.log(`${kind}: ${kinds[kind].passed} of ${kinds[kind].total}`);
    total += kinds[kind].total;
    passed += kinds[kind].passed;
  }
} catch (error) {
  console.log(`${run.stdout}\nthe last line of conformance is not the JSON it should be: ${error.message}`);
  process.exitCode = 1;
}
console.log(`${passed} passed, ${total - passed} failed, ${skipped} skipped`);
if (run.status !== 0) process.exitCode = 1;
