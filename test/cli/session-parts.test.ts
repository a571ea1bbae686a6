import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { columnsOf, fit, pad, wrap } from "../../src/cli/columns.ts";
import { mannerOf, toOpen } from "../../src/cli/past.ts";
import { resumeNotice, type Resumed } from "../../src/cli/resume-notice.ts";
import { ago, sessionTable } from "../../src/cli/session-table.ts";
import { sessionsFile } from "../../src/cli/sessions-file.ts";
import { oneLine } from "../../src/cli/terminal.ts";
import type { JournalEntry, Written } from "../../src/conversation/journal.ts";
import { knownCost, type Cost } from "../../src/llm/money.ts";
import type { SessionInfo } from "../../src/store/index.ts";

type Money = Extract<Cost, { readonly known: true }>;

const places: [env: Record<string, string>, file: string | undefined][] = [
  [{ COLLOQUY_HOME: "/own", XDG_STATE_HOME: "/state", HOME: "/me" }, "/own/sessions.db"],
  [{ XDG_STATE_HOME: "/state", HOME: "/me" }, "/state/colloquy/sessions.db"],
  [{ XDG_STATE_HOME: "not/absolute", HOME: "/me" }, "/me/.local/state/colloquy/sessions.db"],
  [{ COLLOQUY_HOME: "", HOME: "/me" }, "/me/.local/state/colloquy/sessions.db"],
  [{ USERPROFILE: "/me" }, "/me/.local/state/colloquy/sessions.db"],
  [{ COLLOQUY_HOME: "here" }, path.resolve("here/sessions.db")],
  [{}, undefined],
  [{ HOME: "" }, undefined],
];

for (const [env, file] of places) {
  test(`sessions: with ${JSON.stringify(env)} they are kept in ${file}`, () => {
    assert.equal(sessionsFile(env), file);
  });
}

const notices: [name: string, of: Partial<Resumed>, notice: string][] = [
  ["at rest", {}, "session abc-defg: “A title”, 4 messages, $0.0123 so far"],
  ["a fork", { forked: true }, "session abc-defg, a fork of xyz-wxyz: “A title”, 4 messages"],
  [
    "a tool whose end nobody knows",
    {
      interrupted: {
        turn: true,
        request: false,
        calls: [
          { id: "1", name: "shell", state: "unknown" },
          { id: "2", name: "look", state: "waiting" },
        ],
      },
    },
    "the last turn was interrupted while `shell` ran; its outcome is unknown and the model is told",
  ],
  [
    "two of them",
    {
      interrupted: {
        turn: true,
        request: false,
        calls: [
          { id: "1", name: "shell", state: "unknown" },
          { id: "2", name: "patch", state: "unknown" },
          { id: "3", name: "patch", state: "unknown" },
        ],
      },
    },
    "while `shell` and `patch` ran; their outcomes are unknown and the model is told",
  ],
  [
    "a tool that had not begun",
    { interrupted: { turn: true, request: false, calls: [{ id: "1", name: "shell", state: "waiting" }] } },
    "the last turn was interrupted before `shell` ran",
  ],
  [
    "a call that nobody was to run",
    { interrupted: { turn: false, request: false, calls: [{ id: "1", name: "shell", state: "waiting" }] } },
    "`shell` was asked for and did not run",
  ],
  [
    "an answer on its way",
    { interrupted: { turn: false, request: true, calls: [] }, unanswered: true },
    "the last turn was interrupted while an answer came; what it used is unknown and the answer is lost",
  ],
  [
    "a turn and no more",
    { interrupted: { turn: true, request: false, calls: [] } },
    "the last turn was interrupted",
  ],
  ["a message without an answer", { unanswered: true }, "its last message was not answered"],
  [
    "a budget",
    {
      budget: {
        limit: knownCost(50_000_000_000n) as Money,
        spent: knownCost(12_300_000_000n) as Money,
        reserved: knownCost(0n) as Money,
        left: knownCost(37_700_000_000n) as Money,
      },
    },
    "its budget holds: $0.0377 of $0.05 left",
  ],
  [
    "damage",
    { damaged: 2 },
    "2 of its entries could not be read, and the rest was; `colloquy doctor --sessions`",
  ],
];

for (const [name, of, notice] of notices) {
  test(`sessions: what is told of one that goes on: ${name}`, () => {
    const info = { id: "abc-defg", title: "A title", messages: 4, origin: "xyz-wxyz" };
    const cost = knownCost(12_300_000_000n);
    const told = resumeNotice({
      info,
      forked: false,
      cost,
      budget: undefined,
      interrupted: undefined,
      unanswered: false,
      damaged: 0,
      ...of,
    });
    assert.ok(told.includes(notice), told);
    assert.equal(told.split("\n").length, name === "at rest" || name === "a fork" ? 1 : 2);
  });
}

test("sessions: a title from elsewhere adds no lines to what is told", () => {
  const info = { id: "abc-defg", title: "a\nb\u001b[2J\u2028c", messages: 1, origin: "" };
  const cost = knownCost(0n);
  const told = resumeNotice({
    info,
    forked: false,
    cost,
    budget: undefined,
    interrupted: undefined,
    unanswered: false,
    damaged: 0,
  });
  assert.equal(told, "session abc-defg: “a b [2J c”, 1 message, $0.00 so far");
});

const entry = (written: Written, conversation = "a"): JournalEntry => ({ ...written, conversation, at: 0 });
const begin = entry({
  type: "begin",
  model: { provider: "anthropic", name: "claude" },
  system: [{ type: "text", text: "Be brief." }],
});
const said = (stopReason: "pause" | "end_turn"): JournalEntry =>
  entry({ type: "message", message: { role: "assistant", parts: [] }, stopReason });

