// The tests on a real engine in this process, with packages of their own (85 MB): node-llama-cpp and its binary for
// the processor alone. `npm run engine`; options for Node's test runner pass through.

import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { install, SetupError } from "./setup.mjs";
import { root, tool } from "./tool.mjs";

const folder = "test/engine";
const here = `${process.platform} ${process.arch}`;

if (here !== "linux x64" || process.report.getReport().header.glibcVersionRuntime === undefined) {
  console.log(
    `skipped: the tests on a real engine have a binary for linux x64 with glibc, and this is ${here}`,
  );
  console.log("0 passed, 0 failed");
} else {
  try {
    install(folder, process.execPath, "a real engine for its tests", "omit");
    const types = [tool("typescript", "tsc"), "-p", folder];
    const reporter = ["--test-reporter=./scripts/reporter.mjs", "--test-reporter-destination=stdout"];
    const files = globSync(`${folder}/*.engine.ts`, { cwd: root });
    const tests = [
      "--disable-warning=ExperimentalWarning",
      "--test",
      ...reporter,
      ...process.argv.slice(2),
      ...files,
    ];
    process.exitCode = Math.max(...[types, tests].map(run));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`colloquy: ${error.message}. What to do: ${error.advice}.`);
    process.exitCode = 1;
  }
}

function run(command) {
  return spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" }).status ?? 1;
}
