// The goals of the design that this benchmark can judge.

const ratio = (row) => row.ratio;
const x = (value) => `${value.toFixed(2)}x`;

/** A goal, and the same one through `turn`. */
const alsoThroughTurn = (goal) => [
  goal,
  { ...goal, what: "the same through turn, with tools and a budget", row: "colloquy-turn" },
];

const decoder = { cell: "decoder", of: (row) => row.seconds, show: (value) => `${value.toFixed(2)} s` };

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
  {
    what: "the same without a conversation",
    cell: "call",
    row: "colloquy-dispatcher: model.complete",
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
  ...alsoThroughTurn({
    what: "loop of 200 turns",
    cell: "loop-200",
    row: "colloquy",
    of: ratio,
    limit: 0.3,
    show: x,
  }),
  ...alsoThroughTurn({
    what: "loop of 1,000 turns",
    cell: "loop-1000",
    row: "colloquy",
    of: ratio,
    limit: 0.15,
    show: x,
  }),
  {
    what: "turn 990 beside turn 10",
    cell: "loop-1000",
    row: "colloquy",
    of: (row) => row.growth,
    limit: 2,
    show: x,
  },
  {
    // What grows with the history is what the kernel does with its bytes: docs/decisions/0010.
    what: "the same above a bare socket's",
    cell: "loop-1000",
    row: "colloquy",
    of: (row, rows) => {
      const socket = rows.find((each) => each.row === "socket");
      return socket && (row.late - socket.late) / (row.early - socket.early);
    },
    limit: 2,
    show: x,
  },
  ...alsoThroughTurn({
    what: "conversations at once, CPU",
    cell: "crowd",
    row: "colloquy",
    of: ratio,
    limit: 0.5,
    show: x,
  }),
  ...alsoThroughTurn({
    what: "conversations at once, peak memory",
    cell: "crowd",
    row: "colloquy",
    of: (row) => row.rssRatio,
    limit: 0.6,
    show: x,
  }),
  {
    what: "fork of 1,000 messages, time",
    cell: "fork",
    row: "colloquy: conversation.fork",
    of: (row) => row.time,
    limit: 1,
    show: (value) => `${value.toFixed(2)} us`,
  },
  {
    what: "fork of 1,000 messages, memory",
    cell: "fork",
    row: "colloquy: conversation.fork",
    of: (row) => row.bytes,
    limit: 200,
    show: (value) => `${value.toFixed(0)} B`,
  },
  ...["anthropic-messages", "openai-chat", "openai-responses", "gemini"].flatMap((protocol) => [
    { what: `an event of 16 MB (${protocol})`, row: `${protocol}: one event of 16 MB`, limit: 1, ...decoder },
    {
      what: `20,000 tool deltas (${protocol})`,
      row: `${protocol}: 20,000 deltas of tool arguments`,
      limit: 0.5,
      ...decoder,
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
export const unjudged = ["installed size", "simulation"];

/** Differences of less than this are none (README.md). */
const NOISE = 0.3;

/** Each goal with what was measured: `met` is absent where nothing was. `near` is what a difference of no weight misses. */
export function judge(cells) {
  return goals.map(({ what, cell, row, of, limit, show }) => {
    const { rows = [] } = cells.find(({ name }) => name === cell) ?? {};
    const found = rows.find((candidate) => candidate.row === row);
    const value = found && of(found, rows);
    const judged = { what, limit, goal: `<= ${show(limit)}` };
    if (value === undefined) return judged;
    const near = value <= limit * (1 + NOISE);
    return { ...judged, value, measured: show(value), met: value <= limit, near };
  });
}
