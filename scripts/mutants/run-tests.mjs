// Tests in a copy of the sources, ended by what they find or by the clock.

import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../tool.mjs";

/** A test that hangs is a failed one after so long, in milliseconds. */
const TEST_MS = 20_000;
/** A run that is not done by then is ended. */
const RUN_MS = 60_000;
/** Without a mutant, all tests run in one. */
const SOUND_RUN_MS = 180_000;

const reporter = pathToFileURL(path.join(root, "scripts/reporter.mjs")).href;
const running = new Set();

/**
 * Runs files of tests in a folder. `by` says which test failed first, and whether it was the clock that ended it; with
 * `untilFailure` nothing is run after that one.
 */
export async function runTests(folder, files, { concurrency, untilFailure = false }) {
  const limit = untilFailure ? RUN_MS : SOUND_RUN_MS;
  const options = [`--test-timeout=${TEST_MS}`, `--test-concurrency=${concurrency}`];
  const child = start(folder, [
    "--test",
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
    ...options,
    ...files,
  ]);
  let output = "";
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, limit);
  const take = (text) => {
    output += text;
    if (untilFailure && firstFailure(output) !== undefined) end(child);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
  const status = await closed(child);
  clearTimeout(timer);
  const failure = firstFailure(output);
  const by = failure ?? (late ? `the clock: the tests were not done after ${limit / 1000} s` : output.trim());
  return { failed: status !== 0, by, output };
}

/** Why a module cannot be loaded; undefined where it can. A bug that no module loads with would prove nothing. */
export async function loads(folder, file) {
  const child = start(folder, [
    "--input-type=module",
    "--eval",
    `await import(${JSON.stringify(pathToFileURL(file).href)})`,
  ]);
  let output = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
  return (await closed(child)) === 0 ? undefined : (/^\w*Error\b.*$/m.exec(output)?.[0] ?? output.trim());
}

/** Ends all that still runs, at once. */
export function endAll() {
  for (const child of running) end(child);
}

/** The reporter writes a failure in one piece, with an empty line behind it. */
function firstFailure(output) {
  const found = /^FAILED (.*)\n([^]*?)\n\n/m.exec(output);
  if (found === null) return undefined;
  const timedOut = /timed out after \d+ ?ms/.test(found[2]) ? `the clock, after ${TEST_MS / 1000} s: ` : "";
  return timedOut + found[1];
}

function start(cwd, args) {
  // In a group of its own, so that the processes of its test files end with it.
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, NODE_TEST_CONTEXT: undefined },
  });
  running.add(child);
  child.on("close", () => running.delete(child));
  return child;
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // no groups here, or nobody left in it
  }
}

function closed(child) {
  return new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
}
