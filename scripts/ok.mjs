// Every gate a commit must pass. All of them run, so that one round shows everything there is to mend.

import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { stripVTControlCharacters } from "node:util";
import { removeOrphans } from "./setup.mjs";
import { testCommand } from "./test-command.mjs";
import { root, tool } from "./tool.mjs";

const gates = [
  ["format", tool("oxfmt", "oxfmt"), "--check", "."],
  ["lint", tool("oxlint", "oxlint"), "--type-aware", "--deny-warnings"],
  ["types", tool("typescript", "tsc"), "--build"],
  ["bundle", "scripts/bundle.mjs"],
  ["floors", "scripts/check-floors.mjs"],
  ["tests", ...testCommand([])],
  ["unused", tool("knip", "knip"), "--no-progress"],
  ["package", tool("publint", "publint"), "--strict"],
  ["exports", tool("@arethetypeswrong/cli", "attw"), "--pack", ".", "--profile", "esm-only"],
];

// Or the gates on the package would look at what isn't there any more.
removeOrphans();
const begun = performance.now();
const failed = [];
for (const [name, ...command] of gates) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
  });
  const took = seconds(start);
  const output = stripVTControlCharacters(`${stdout}${stderr}`).trimEnd();
  if (status === 0) {
    const detail = name === "tests" ? `  ${output.split("\n").at(-1)}` : "";
    console.log(`ok      ${name.padEnd(8)}${took}${detail}`);
  } else {
    failed.push(name);
    console.log(`FAILED  ${name.padEnd(8)}${took}\n${output.replace(/^/gm, "  ")}`);
  }
}
console.log(
  failed.length === 0
    ? `all ${gates.length} gates passed in ${seconds(begun).trim()}`
    : `${failed.length} of ${gates.length} gates failed: ${failed.join(", ")} (${seconds(begun).trim()})`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`.padStart(7);
}
