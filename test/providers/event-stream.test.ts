import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import fc from "fast-check";
import { eventStream } from "../../src/providers/event-stream.ts";
import { rejection } from "../support/failure.ts";
import { gate, settled } from "../support/gate.ts";

type Run = Parameters<typeof eventStream<number>>[1];

/** Runs until its signal is aborted, and then a little longer. */
const untilAborted: (log: string[]) => Run = (log) => (emit, signal) =>
  new Promise((_, reject) => {
    emit(1);
    signal.addEventListener("abort", () => {
      log.push("aborted");
      void settled(2).then(() => {
        emit(2);
        log.push("ended");
        reject(signal.reason);
      });
    });
  });

async function all(stream: AsyncIterable<number>): Promise<number[]> {
  const values: number[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

test("nothing runs before the first read, and each reader has a run of its own", async () => {
  let runs = 0;
  const stream = eventStream<number>(undefined, async (emit) => emit(++runs));
  await settled();
  const iterator = stream[Symbol.asyncIterator]();
  await settled();
  assert.equal(runs, 0);
  assert.deepEqual(await iterator.next(), { done: false, value: 1 });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.deepEqual(await all(stream), [2]);
});

test("an iterator that is left before its first read never runs", async () => {
  let runs = 0;
  const iterator = eventStream<number>(undefined, async () => ++runs)[Symbol.asyncIterator]();
  assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.equal(runs, 0);
});

test("events come in order, also to a reader who is slower or quicker than the run", async () => {
  const schedule = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(schedule, async (steps) => {
      let count = 0;
      const run: Run = async (emit) => {
        for (const [burst, pause] of steps) {
          for (let i = 0; i < burst; i++) emit(count++);
          for (let i = 0; i < pause; i++) await Promise.resolve();
        }
      };
      const read: number[] = [];
      for await (const value of eventStream<number>(undefined, run)) {
        read.push(value);
        for (let i = 0; i < (steps[read.length]?.[1] ?? 0); i++) await Promise.resolve();
      }
      assert.deepEqual(
        read,
        Array.from({ length: count }, (_, i) => i),
      );
    }),
    { numRuns: 200 },
  );
});

test("a slow reader loses nothing", async () => {
  const stream = eventStream<number>(undefined, async (emit) => {
    for (let i = 0; i < 10_000; i++) emit(i);
  });
  let expected = 0;
  for await (const value of stream) {
    assert.equal(value, expected++);
    if (expected % 1000 === 0) await settled(1);
  }
  assert.equal(expected, 10_000);
});

test("a failure is thrown after the events that came before it, once", async () => {
  const failure = new Error("no");
  const stream = eventStream<number>(undefined, async (emit) => {
    emit(1);
    emit(2);
    throw failure;
  });
  const iterator = stream[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value, 1);
  await settled();
  assert.equal((await iterator.next()).value, 2);
  assert.equal(await rejection(iterator.next()), failure);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("leaving the loop aborts the run and waits for its end", async () => {
  const log: string[] = [];
  for await (const value of eventStream<number>(undefined, untilAborted(log))) {
    assert.equal(value, 1);
    break;
  }
  assert.deepEqual(log, ["aborted", "ended"]);
});

test("after leaving there are no more events, and no error", async () => {
  const iterator = eventStream<number>(undefined, untilAborted([]))[Symbol.asyncIterator]();
  await iterator.next();
  const pending = iterator.next();
  assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
  assert.deepEqual(await pending, { done: true, value: undefined }, "a read that waited ends as well");
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
});

test("what the loop's body throws is what is thrown", async () => {
  const own = new Error("mine");
  const log: string[] = [];
  const loop = async (): Promise<void> => {
    for await (const _ of eventStream<number>(undefined, untilAborted(log))) throw own;
  };
  assert.equal(await rejection(loop()), own);
  assert.deepEqual(log, ["aborted", "ended"]);
});

test("two reads at once are answered in order", async () => {
  const { opened, open } = gate();
  const stream = eventStream<number>(undefined, async (emit) => {
    await opened;
    emit(1);
    emit(2);
  });
  const iterator = stream[Symbol.asyncIterator]();
  const reads = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
  open();
  assert.deepEqual(await Promise.all(reads), [
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test("of several reads that wait, the first one is told of the failure", async () => {
  const failure = new Error("no");
  const iterator = eventStream<number>(undefined, async () => {
    await settled(1);
    throw failure;
  })[Symbol.asyncIterator]();
  const [first, second] = [rejection(iterator.next()), iterator.next()];
  assert.equal(await first, failure);
  assert.deepEqual(await second, { done: true, value: undefined });
});

test("an outer signal that is aborted already, before or between the reads", async () => {
  const reason = new Error("enough");
  const run: Run = async (emit, signal) => {
    signal.throwIfAborted();
    emit(1);
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  assert.equal(await rejection(all(eventStream(AbortSignal.abort(reason), run))), reason);

  const controller = new AbortController();
  const iterator = eventStream(controller.signal, run)[Symbol.asyncIterator]();
  assert.equal((await iterator.next()).value, 1);
  assert.equal(getEventListeners(controller.signal, "abort").length, 1);
  controller.abort(reason);
  assert.equal(await rejection(iterator.next()), reason);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

test("no listener stays on the outer signal, however the reading ends", async () => {
  const { signal } = new AbortController();
  await all(eventStream<number>(signal, async (emit) => emit(1)));
  for await (const _ of eventStream<number>(signal, untilAborted([]))) break;
  await rejection(all(eventStream<number>(signal, () => Promise.reject(new Error("no")))));
  await rejection(
    all(
      eventStream<number>(signal, () => {
        throw new Error("at once");
      }),
    ),
  );
  assert.equal(getEventListeners(signal, "abort").length, 0);
});
