// The benchmark: node bench/run.mjs [--quick] [--only a,b] [--json] [--wire anthropic|openai] [--one-core]. README.md.
// Exits with 1 only when ours does its work wrong; no timing ever fails a run.

import { spawnSync } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  measureDecoder,
  measureFork,
  measureImport,
  measureTurns,
  measureVersion,
  measureWork,
  ownCells,
  turnCells,
  workCells,
} from "./cells.mjs";
import { start } from "./children.mjs";
import { absence, contenders, version } from "./contenders.mjs";
import { judge } from "./goals.mjs";
import { report } from "./report.mjs";
import { wires } from "./wires.mjs";

const modes = {
  quick: { rounds: 3, ms: 100, warm: 300, starts: 3, turnRounds: 1, conversations: 300, ownRounds: 1 },
  full: { rounds: 7, ms: 400, warm: 1000, starts: 9, turnRounds: 3, conversations: 1000, ownRounds: 3 },
};
const otherCells = {
  ...ownCells,
  import: "a fresh process that imports it",
  version: "a process from start to end",
};

const { quick, json, only, wire, "one-core": oneCore } = arguments_();
if (oneCore) stayOnOneCore();
const mode = quick ? "quick" : "full";
const plan = modes[mode];
const chosen = choose(only);
const cells = [];
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

if (Number(process.versions.node.split(".")[0]) < 22) {
  process.stderr.write(
    `Node ${process.versions.node} is older than Colloquy and its peers support; use 22.19 or later\n`,
  );
}

const server = start(file("server.mjs"));
const { url: baseUrl } = await server.next(10);

await server.ask({ awake: true });
const running = workCells.filter(({ name }) => chosen.cells.has(name));
if (running.length > 0) {
  const fleet = await prepareFleet(running.map(({ model }) => model));
  for (const cell of running) {
    const ways = [];
    const out = [];
    for (const { contender, worker, ways: offered, ...why } of fleet) {
      const { name, ours } = contender;
      if (worker === undefined) out.push({ row: name, ours, ...why });
      else if (offered[cell.model][cell.kind].length === 0)
        out.push({ row: name, absent: "does not speak this wire" });
      else
        for (const way of offered[cell.model][cell.kind])
          ways.push({ row: `${name}: ${way}`, ours, way, worker });
    }
    const rows = await measureWork(cell, ways, plan, progress);
    cells.push({ name: cell.name, title: cell.title, unit: cell.unit, rows: [...rows, ...out] });
  }
  for (const { worker } of fleet) worker?.end();
}
for (const cell of turnCells) {
  // A thousand turns take a minute for all; a quick run has them only by name.
  if (!chosen.cells.has(cell.name) || (cell.long && quick && !chosen.named.includes(cell.name))) continue;
  // Of a crowd there is always somebody who asks.
  await server.ask({ awake: cell.form === "loop" });
  const rows = await measureTurns(cell, { baseUrl, wire }, chosen.contenders, plan, progress);
  const title = cell.form === "crowd" ? `${plan.conversations} ${cell.title}` : cell.title;
  cells.push({ name: cell.name, title, form: cell.form, turns: cell.turns, rows });
}
server.end();

if (chosen.contenders.has("colloquy")) {
  const measures = { fork: measureFork, decoder: measureDecoder };
  for (const [name, title] of Object.entries(ownCells)) {
    if (chosen.cells.has(name)) cells.push({ name, title, rows: await measures[name](plan, progress) });
  }
}
if (chosen.cells.has("import")) {
  const rows = await measureImport(chosen.contenders, plan, progress);
  cells.push({ name: "import", title: otherCells.import, rows });
}
if (chosen.cells.has("version") && chosen.contenders.has("colloquy")) {
  cells.push({ name: "version", title: otherCells.version, rows: await measureVersion(plan, progress) });
}
progress("");

const result = {
  date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
  node: process.versions.node,
  cpu: os.cpus()[0]?.model ?? os.arch(),
  cores: os.cpus().length,
  oneCore,
  wire,
  mode,
  peers: peers(),
  cells,
  goals: judge(cells),
};
const broken = cells.flatMap(({ rows }) => rows).filter((row) => row.ours && row.failed !== undefined);
process.exitCode = broken.length === 0 ? 0 : 1;
process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : report(result));

async function prepareFleet(models) {
  const fleet = [];
  for (const contender of contenders.filter(({ name }) => chosen.contenders.has(name))) {
    progress(`starting ${contender.name}`);
    const absent = absence(contender);
    if (absent !== undefined) {
      fleet.push({ contender, absent });
      continue;
    }
    const worker = start(file("worker.mjs"), ["--expose-gc"]);
    try {
      const ways = await worker.ask({
        operation: "prepare",
        client: contender.client,
        baseUrl,
        wire,
        models,
      });
      fleet.push({ contender, worker, ways });
    } catch (error) {
      worker.end();
      fleet.push({ contender, failed: error.message });
    }
  }
  return fleet;
}

// Names of cells choose cells and names of contenders choose contenders; raw always runs, the ratios are to it.
function choose(names) {
  const known = { cells: [...workCells, ...turnCells].map(({ name }) => name) };
  known.cells.push(...Object.keys(otherCells));
  known.contenders = contenders.map(({ name }) => name);
  const wanted = names === undefined ? [] : names.split(",").map((name) => name.trim());
  const unknown = wanted.filter((name) => !known.cells.includes(name) && !known.contenders.includes(name));
  if (unknown.length > 0) {
    usage(
      `no such cell or contender: ${unknown.join(", ")}\ncells: ${known.cells.join(", ")}\ncontenders: ${known.contenders.join(", ")}`,
    );
  }
  const pick = (all) => {
    const some = all.filter((name) => wanted.includes(name));
    return new Set(some.length === 0 ? all : some);
  };
  return { cells: pick(known.cells), contenders: pick(known.contenders).add("raw"), named: wanted };
}

function arguments_() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        only: { type: "string" },
        wire: { type: "string", default: "anthropic" },
        "one-core": { type: "boolean", default: false },
      },
    });
    if (!Object.hasOwn(wires, values.wire))
      throw new Error(`no such wire: ${values.wire}; there is ${Object.keys(wires).join(", ")}`);
    return values;
  } catch (error) {
    usage(error.message);
  }
}

function usage(message) {
  process.stderr.write(
    `${message}\nusage: node bench/run.mjs [--quick] [--only a,b] [--json] [--wire ${Object.keys(wires).join("|")}] [--one-core]\n`,
  );
  process.exit(2);
}

/** Client and server on one core: to wake another one costs more than many a call, and is nobody's work here. */
function stayOnOneCore() {
  // Of this thread, and of all processes that it starts.
  const last = String(os.cpus().length - 1);
  if (spawnSync("taskset", ["-p", "-c", last, String(process.pid)]).status === 0) return;
  process.stderr.write("there is no `taskset` here that keeps processes on one core\n");
  process.exit(2);
}

function peers() {
  const names = [...new Set(contenders.flatMap(({ packages }) => packages))];
  return names.map((name) => `${name} ${version(name) ?? "not installed"}`).join(", ");
}

// One line that is written over on a terminal, and a line for each step elsewhere.
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== "") process.stderr.write(`${text}\n`);
}
