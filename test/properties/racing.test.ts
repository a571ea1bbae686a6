import { test } from "node:test";
import fc from "fast-check";
import { plans, Race } from "./race.ts";

/*
 * Answers, tools, decisions, cancels, forks and resets come in whatever order fast-check's scheduler picks: what must
 * hold then does not depend on it. A failure prints the seed, the path, and the order.
 */

test("whatever comes first, nothing is lost, run twice, or beyond its limits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plans, (scheduler, plan) => new Race(scheduler, plan).run()),
    { numRuns: 500 },
  );
});
