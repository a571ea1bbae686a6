// One contender in a process of its own, so that its CPU is the process's CPU: garbage collector and compiler included.

import { check, work } from "./work.mjs";

const prepared = new Map();

const operations = {
  async prepare({ client, baseUrl, wire, models }) {
    const { prepare } = await import(client);
    const ways = {};
    for (const model of models) {
      const made = await prepare({ baseUrl, wire, model });
      prepared.set(model, { expected: work(model), made });
      ways[model] = { call: Object.keys(made.call ?? {}), stream: Object.keys(made.stream ?? {}) };
    }
    return ways;
  },

  /** Does the work again and again for `ms`, each time checked, and says what one time cost in microseconds. */
  async measure({ model, kind, way, ms }) {
    const { expected, made } = prepared.get(model);
    const once = made[kind][way];
    // The connection may have been closed while others were measured, and their garbage is not ours to collect.
    check(expected, await once());
    globalThis.gc();
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
};

process.on("message", (message) => void answer(message));

async function answer({ operation, ...parameters }) {
  try {
    process.send({ value: await operations[operation](parameters) });
  } catch (error) {
    process.send({ error: error?.message ?? String(error) });
  }
}

process.on("disconnect", () => process.exit());
