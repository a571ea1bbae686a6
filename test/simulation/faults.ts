import type { Random } from "./random.ts";

/** All that may go wrong, or be odd, in a schedule. */
const faults = [
  // The provider.
  "errors",
  "late-errors",
  "retries",
  "unknown-usage",
  "partial-usage",
  "slow",
  "stalls",
  "deaf-provider",
  "overflow",
  "odd-stops",
  "pauses",
  "thinking",
  "many-calls",
  "unknown-tools",
  "broken-arguments",
  "odd-arguments",
  "hanging-schema",
  "repeated-ids",
  "empty-answers",
  "free",
  "unpriced",
  "greedy",
  "lies",
  // Tools.
  "throws",
  "hangs",
  "deaf-tools",
  "slow-tools",
  "big-results",
  "empty-results",
  "no-reply",
  "same-results",
  "calls-back",
  "children",
  "floating-children",
  "forks-in-tools",
  "progress",
  // Whoever uses it.
  "cancels",
  "cancels-tools",
  "aborts",
  "dead-signal",
  "approval",
  "slow-approval",
  "broken-approval",
  "steering",
  "second-sender",
  "forks",
  "compaction",
  "bad-listener",
  "cancelling-listener",
  "budgets",
  "resets",
  "few-steps",
  "few-at-once",
  "sloppy-start",
  "by-hand",
  "streams",
  "outputs",
  "own-listeners",
  "blanks",
] as const;

export type Fault = (typeof faults)[number];

/** Swarm testing: each seed has some of the faults only, so that none drowns another, and some seeds have few. */
export function swarm(random: Random): ReadonlySet<Fault> {
  const share = 0.1 + 0.5 * random.next();
  return new Set(faults.filter(() => random.chance(share)));
}
