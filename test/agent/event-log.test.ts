import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLog } from "../../src/agent/event-log.ts";

test("a long log lets its oldest events go, and readers go on with what is left", async () => {
  const log = new EventLog<number>();
  const early = log.read();
  const late = log.read(19_990);
  for (let event = 0; event < 20_000; event++) log.add(event);
  log.close();
  assert.equal(log.length, 20_000);
  const left = log.length - log.first;
  assert.ok(left >= 4096 && left < 8192, String(left));
  const seen: number[] = [];
  for await (const { index, event } of early) {
    assert.equal(index, event);
    seen.push(index);
  }
  assert.deepEqual([seen[0], seen.length], [log.first, left]);
  const newest: number[] = [];
  for await (const { index } of late) newest.push(index);
  assert.deepEqual(newest, [19_990, 19_991, 19_992, 19_993, 19_994, 19_995, 19_996, 19_997, 19_998, 19_999]);
});
