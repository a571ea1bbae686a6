// One contender in a process of its own, so that its CPU is the process's CPU: garbage collector and compiler included.

import { median } from "./median.mjs";
import { check, question, toolResult, work } from "./work.mjs";

const prepared = new Map();

const operations = {
  async prepare({ client, baseUrl, wire, models }) {
    const { prepare } = await import(client);
    const ways = {};
    for (const model of models) {
      const made = await prepare({ baseUrl, wire, model });
      prepared.set(model, { expected: work(model), made });
      ways[model] = Object.fromEntries(
        ["call", "stream", "converse"].map((kind) => [kind, Object.keys(made[kind] ?? {})]),
      );
    }
    return ways;
  },

  /** Does the work again and again for `ms`, each time checked, and says what one time cost in microseconds. */
  async measure({ model, kind, way, ms }) {
    const { expected, made } = prepared.get(model);
    const once = made[kind][way];
    // The connection may have been closed while others were measured.
    check(expected, await once());
    // Their garbage is not ours to collect. While a call is under way, as it happens in life: with the last object of a
    // class V8 forgets its shape, and throws away what it compiled for it.
    const underWay = once();
    globalThis.gc();
    check(expected, await underWay);
    let times = 0;
    const wallBefore = performance.now();
    const before = process.cpuUsage();
    do {
      check(expected, await once());
      times++;
    } while (performance.now() - wallBefore < ms && times < 100_000);
    const { user, system } = process.cpuUsage(before);
    const wall = (performance.now() - wallBefore) * 1000;
    return { cpu: (user + system) / times, wall: wall / times, times };
  },

  /** One conversation of `turns`, each with a tool's result; the first is over before anything is counted. */
  async loop({ model, way, turns }) {
    const expected = work(model);
    const begin = prepared.get(model).made.converse[way];
    await talk(begin(), 100, expected, toolResult);
    globalThis.gc();
    const cpuOfTurns = [];
    let before = process.cpuUsage();
    const begun = process.cpuUsage();
    const wallBefore = performance.now();
    await talk(begin(), turns, expected, toolResult, () => {
      const now = process.cpuUsage();
      cpuOfTurns.push(now.user + now.system - before.user - before.system);
      before = now;
    });
    const around = (turn) => median(cpuOfTurns.slice(turn - 10, turn + 10));
    const early = around(10);
    const late = around(turns - 10);
    return { ...used(begun), early, late, growth: late / early, wall: performance.now() - wallBefore };
  },

  /** Many conversations at once, each of `turns`. */
  async crowd({ model, way, conversations, turns }) {
    const expected = work(model);
    const begin = prepared.get(model).made.converse[way];
    const all = (number) =>
      Promise.all(Array.from({ length: number }, () => talk(begin(), turns, expected, () => question)));
    for (let i = 0; i < 10; i++) await all(10);
    globalThis.gc();
    const begun = process.cpuUsage();
    const wallBefore = performance.now();
    await all(conversations);
    return { ...used(begun), wall: performance.now() - wallBefore };
  },
};

async function talk(say, turns, expected, text, onTurn) {
  let input = 0;
  for (let turn = 1; turn <= turns; turn++) {
    const answer = await say(text(turn));
    check({ ...expected, usage: { ...expected.usage, input: 2 * turn - 1 } }, answer);
    input += answer.usage.input;
    onTurn?.();
  }
  if (input !== turns * turns) throw new Error(`wrong sum of the usage: ${input}, not ${turns * turns}`);
}

// In milliseconds and MB. The peak is that of the process's whole life, the warm-up included.
function used(begun) {
  const { user, system } = process.cpuUsage(begun);
  return { cpu: (user + system) / 1000, rss: process.resourceUsage().maxRSS / 1024 };
}

process.on("message", (message) => void answer(message));

async function answer({ operation, ...parameters }) {
  try {
    process.send({ value: await operations[operation](parameters) });
  } catch (error) {
    process.send({ error: error?.message ?? String(error) });
  }
}

process.on("disconnect", () => process.exit());
