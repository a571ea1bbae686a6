// `node scripts/run.mjs TASK [args]` on any Node from 18 on and no packages: brings a current Node, the
// packages and the build up to date, each only when it has to, then hands over to the task.
// Tasks: start, test, build, format, bench, or the name of a file in scripts/.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { build, install, SetupError } from "./setup.mjs";
import { chooseNode } from "./choose-node.mjs";
import { testCommand } from "./test-command.mjs";
import { root, tool } from "./tool.mjs";

const [task, ...rest] = process.argv.slice(2);
const args = rest[0] === "--" ? rest.slice(1) : rest;

try {
  const node = chooseNode();
  // What the task starts as `node` has to be this Node too.
  process.env.PATH = path.dirname(node) + path.delimiter + process.env.PATH;
  install(".", node, "packages");
  if (task === "bench") install("bench", node, "the benchmark's packages");
  if (task === "differential") install("toolchain/vendors", node, "the vendors' SDKs");
  const built = task === "ok" || task === "format" || build(node);
  // A type error need not keep anybody from seeing their tests; it still counts.
  if (!built && task !== "test") {
    throw new SetupError("building failed", "mend the errors above and run this again");
  }
  // Each test file is a process that compiles the same modules: a fifth of what the tests take. Not where functions are
  // to be counted: those that come compiled are not.
  if (["test", "ok"].includes(task) && !args.includes("--experimental-test-coverage")) {
    process.env.NODE_COMPILE_CACHE ??= path.join(root, "node_modules/.cache/compile");
  }
  if (task !== "build") handOver(node, command(), built);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`colloquy: ${error.message}. What to do: ${error.advice}.`);
  process.exitCode = 1;
}

function command() {
  if (task === "start") return [path.join(root, "bin/colloquy.cjs"), ...args];
  if (task === "format") return [tool("oxfmt", "oxfmt"), ...(args.length > 0 ? args : ["."])];
  if (task === "bench") return ["bench/run.mjs", ...args];
  if (task === "test") return testCommand(args);
  const script = [`scripts/${task}.mjs`, `scripts/${task}.ts`].find((file) =>
    existsSync(path.join(root, file)),
  );
  if (script === undefined) throw new SetupError(`there is no task "${task}"`, "see `npm run`");
  return ["--disable-warning=ExperimentalWarning", script, ...args];
}

function handOver(node, argv, built) {
  // npm changes into the package; somebody who starts us from another folder means that folder.
  const asked = process.env.npm_lifecycle_event === "start" ? process.env.INIT_CWD : undefined;
  const cwd = task === "start" ? (asked ?? process.cwd()) : root;
  const child = spawn(node, argv, { cwd, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the whole group: passing it on would make it two.
    process.on(signal, () => (signal === "SIGINT" && process.stdin.isTTY) || child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`colloquy: cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
    if (code === 0 && !built) process.exitCode = 1;
  });
}
