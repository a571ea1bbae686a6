// `npm run simulate -- [--seed N] [--schedules M] [--plant NAME]`: runs the schedules of M seeds from N on, and judges
// each (docs/reliability.md). A schedule that fails is told with what reproduces it, and the run goes on. Exit code 1
// when one did. `--plant` plants a bug, to see that it is found.

import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { plants } from "../test/simulation/plants.ts";
import { runSchedules } from "../test/simulation/run.ts";
import { runSchedule, type Outcome } from "../test/simulation/schedule.ts";

/** Of so many failures everything is shown; of the others, what reproduces them. */
const SHOWN = 5;

const { values } = asked();
const seed = whole("seed", values.seed);
const schedules = whole("schedules", values.schedules);
const plant = values.plant === undefined ? undefined : plants[values.plant];
if (values.plant !== undefined && plant === undefined)
  refuse(`there is no bug ${values.plant} to plant; there are ${Object.keys(plants).join(", ")}`);
const commit = currentCommit();

const failures: Outcome[] = [];
const run = await runSchedules(seed, schedules, {
  plant,
  onFailure: (outcome) => {
    failures.push(outcome);
    const again = `npm run simulate -- --seed ${outcome.seed} --schedules 1${values.plant === undefined ? "" : ` --plant ${values.plant}`}`;
    console.log(`SEED=${outcome.seed} COMMIT=${commit}: ${outcome.failures[0]}\n  ${again}`);
  },
});
for (const failure of failures.slice(0, SHOWN)) await show(failure);
console.log(`${schedules - failures.length} passed, ${failures.length} failed`);
console.log(
  `${schedules} schedules, ${failures.length} failures, ${Math.round(schedules / run.seconds)} schedules/s`,
);
process.exitCode = failures.length === 0 ? 0 : 1;

/** The same schedule again, with all that happens in it. */
async function show(failure: Outcome): Promise<void> {
  const again = await runSchedule(failure.seed, plant, true);
  console.log(`\nseed ${failure.seed}, told step by step:`);
  if (again.failures.length === 0)
    console.log("it did not fail again: the schedule depends on more than its seed");
  for (const line of shortened(again.trace)) console.log(`  ${line}`);
}

/** What led to the first failure. */
function shortened(trace: readonly string[]): readonly string[] {
  const failure = trace.findIndex((line) => line.includes("FAILURE"));
  return [...trace.slice(0, 1), ...trace.slice(Math.max(1, failure - 60), failure + 8)];
}

function whole(name: string, value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0 && value.trim() !== "") return number;
  return refuse(`--${name} is a whole number, not ${value}`);
}

function asked() {
  try {
    return parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        schedules: { type: "string", default: "20000" },
        plant: { type: "string" },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(why: string): never {
  console.error(`simulate: ${why}. Usage: npm run simulate -- [--seed N] [--schedules M] [--plant NAME]`);
  process.exit(2);
}

/** Where there is no git, the commit is unknown. */
function currentCommit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
