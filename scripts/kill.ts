// Kills processes that write sessions, at random moments, and checks what they left: `node scripts/kill.ts --kills N
// --seed S [--jobs J]`. The last line says how many, and what they had been told.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { kill, type Killed } from "../test/store/killing.ts";
import { seededRandom } from "../test/support/clock.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
  },
});
const kills = Number(values.kills);
const jobs = Number(values.jobs);
const seed = Number(values.seed);
const folder = mkdtempSync(path.join(tmpdir(), "colloquy-kill-"));
const began = performance.now();
try {
  const sums = await Promise.all(
    Array.from({ length: jobs }, async (_, job) => {
      const place = mkdtempSync(path.join(folder, "job-"));
      return kill(place, Math.ceil(kills / jobs), seededRandom(seed * 1000 + job));
    }),
  );
  const sum = (name: keyof Killed): number => sums.reduce((all, each) => all + each[name], 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${sum("kills")} kills in ${seconds} s, ${sum("acknowledged")} acknowledged events, 0 lost, ${sum("effects")} effects, 0 twice, ${sum("unknown")} calls found open whose end nobody knows`,
  );
} catch (error) {
  console.error(`SEED=${seed}`, error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