test("sessions: one goes on with the model that answered last, and its own instructions", () => {
  assert.deepEqual(mannerOf([]), { model: undefined, system: [], paused: false });
  assert.equal(mannerOf([begin]).model, "anthropic/claude");
  assert.deepEqual(mannerOf([begin]).system, [{ type: "text", text: "Be brief." }]);
  const system = [{ type: "text", text: "Be long." }] as const;
  const others = entry({ type: "system", system: [] }, "child");
  assert.deepEqual(mannerOf([begin, entry({ type: "system", system }), others]).system, system);
  const answered = entry({ type: "call-end", call: 1, how: "answered", model: "openai/gpt" });
  const childs = entry({ type: "call-end", call: 1, how: "answered", model: "groq/other" }, "child");
  assert.equal(mannerOf([begin, answered, childs]).model, "openai/gpt");
  assert.equal(mannerOf([begin, answered, said("pause")]).paused, true);
  assert.equal(mannerOf([begin, said("pause"), said("end_turn")]).paused, false);
  assert.deepEqual(["rehearsal/rehearsal", "openai/gpt"].map(toOpen), ["rehearsal", "openai/gpt"]);
  // A session from elsewhere opens no file of ours.
  for (const file of ["file:/etc/passwd", "llama.cpp/qwen.gguf"])
    assert.throws(() => toOpen(file), /--model file:PATH/);
});

const now = Date.UTC(2026, 5, 15, 12);
const ages: [before: number, told: RegExp][] = [
  [0, /^now$/],
  [59_999, /^now$/],
  [-30_000, /^now$/],
  [60_000, /^1 min ago$/],
  [59 * 60_000, /^59 min ago$/],
  [3 * 3_600_000, /^3 h ago$/],
  [25 * 3_600_000, /^1 d ago$/],
  [31 * 86_400_000, /^31 d ago$/],
  [90 * 86_400_000, /^2026-03-1\d$/],
  [-3_600_000 * 30, /^2026-06-1\d$/],
  [-1e300, /^\?$/],
];

for (const [before, told] of ages) {
  test(`sessions: ${before} ms are ${String(told)}`, () => assert.match(ago(now - before, now), told));
}

const info = (of: Partial<SessionInfo> = {}): SessionInfo => ({
  id: "abc-defg",
  title: "The first thing that was said, in some words more than fit",
  created: now,
  updated: now - 7_200_000,
  folder: "/home/me/projects/engine",
  model: "anthropic/claude-sonnet-4-6",
  messages: 12,
  origin: "",
  ...of,
});

test("sessions: a table at several widths", () => {
  const infos = [
    info(),
    info({ id: "xyz-wxyz", title: "短い題名 😀 à", model: "rehearsal/rehearsal", messages: 2 }),
  ];
  const style = { now, folders: false };
  assert.deepEqual(sessionTable(infos, style), [
    "id        when     messages  model              title",
    "abc-defg  2 h ago        12  claude-sonnet-4-6  The first thing that was said, in some words more than fit",
    "xyz-wxyz  2 h ago         2  rehearsal          短い題名 😀 à",
  ]);
  assert.deepEqual(sessionTable(infos, { ...style, width: 80 }), [
    "id        when     messages  model              title",
    "abc-defg  2 h ago        12  claude-sonnet-4-6  The first thing that was said,…",
    "xyz-wxyz  2 h ago         2  rehearsal          短い題名 😀 à",
  ]);
  assert.deepEqual(sessionTable(infos, { ...style, width: 40 }), [
    "id        when     title",
    "abc-defg  2 h ago  The first thing that…",
    "xyz-wxyz  2 h ago  短い題名 😀 à",
  ]);
  assert.deepEqual(
    sessionTable(infos, { ...style, folders: true, home: "/home/me", width: 80 })[1]?.slice(0, 50),
    "abc-defg  2 h ago        12  ~/projects/engine  Th",
  );
});

test("sessions: a row is one line that fits, whatever a title, a model or a folder holds", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(
      text,
      text,
      text,
      fc.boolean(),
      fc.integer({ min: 40, max: 120 }),
      (title, model, folder, folders, width) => {
        const rows = sessionTable([info({ title, model, folder })], { now, width, folders });
        assert.equal(rows.length, 2);
        for (const row of rows) {
          assert.doesNotMatch(row, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
          assert.ok(columnsOf(row) <= width, `${columnsOf(row)} of ${width}: ${row}`);
        }
      },
    ),
  );
});

test("columns: what is cut and filled takes as many as were asked for", () => {
  assert.deepEqual(["abc", "题", "é", "e\u0301", "😀", ""].map(columnsOf), [3, 2, 1, 1, 2, 0]);
  assert.equal(fit("abcdef", 4), "abc…");
  assert.equal(fit("題名題名", 4), "題…");
  assert.equal(fit("abc", 3), "abc");
  assert.equal(fit("abc", 0), "");
  assert.equal(pad("題", 4), "題  ");
  assert.deepEqual(wrap("one two three-and-more 題 題", 7), ["one two", "three-and-more", "題 題"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (line, columns) => {
      assert.ok(columnsOf(fit(line, columns)) <= columns);
      assert.ok(columnsOf(pad(line, columns)) >= columns);
    }),
  );
});

test("a title becomes one line that steers nothing", () => {
  assert.equal(oneLine(" a\u001b[2Jb\r\n\tc\u009b1m\u0007 \u202eleft\u2028x "), "a [2Jb c 1m left x");
});
