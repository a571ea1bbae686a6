// What a long session keeps in memory: `node --expose-gc scripts/long-session.ts [turns]`. Each turn has 120 steps, whose
// tools say 2 KB; the window is that of 40,000 tokens. The heap after a collection, in megabytes, as it goes.

import { longWorker } from "../test/agent/long-worker.ts";

const turns = Number(process.argv[2] ?? 300);
const { agent, billed } = longWorker(3000, () => undefined);
for (let turn = 1; turn <= turns; turn++) {
  agent.say(`Part ${turn}.`);
  const outcome = await agent.rest();
  if (outcome?.end !== "done") throw new Error(`turn ${turn} ended with ${outcome?.end}`);
  if (turn % Math.ceil(turns / 10) === 0) {
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    console.log(`${billed.steps} steps: ${(heapUsed / 1e6).toFixed(1)} MB`);
  }
}
await agent.close();
