// What is measured. A cell gives rows; the report and the goals know them by cell and row name.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run } from "./children.mjs";
import { absence, bin, contenders } from "./contenders.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Cells that run in the workers: CPU of the client's process for the same work, over and over. */
export const workCells = [
  { name: "call", title: "one short call, c=1", model: "bench-13", kind: "call", unit: "call", per: 1 },
  {
    name: "stream",
    title: "a stream of 2,000 deltas in one burst, events as recorded (about 140 bytes)",
    model: "bench-2000",
    kind: "stream",
    unit: "delta",
    per: 2000,
  },
  {
    name: "stream-270",
    title: "the same, events of about 270 bytes",
    model: "bench-2000-270",
    kind: "stream",
    unit: "delta",
    per: 2000,
  },
  {
    name: "stream-bulk",
    title: "events as recorded, in HTTP chunks of 16 KB instead of one for each event",
    model: "bench-2000-bulk",
    kind: "stream",
    unit: "delta",
    per: 2000,
  },
];

/**
 * Measures `ways`, each { row, ours, way, worker }, in turn: A B C, A B C. One that fails says so and is left out of
 * later rounds.
 */
export async function measureWork(cell, ways, { rounds, ms, warm }, progress) {
  const { model, kind, per } = cell;
  const samples = new Map(ways.map((way) => [way, []]));
  for (let round = 0; round <= rounds; round++) {
    progress(`${cell.name}: ${round === 0 ? "warming up" : `round ${round} of ${rounds}`}`);
    for (const way of ways) {
      if (way.failed !== undefined) continue;
      try {
        const operation = { operation: "measure", model, kind, way: way.way, ms: round === 0 ? warm : ms };
        const sample = await way.worker.ask(operation);
        if (round > 0) samples.get(way).push({ cpu: sample.cpu / per, wall: sample.wall / per });
      } catch (error) {
        way.failed = error.message;
      }
    }
  }
  const rows = ways.map((way) =>
    rowOf({ ...way, samples: way.failed === undefined ? samples.get(way) : undefined }),
  );
  const raw = rows.find((row) => row.row.startsWith("raw") && row.failed === undefined);
  for (const row of rows) if (raw !== undefined && row.cpu !== undefined) row.ratio = row.cpu / raw.cpu;
  return rows;
}

/** Import in a fresh process, beside an empty one. */
export async function measureImport(names, { starts }, progress) {
  const subjects = [{ row: "empty node", imports: [] }];
  for (const contender of contenders) {
    if (contender.imports.length === 0 || !names.has(contender.name)) continue;
    const { name: row, ours, imports } = contender;
    subjects.push({ row, ours, imports, absent: absence(contender) });
  }
  await interleave(
    subjects,
    starts,
    (round) => progress(`import: round ${round} of ${starts}`),
    async ({ imports }) => JSON.parse((await run(["probe.mjs", ...imports], here)).stdout),
  );
  const rows = subjects.map(rowOf);
  const [empty] = rows;
  for (const row of rows) {
    if (row.cpu === undefined || empty.cpu === undefined) continue;
    row.overCpu = row.cpu - empty.cpu;
    row.overRss = row.rss - empty.rss;
  }
  return rows;
}

/** `colloquy --version` beside `node -e 0`, from start to end of the process. */
export async function measureVersion({ starts }, progress) {
  const absent = existsSync(bin) ? undefined : "skipped: bin/colloquy.cjs is not there";
  const subjects = [
    { row: "node -e 0", args: ["-e", "0"], says: /^$/ },
    { row: "colloquy --version", ours: true, args: [bin, "--version"], says: /\d+\.\d+\.\d+/, absent },
  ];
  const rounds = starts * 2;
  await interleave(
    subjects,
    rounds,
    (round) => progress(`version: round ${round} of ${rounds}`),
    async (subject) => {
      const { stdout, wall } = await run(subject.args, here);
      if (!subject.says.test(stdout)) throw new Error(`it said ${JSON.stringify(stdout.slice(0, 80))}`);
      return { wall };
    },
  );
  const rows = subjects.map(rowOf);
  const [empty] = rows;
  for (const row of rows)
    if (row.wall !== undefined && empty.wall !== undefined) row.ratio = row.wall / empty.wall;
  return rows;
}

// Round 0 only fills the file cache.
async function interleave(subjects, rounds, progress, sample) {
  for (const subject of subjects) if (subject.absent === undefined) subject.samples = [];
  for (let round = 0; round <= rounds; round++) {
    if (round > 0) progress(round);
    for (const subject of subjects) {
      if (subject.samples === undefined) continue;
      try {
        const result = await sample(subject);
        if (round > 0) subject.samples.push(result);
      } catch (error) {
        subject.failed = error.message;
        subject.samples = undefined;
      }
    }
  }
}

function rowOf({ row, ours, samples, absent, failed }) {
  return samples === undefined ? { row, ours, absent, failed } : summary({ row, ours }, samples);
}

// Medians of every figure, and the range of the first.
function summary({ row, ours }, samples) {
  const figures = {};
  for (const name of Object.keys(samples[0])) figures[name] = median(samples.map((sample) => sample[name]));
  const first = samples.map((sample) => Object.values(sample)[0]);
  return { row, ours, ...figures, low: Math.min(...first), high: Math.max(...first) };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
