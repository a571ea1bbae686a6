// What is measured. A cell gives rows; the report and the goals know them by cell and row name.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { run, start } from "./children.mjs";
import { absence, bin, contenders } from "./contenders.mjs";
import { median } from "./median.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Cells that run in the workers: CPU of the client's process for the same work, over and over. */
export const workCells = [
  { name: "call", title: "one short call, c=1", model: "bench-13", kind: "call", unit: "call", per: 1 },
  {
    name: "stream",
    title:
      "a stream of 2,000 deltas in one burst, texts as recorded (events of about 140 bytes at Anthropic, 300 at OpenAI)",
    model: "bench-2000",
    kind: "stream",
    unit: "delta",
    per: 2000,
  },
  {
    name: "stream-270",
    title: "the same, each text about 130 bytes longer",
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

/** Cells of whole conversations: each measurement is a process of its own, because its peak of memory is a figure. */
export const turnCells = [
  {
    name: "loop-200",
    title: "a conversation of 200 turns, streamed; each sends the history and 2 KB more",
    operation: "loop",
    form: "loop",
    turns: 200,
  },
  {
    name: "loop-1000",
    title: "the same of 1,000 turns",
    operation: "loop",
    form: "loop",
    turns: 1000,
    long: true,
  },
  {
    name: "crowd",
    title: "conversations at once, 5 turns each, streamed",
    operation: "crowd",
    form: "crowd",
    turns: 5,
  },
];

/** Cells of ours alone. */
export const ownCells = {
  fork: "a fork of a conversation of 1,000 messages of 2 KB, beside copies of the same as an array",
  decoder: "answers in chunks of 4 KB through a whole call, the first in a fresh process",
};

/** Conversations in fresh processes, in turn. The rows' ratios are those of CPU and of peak memory. */
export async function measureTurns(cell, setting, names, { turnRounds, conversations }, progress) {
  const { operation, turns } = cell;
  const model = "bench-13-count";
  const subjects = contenders
    .filter(({ name }) => names.has(name))
    .map((contender) => ({
      row: contender.name,
      ours: contender.ours,
      client: contender.client,
      absent: absence(contender),
    }));
  const rounds = cell.long ? Math.min(2, turnRounds) : turnRounds;
  const measure = async (subject) => {
    const worker = start(fileURLToPath(new URL("worker.mjs", import.meta.url)), ["--expose-gc"]);
    try {
      const prepare = { operation: "prepare", client: subject.client, ...setting, models: [model] };
      const [way] = (await worker.ask(prepare))[model].converse;
      if (way === undefined) {
        subject.absent = "does not speak this wire, or has no conversation here";
        subject.samples = undefined;
        return undefined;
      }
      return await worker.ask({ operation, model, way, turns, conversations }, 180);
    } finally {
      worker.end();
    }
  };
  await interleave(
    subjects,
    rounds,
    (round) => progress(`${cell.name}: round ${round} of ${rounds}`),
    measure,
    1,
  );
  const rows = subjects.map(rowOf);
  const raw = rows.find(({ row }) => row === "raw");
  for (const row of rows) {
    if (row.cpu === undefined || raw.cpu === undefined) continue;
    row.ratio = row.cpu / raw.cpu;
    row.rssRatio = row.rss / raw.rss;
    if (operation === "crowd") row.perTurn = (row.cpu * 1000) / (conversations * turns);
  }
  return rows;
}

/** What a fork costs. */
export async function measureFork({ ownRounds }, progress) {
  const subjects = [
    {
      row: "colloquy: conversation.fork",
      kind: "fork",
      ours: true,
      absent: absence({ ours: true, packages: [] }),
    },
    {
      row: "colloquy: history.append",
      kind: "append",
      ours: true,
      absent: absence({ ours: true, packages: [] }),
    },
    { row: "array spread", kind: "spread" },
    { row: "structuredClone", kind: "clone" },
  ];
  await interleave(
    subjects,
    ownRounds,
    (round) => progress(`fork: round ${round} of ${ownRounds}`),
    async ({ kind }) => JSON.parse((await run(["--expose-gc", "fork.mjs", kind], here)).stdout),
    1,
  );
  return subjects.map(rowOf);
}

/** How long our decoders take for large answers. */
export async function measureDecoder({ ownRounds }, progress) {
  const absent = absence({ ours: true, packages: [] });
  const subjects = ["event", "tool"].flatMap((kind) =>
    ["anthropic-messages", "openai-chat", "openai-responses", "gemini"].map((protocol) => ({
      row: `${protocol}: ${kind === "event" ? "one event of 16 MB" : "20,000 deltas of tool arguments"}`,
      ours: true,
      absent,
      args: [protocol, kind],
    })),
  );
  await interleave(
    subjects,
    ownRounds,
    (round) => progress(`decoder: round ${round} of ${ownRounds}`),
    async ({ args }) => JSON.parse((await run(["decoder.mjs", ...args], here)).stdout),
    1,
  );
  return subjects.map(rowOf);
}

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

// Round 0 only fills the file cache; where that is not needed, `first` is 1.
async function interleave(subjects, rounds, progress, sample, first = 0) {
  for (const subject of subjects) if (subject.absent === undefined) subject.samples = [];
  for (let round = first; round <= rounds; round++) {
    if (round > 0) progress(round);
    for (const subject of subjects) {
      if (subject.samples === undefined) continue;
      try {
        const result = await sample(subject);
        if (round > 0 && result !== undefined) subject.samples.push(result);
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
