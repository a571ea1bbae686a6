// The result for people.

import { fileURLToPath } from "node:url";
import { unjudged } from "./goals.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));

export function report({ date, node, cpu, cores, oneCore, wire, mode, peers, cells, goals }) {
  const lines = [
    `Colloquy benchmark, ${date}`,
    `${mode}, ${wire} wire, node ${node}, ${oneCore ? "one of " : ""}${cores} x ${cpu}`,
    `peers: ${peers}`,
  ];
  for (const { name, title, unit, form, turns, rows } of cells) {
    const columns = unit === undefined ? otherColumns[form ?? name](turns) : workColumns(unit);
    lines.push(
      "",
      `${name}: ${title}`,
      ...table(
        ["", ...Object.keys(columns)],
        rows.map((row) => cellsOf(row, columns)),
      ),
    );
  }
  if (cells.length > 0) lines.push("", "Differences under 30 % are none: see bench/README.md.");
  lines.push("", ...table(["goals", "goal", "measured", ""], goals.map(goalCells)));
  lines.push(`not measured here yet: ${unjudged.join(", ")}`);
  return `${lines.join("\n")}\n`;
}

const workColumns = (unit) => ({
  [`CPU us/${unit}`]: (row) => figure(row.cpu),
  "x raw": (row) => row.ratio?.toFixed(2),
  "CPU range": (row) => `${figure(row.low)}-${figure(row.high)}`,
  [`wall us/${unit}`]: (row) => figure(row.wall),
});

const otherColumns = {
  loop: (turns) => ({
    "CPU ms": (row) => figure(row.cpu),
    "x raw": (row) => row.ratio?.toFixed(2),
    "CPU range": (row) => `${figure(row.low)}-${figure(row.high)}`,
    "turn 10 us": (row) => figure(row.early),
    [`turn ${turns - 10} us`]: (row) => figure(row.late),
    "late/early": (row) => row.growth.toFixed(2),
    "peak MB": (row) => figure(row.rss),
    "x raw ": (row) => row.rssRatio?.toFixed(2),
  }),
  crowd: () => ({
    "CPU us/turn": (row) => figure(row.perTurn),
    "x raw": (row) => row.ratio?.toFixed(2),
    "all, CPU ms": (row) => figure(row.cpu),
    "CPU range": (row) => `${figure(row.low)}-${figure(row.high)}`,
    "wall ms": (row) => figure(row.wall),
    "peak MB": (row) => figure(row.rss),
    "x raw ": (row) => row.rssRatio?.toFixed(2),
  }),
  fork: () => ({
    "us/fork": (row) => figure(row.time),
    range: (row) => `${figure(row.low)}-${figure(row.high)}`,
    "bytes/fork": (row) => row.bytes.toFixed(0),
  }),
  decoder: () => ({
    "wall s": (row) => row.seconds.toFixed(3),
    range: (row) => `${row.low.toFixed(3)}-${row.high.toFixed(3)}`,
    "CPU s": (row) => row.cpu.toFixed(3),
  }),
  import: () => ({
    "CPU ms": (row) => figure(row.cpu),
    "over empty": (row) => (row.overCpu === undefined ? undefined : figure(row.overCpu)),
    "CPU range": (row) => `${figure(row.low)}-${figure(row.high)}`,
    "RSS MB": (row) => figure(row.rss),
    "over empty ": (row) => (row.overRss === undefined ? undefined : figure(row.overRss)),
  }),
  version: () => ({
    "wall ms": (row) => figure(row.wall),
    "x node": (row) => row.ratio?.toFixed(2),
    range: (row) => `${figure(row.low)}-${figure(row.high)}`,
  }),
};

function cellsOf(row, columns) {
  const said =
    row.absent ?? (row.failed === undefined ? undefined : `FAILED: ${row.failed.replaceAll(root, "")}`);
  return said === undefined
    ? [row.row, ...Object.values(columns).map((show) => show(row) ?? "-")]
    : [row.row, said];
}

function goalCells({ what, goal, measured, met, near }) {
  const verdict = met ? "met" : near ? "not met, by less than 30 %" : "NOT MET";
  return [what, goal, measured ?? "-", met === undefined ? "not measured" : verdict];
}

function figure(value) {
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(2);
}

// A row of two cells is a name and a sentence; the sentence does not widen the columns.
function table(head, rows) {
  const all = [head, ...rows];
  const full = all.filter((row) => row.length === head.length);
  const widths = head.map((_, i) => Math.max(...(i === 0 ? all : full).map((row) => row[i].length)));
  return all.map((row) =>
    row
      .map((cell, i) =>
        i === 0 || row.length < head.length ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
      )
      .join("  ")
      .trimEnd(),
  );
}
