import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerText, jsonLine, renderers } from "../../src/cli/output.ts";
import { result } from "../../src/cli/result.ts";
import { eventNotice } from "../../src/cli/notices.ts";
import { harmless } from "../../src/cli/terminal.ts";
import { BudgetExceeded, ModelError } from "../../src/llm/errors.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { usage } from "../../src/llm/usage.ts";

const reached = {
  limit: "responses",
  conversationId: "abc-defg",
  allowed: 1n,
  spent: 1n,
  reserved: 0n,
  needed: 1n,
} as const;

const at = { conversationId: "abc-defg", seq: 0 };
const empty = {
  sessionId: undefined,
  usage: undefined,
  model: "m",
  durationMs: 1.6,
  response: undefined,
  toolCalls: [],
  error: undefined,
};

test("answer text: what begins, grows and ends, and nothing twice", () => {
  const answer = new AnswerText();
  const events: ConversationEvent[] = [
    { type: "part-start", index: 0, part: { type: "thinking", text: "hm" }, ...at },
    { type: "part-delta", index: 0, kind: "thinking", text: "mm", ...at },
    { type: "part-start", index: 1, part: { type: "text", text: "He" }, ...at },
    { type: "part-delta", index: 1, kind: "text", text: "ll", ...at },
    { type: "part-end", index: 1, part: { type: "text", text: "Hello" }, ...at },
    { type: "part-end", index: 2, part: { type: "text", text: " you" }, ...at },
    { type: "part-end", index: 0, part: { type: "thinking", text: "hmmm" }, ...at },
  ];
  assert.deepEqual(
    events.map((event) => answer.push(event)),
    ["", "", "He", "ll", "o", " you", ""],
  );
  assert.equal(answer.all, "Hello you");
});

test("text: the last line end is added when it is missing, and an empty answer stays empty", () => {
  const end = (text: string): string => renderers.text.end(result({ ...empty, text }));
  assert.deepEqual([end("hi"), end("hi\n"), end("")], ["\n", "", ""]);
});

test("answer text: the answers of a turn stand below each other; what is hidden is not for the user", () => {
  const answer = new AnswerText();
  const says = (text: string): ConversationEvent[] => [
    { type: "request", attempt: 1, model: "m", ...at },
    { type: "part-start", index: 0, part: { type: "text", text: "" }, ...at },
    { type: "part-delta", index: 0, kind: "text", text, ...at },
    { type: "part-end", index: 0, part: { type: "text", text }, ...at },
  ];
  const hidden = says("a summary").map((event) => ({ ...event, hidden: true as const }));
  const all = [...says("I look."), ...hidden, ...says("There is\n"), ...says("one.")];
  const shown = all.map((event) => answer.push(event)).join("");
  assert.equal(shown, "I look.\nThere is\none.");
  assert.equal(answer.all, shown);
});

test("json: one line; without a conversation, ids are null and nothing was used", () => {
  const line = renderers.json.end(result({ ...empty, text: "", error: new BudgetExceeded(reached) }));
  assert.match(line, /^\{.*\}\n$/);
  const { usage, ...rest } = JSON.parse(line) as { usage: { cost: object } };
  assert.deepEqual(usage.cost, { known: true, picodollars: "0", dollars: 0 });
  assert.deepEqual(rest, {
    sessionId: null,
    model: "m",
    status: "limit",
    text: "",
    steps: 0,
    costUsd: 0,
    durationMs: 2,
    toolCalls: [],
    error: {
      kind: "budget",
      message: "budget reached: 1 of 1 responses used (conversation abc-defg)",
      retryable: false,
      limit: "responses",
      conversationId: "abc-defg",
      allowed: 1,
      used: 1,
      spent: 1,
      reserved: 0,
      needed: 1,
    },
  });
});

test("stream-json: big numbers are texts, errors are what they say of themselves", () => {
  const billed: ConversationEvent = { type: "usage", usage: usage({ billed: 12n }), ...at };
  assert.equal((JSON.parse(jsonLine(billed)) as { usage: { billed: string } }).usage.billed, "12");
  const error = new ModelError("no", { kind: "server", status: 500, body: "secret" });
  const failed = JSON.parse(jsonLine({ type: "error", error, ...at })) as object;
  assert.deepEqual(failed, {
    type: "error",
    error: { name: "ModelError", message: "no", kind: "server", retryable: true, status: 500 },
    ...at,
  });
  const other = JSON.parse(jsonLine({ error: new TypeError("oh") })) as object;
  assert.deepEqual(other, {
    error: { name: "TypeError", kind: "unexpected", message: "oh", retryable: false },
  });
});

const waits: [attempt: number, delayMs: number, notice: RegExp][] = [
  [1, 12_000, /^waiting 12 s before attempt 2 of 5: rate limit: slow down$/],
  [2, 1500, /^waiting 1\.5 s before attempt 3 of 5/],
  [3, 2000, /^waiting 2 s before/],
  [3, 9_960, /^waiting 10 s before/],
  [7, 100, /^waiting 0\.1 s before attempt 8: /],
];

for (const [attempt, delayMs, notice] of waits) {
  test(`notices: a wait of ${delayMs} ms`, () => {
    const error = new ModelError("slow down", { kind: "rate-limit" });
    assert.match(eventNotice({ type: "retry", attempt, delayMs, error, ...at }) ?? "", notice);
  });
}

test("harmless: escape sequences lose their power, text and line ends stay", () => {
  assert.equal(harmless("a\u001b[2Jb\r\n\tc\u009b1m\u0007é😀"), "a[2Jb\n\tc1mé😀");
});
