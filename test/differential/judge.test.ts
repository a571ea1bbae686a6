import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "./board.ts";
import { judge, type Verdict } from "./judge.ts";
import type { KnownDifference } from "./known-difference.ts";
import { knownDifferences } from "./known-differences.ts";
import type { Facts, Reading } from "./reading.ts";
import type { Wire } from "./wire.ts";

/* The comparison without the SDKs: what it finds, what a rule may explain, and that nothing goes uncounted. */

const wire: Wire = {
  protocol: "openai-chat",
  provider: "someone",
  streamed: true,
  status: 200,
  headers: {},
  body: "",
  events: [],
};

const facts: Facts = {
  text: "Hello",
  calls: [{ id: "call_1", name: "look", input: { at: "it" } }],
  stop: "stop",
  usage: { prompt_tokens: 3, completion_tokens: 4 },
};

function answer(changes: Partial<Facts> = {}): Reading {
  return { ends: "answer", facts: { ...facts, ...changes } };
}

function failure(message: string, status?: number): Reading {
  return { ends: "failure", status, message };
}

function features(verdict: Verdict): string[] {
  return verdict.is === "different" ? verdict.differences.map(({ feature }) => feature) : [verdict.is];
}

const upper: KnownDifference = {
  kind: "sdk-misreads",
  name: "shouting",
  reason: "The SDK shouts.",
  when: ({ streamed }) => streamed,
  mend: (sdk) => ({ ...sdk, text: sdk.text.toLowerCase() }),
};

const refuses: KnownDifference = {
  kind: "sdk-refuses",
  name: "shy",
  reason: "The SDK is shy.",
  says: /^no role$/,
  when: ({ streamed }) => streamed,
};

test("differential: each fact that differs is found", () => {
  assert.deepEqual(judge(wire, answer(), answer(), []), { is: "equal" });
  const [call] = facts.calls;
  assert.ok(call);
  const changed: [string, Partial<Facts>][] = [
    ["text", { text: "Hell" }],
    ["stop reason", { stop: null }],
    ["usage", { usage: null }],
    ["usage", { usage: { ...facts.usage, prompt_tokens: 4 } }],
    ["calls", { calls: [] }],
    ["calls", { calls: [call, call] }],
    ["calls", { calls: [{ ...call, id: "call_2" }] }],
    ["calls", { calls: [{ ...call, name: "see" }] }],
    ["calls", { calls: [{ ...call, input: {} }] }],
  ];
  for (const [feature, change] of changed) {
    assert.deepEqual(features(judge(wire, answer(), answer(change), [])), [feature]);
  }
});

test("differential: where the vendor sent no id, ours is any but none", () => {
  const nameless = answer({ calls: [{ id: "", name: "look", input: {} }] });
  const named = answer({ calls: [{ id: "call_0", name: "look", input: {} }] });
  assert.deepEqual(judge(wire, nameless, named, []), { is: "equal" });
  assert.deepEqual(features(judge(wire, named, nameless, [])), ["calls"]);
});

test("differential: a rule explains what it mends and no more", () => {
  const loud = answer({ text: "HELLO" });
  const soft = answer({ text: "hello" });
  assert.deepEqual(judge(wire, loud, soft, [upper]), { is: "known", rules: [upper] });
  const more = answer({ text: "hello", stop: null });
  assert.deepEqual(features(judge(wire, loud, more, [upper])), ["stop reason"]);
  const whole = { ...wire, streamed: false };
  assert.deepEqual(features(judge(whole, loud, soft, [upper])), ["text"]);
});

test("differential: a failure of one is a difference unless a rule knows its words", () => {
  assert.deepEqual(features(judge(wire, failure("no role"), answer(), [])), ["the SDK failed"]);
  assert.deepEqual(features(judge(wire, failure("no air"), answer(), [refuses])), ["the SDK failed"]);
  assert.deepEqual(features(judge(wire, failure("no role"), answer(), [refuses])), ["known"]);
  assert.deepEqual(features(judge(wire, answer(), failure("no role"), [refuses])), ["we failed"]);
});

test("differential: both fail, with the same status", () => {
  const refused = { ...wire, status: 429 };
  const both = (status: number): Verdict => judge(refused, failure("slow", 429), failure("slow", status), []);
  assert.deepEqual(features(both(429)), ["both-fail"]);
  assert.deepEqual(features(both(500)), ["status"]);
});

test("differential: the board counts everything, and names rules that nothing shows", () => {
  const board = new Board();
  const [rule, ...others] = knownDifferences["openai-chat"];
  assert.ok(rule);
  board.add("a", wire, { is: "equal" });
  board.add("b", wire, { is: "known", rules: [rule] });
  board.add("c", wire, judge(wire, answer(), failure("oh"), []));
  board.selfCheck("a delta dropped", true);
  board.selfCheck("a text changed", false);
  board.skip("no trace", 2);
  assert.deepEqual([board.passed, board.failed], [3, 2]);
  assert.ok(!board.dead.includes(`openai-chat ${rule.name}`));
  for (const { name } of others) assert.ok(board.dead.includes(`openai-chat ${name}`), name);
  const lines = String(board).split("\n");
  assert.equal(lines.at(-1), "3 passed, 2 failed");
  for (const line of ["c", "self-check: a text changed was not noticed", "skipped: 2  no trace"])
    assert.ok(lines.includes(line), line);
});
