import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../src/llm/errors.ts";
import { Gate, type Place } from "../../src/providers/gate.ts";
import { VirtualClock } from "../support/clock.ts";

const refusal = new ModelError("slow down", { kind: "rate-limit" });
const nobody = (): void => undefined;

/** Lets everything that promises have set off happen. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("after a refusal nobody goes before its time, and then rounds of one, two, four", async () => {
  const clock = new VirtualClock();
  const gate = new Gate(clock);
  assert.ok(gate.open);
  gate.shut(refusal, 1000);
  assert.ok(!gate.open);
  const told: number[] = [];
  const places: Place[] = [];
  for (let i = 0; i < 8; i++) {
    void gate
      .enter(undefined, 60_000, (ms, error) => {
        assert.equal(error, refusal);
        told.push(ms);
      })
      .then((place) => places.push(place));
  }
  clock.advance(999);
  await settled();
  assert.equal(places.length, 0);
  assert.deepEqual(
    told,
    Array.from({ length: 8 }, () => 1000),
  );
  for (const round of [1, 2, 4, 1]) {
    clock.advance(1);
    await settled();
    assert.equal(places.length, round);
    for (const place of places.splice(0)) place.answered();
    await settled();
    // Leaving after an answer changes nothing.
    for (const place of places) assert.ok(place);
  }
  assert.ok(gate.open);
  assert.equal(clock.pending, 0);
});

test("a refusal in the middle begins with one again, and the latest time counts", async () => {
  const clock = new VirtualClock();
  const gate = new Gate(clock);
  gate.shut(refusal, 500);
  const places: Place[] = [];
  const ask = (): unknown => gate.enter(undefined, 60_000, nobody).then((place) => places.push(place));
  for (let i = 0; i < 4; i++) ask();
  clock.advance(500);
  await settled();
  places[0]?.answered();
  await settled();
  assert.equal(places.length, 3);
  gate.shut(refusal, 1000);
  gate.shut(refusal, 10);
  places[1]?.leave();
  places[2]?.answered();
  clock.advance(999);
  await settled();
  assert.equal(places.length, 3);
  clock.advance(1);
  await settled();
  assert.equal(places.length, 4);
});

test("who is aborted leaves the line with the signal's reason, and no timer stays behind", async () => {
  const clock = new VirtualClock();
  const gate = new Gate(clock);
  gate.shut(refusal, 1000);
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal, 60_000, nobody);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(waiting, reason);
  assert.equal(clock.pending, 0);
});

test("who cannot wait so long asks at once, and who waited as long as he can asks then", async () => {
  const clock = new VirtualClock();
  const gate = new Gate(clock);
  gate.shut(refusal, 1000);
  const first = await gate.enter(undefined, 999, () => assert.fail("no wait was to begin"));
  clock.advance(1000);
  let entered = false;
  void gate.enter(undefined, 5000, nobody).then(() => (entered = true));
  clock.advance(4999);
  await settled();
  assert.ok(!entered, "the one before him has no answer yet");
  clock.advance(1);
  await settled();
  assert.ok(entered);
  first.leave();
  assert.equal(clock.pending, 0);
});

test("whatever becomes of requests, each of them goes, and at the end the gate is open or lets one go", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("answered", "failed", "refused"), { minLength: 1, maxLength: 40 }),
      fc.nat(2000),
      async (outcomes, firstMs) => {
        const clock = new VirtualClock();
        const gate = new Gate(clock);
        gate.shut(refusal, firstMs);
        let gone = 0;
        let under = 0;
        const requests = outcomes.map(async (outcome) => {
          const place = await gate.enter(undefined, 1e9, nobody);
          gone++;
          under++;
          await settled();
          under--;
          if (outcome === "answered") place.answered();
          else if (outcome === "refused") gate.shut(refusal, 700);
          place.leave();
        });
        for (let turn = 0; gone < outcomes.length && turn < 10_000; turn++) {
          await settled();
          if (under === 0) clock.advance(100);
        }
        await Promise.all(requests);
        assert.equal(gone, outcomes.length);
        assert.equal(clock.pending, 0);
      },
    ),
    { numRuns: 100 },
  );
});

/** A clock that goes on each time somebody looks at it, as real ones do. */
class CreepingClock extends VirtualClock {
  override monotonic(): number {
    this.advance(0.25);
    return super.monotonic();
  }
}

test("time that passes between two looks at the clock leaves nobody waiting", async () => {
  for (let ms = 0.1; ms < 3; ms += 0.1) {
    const clock = new CreepingClock();
    const gate = new Gate(clock);
    gate.shut(refusal, ms);
    let gone = 0;
    const asking = [1, 2, 3].map(async () => {
      const place = await gate.enter(undefined, 300_000, nobody);
      gone++;
      await settled();
      place.answered();
    });
    for (let turn = 0; turn < 20; turn++) {
      await settled();
      clock.advance(1);
    }
    assert.equal(gone, 3, `shut for ${ms} ms`);
    await Promise.all(asking);
  }
});
