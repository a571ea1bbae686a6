// Reports what failed, in full, and nothing about what passed. The last line is for people and for CI.

import path from "node:path";
import { inspect } from "node:util";

export default async function* report(source) {
  const counts = { passed: 0, failed: 0, skipped: 0, todo: 0 };
  const names = [];
  for await (const { type, data } of source) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type === "test:start") names.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const outcome = outcomeOf(type, data);
    if (outcome === undefined) continue;
    counts[outcome] += 1;
    if (outcome === "failed") yield failure(data, names.slice(0, data.nesting));
  }
  const { passed, failed, skipped, todo } = counts;
  if (passed + failed === 0) {
    process.exitCode = 1;
    yield "no test ran\n";
  }
  const rest = (skipped > 0 ? `, ${skipped} skipped` : "") + (todo > 0 ? `, ${todo} to do` : "");
  yield `${passed} passed, ${failed} failed${rest}\n`;
}

/** undefined for what only sums up others: a suite, a whole file, a parent whose subtest failed. */
function outcomeOf(type, { name, file, nesting, skip, todo, details }) {
  if (skip !== undefined) return "skipped";
  if (todo !== undefined) return "todo";
  if (type === "test:fail") return details.error?.failureType === "subtestsFailed" ? undefined : "failed";
  const isFile = nesting === 0 && path.resolve(name) === file;
  return details.type === "suite" || isFile ? undefined : "passed";
}

function failure({ name, file, line, details }, parents) {
  const where = file === undefined ? "" : `${path.relative("", file)}:${line ?? 1}`;
  // Node wraps what the test threw in an error that says nothing of its own.
  const error = details.error?.cause ?? details.error;
  // Its message already shows actual and expected as a difference.
  const told = error instanceof Error && error.code === "ERR_ASSERTION" && error.generatedMessage;
  const text = told ? error.stack : typeof error === "string" ? error : inspect(error, { depth: 8 });
  // The frames inside Node's runner are the same for every failure.
  const lines = text.split("\n").filter((frame) => !/^\s+at .*\(?node:(internal\/|async_hooks)/.test(frame));
  return `\nFAILED ${[...parents, name].join(" > ")}  ${where}\n${lines.map((each) => `  ${each}`).join("\n")}\n\n`;
}
