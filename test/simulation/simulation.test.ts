import assert from "node:assert/strict";
import { test } from "node:test";
import { plants } from "./plants.ts";
import { runSchedules } from "./run.ts";
import { runSchedule } from "./schedule.ts";

/*
 * A few hundred of the schedules that `npm run simulate` runs by the thousand, and whether it would find anything: each
 * planted bug stands for one that the engine could have.
 */

/** So many schedules find each planted bug; it took 30 at most when they were planted. */
const ENOUGH = 200;

test("no schedule fails", async () => {
  const { failed } = await runSchedules(1, 500);
  assert.deepEqual(
    failed.map(({ seed, failures }) => `seed ${seed}: ${failures[0]}`),
    [],
  );
});

test("a seed is one schedule, whatever ran before it", async () => {
  for (const seed of [3, 17, 120]) {
    const first = await runSchedule(seed, {}, true);
    await runSchedules(500, 3);
    assert.deepEqual((await runSchedule(seed, {}, true)).trace, first.trace);
    assert.ok(first.trace.length > 10);
  }
});

for (const [name, plant] of Object.entries(plants)) {
  test(`a planted bug is found: ${name}`, async () => {
    const { within = ENOUGH } = plant;
    const { failed } = await runSchedules(1, within, { plant, most: 1 });
    assert.ok(failed.length > 0, `none of ${within} schedules found it`);
  });
}
