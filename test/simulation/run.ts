import type { Plants } from "./plants.ts";
import { runSchedule, type Outcome } from "./schedule.ts";

/** How many schedules were run, and which of them failed. */
export interface Runs {
  readonly schedules: number;
  readonly failed: readonly Outcome[];
  readonly seconds: number;
}

interface RunOptions {
  readonly plant?: Plants | undefined;
  /** So many failures are enough. */
  readonly most?: number;
  readonly onFailure?: (outcome: Outcome) => void;
}

/** Runs the schedules of many seeds, from the first one on, each after the other. */
export async function runSchedules(
  first: number,
  count: number,
  { plant = {}, most = Infinity, onFailure }: RunOptions = {},
): Promise<Runs> {
  const failed: Outcome[] = [];
  const { stackTraceLimit } = Error;
  // Where an error comes from is looked up when its schedule is run again; here it would be half of the time.
  Error.stackTraceLimit = 0;
  const started = performance.now();
  try {
    for (let seed = first; seed < first + count && failed.length < most; seed++) {
      const outcome = await runSchedule(seed, plant);
      if (outcome.failures.length === 0) continue;
      failed.push(outcome);
      onFailure?.(outcome);
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return { schedules: count, failed, seconds: (performance.now() - started) / 1000 };
}
