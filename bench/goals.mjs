// The goals of the design that this benchmark can judge.

const ratio = (row) => row.ratio;
const x = (value) => `${value.toFixed(2)}x`;

export const goals = [
  {
    what: "one short call, node:http",
    cell: "call",
    row: "colloquy: conversation.send",
    of: ratio,
    limit: 0.6,
    show: x,
  },
  {
    what: "one short call, the user's undici dispatcher",
    cell: "call",
    row: "colloquy-dispatcher: conversation.send",
    of: ratio,
    limit: 0.4,
    show: x,
  },
  ...["stream", "stream-270"].flatMap((cell) => [
    { what: `one delta, callback (${cell})`, cell, row: "colloquy: onEvent", of: ratio, limit: 0.7, show: x },
    {
      what: `one delta, for await (${cell})`,
      cell,
      row: "colloquy: for await",
      of: ratio,
      limit: 1,
      show: x,
    },
  ]),
  {
    what: "import over empty node, CPU",
    cell: "import",
    row: "colloquy",
    of: (row) => row.overCpu,
    limit: 30,
    show: (value) => `${value.toFixed(1)} ms`,
  },
  {
    what: "import over empty node, memory",
    cell: "import",
    row: "colloquy",
    of: (row) => row.overRss,
    limit: 5,
    show: (value) => `${value.toFixed(1)} MB`,
  },
  {
    what: "colloquy --version beside node -e 0",
    cell: "version",
    row: "colloquy --version",
    of: ratio,
    limit: 1.3,
    show: x,
  },
];

/** Goals of the design without a cell here yet; named so that nobody takes silence for success. */
export const unjudged = [
  "loops of 200 and 1,000 turns",
  "1,000 conversations at once",
  "fork of a 1,000-message conversation",
  "installed size",
  "simulation",
  "a 16 MB event",
];

/** Each goal with what was measured: `met` is absent where nothing was. */
export function judge(cells) {
  return goals.map(({ what, cell, row, of, limit, show }) => {
    const found = cells.find(({ name }) => name === cell)?.rows.find((candidate) => candidate.row === row);
    const value = found && of(found);
    const judged = { what, limit, goal: `<= ${show(limit)}` };
    return value === undefined ? judged : { ...judged, value, measured: show(value), met: value <= limit };
  });
}
