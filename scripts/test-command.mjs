// `npm test -- test/a.test.ts --test-name-pattern=fold`: files choose, options pass through.

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { SetupError } from "./setup.mjs";

/** The arguments for Node that run the tests, or a SetupError. */
export function testCommand(args) {
  const options = args.filter((arg) => arg.startsWith("-"));
  const files = args.filter((arg) => !arg.startsWith("-"));
  for (const file of files) {
    if (/[*{[]/.test(file) || existsSync(file)) continue;
    throw new SetupError(
      `there is no test file ${file}`,
      "name files as they stand here, and give options their value with =",
    );
  }
  return [
    // Node 22 calls type stripping experimental, once in the process of each test file.
    "--disable-warning=ExperimentalWarning",
    "--test",
    // Half the files wait for a child or a timer; Node's own choice leaves one of two cores idle.
    `--test-concurrency=${Math.max(3, availableParallelism())}`,
    "--test-reporter=./scripts/reporter.mjs",
    "--test-reporter-destination=stdout",
    ...options,
    ...(files.length > 0 ? files : ["test/**/*.test.ts"]),
  ];
}
