// The tests of the MCP client on the official reference servers, with packages of their own (40 MB). `npm run mcp`;
// options for Node's test runner pass through.

import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { install, SetupError } from "./setup.mjs";
import { root } from "./tool.mjs";

try {
  install("toolchain/mcp", process.execPath, "the reference MCP servers", "omit");
  const reporter = ["--test-reporter=./scripts/reporter.mjs", "--test-reporter-destination=stdout"];
  const tests = [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-timeout=30000",
    ...reporter,
    ...process.argv.slice(2),
    ...globSync("test/agent/mcp/*.reference.ts", { cwd: root }),
  ];
  process.exitCode = spawnSync(process.execPath, tests, { cwd: root, stdio: "inherit" }).status ?? 1;
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`colloquy: ${error.message}. What to do: ${error.advice}.`);
  process.exitCode = 1;
}
