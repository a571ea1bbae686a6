import assert from "node:assert/strict";
import { test } from "node:test";
import type { DecodedEvent } from "../../src/llm/event.ts";
import { Fold, type Folded } from "../../src/llm/fold.ts";
import type { Part } from "../../src/llm/message.ts";
import { usage } from "../../src/llm/usage.ts";

const text = (value: string): Part => ({ type: "text", text: value });
const call = (argumentsText: string, input: unknown): Part =>
  ({ type: "tool-call", id: "a", name: "b", argumentsText, input }) as Part;

const begin = (index: number, part: Part): DecodedEvent => ({ type: "part-start", index, part });
const end = (index: number, part?: Part): DecodedEvent => ({
  type: "part-end",
  index,
  ...(part && { part }),
});
const delta = (
  index: number,
  kind: "text" | "thinking" | "arguments" | "signature",
  text: string,
): DecodedEvent => ({
  type: "part-delta",
  index,
  kind,
  text,
});
const cite = (index: number, data: string): DecodedEvent => ({
  type: "part-delta",
  index,
  kind: "citation",
  data,
});
const stop: DecodedEvent = { type: "stop", reason: "end_turn", raw: "end_turn" };

function fold(...events: DecodedEvent[]): Folded {
  const fold = new Fold();
  for (const event of events) fold.push(event);
  return fold.result();
}

const parts: readonly [what: string, events: DecodedEvent[], parts: Part[]][] = [
  ["no part", [stop], []],
  [
    "a text in pieces",
    [begin(0, text("a")), delta(0, "text", "b"), delta(0, "text", "c"), end(0)],
    [text("abc")],
  ],
  ["an empty text", [begin(0, text("")), end(0)], [text("")]],
  [
    "a text and its sources",
    [begin(0, { type: "text", text: "", citations: ["x"] }), cite(0, "y"), delta(0, "text", "a"), end(0)],
    [{ type: "text", text: "a", citations: ["x", "y"] }],
  ],
  [
    "thinking and its signature",
    [
      begin(0, { type: "thinking", text: "" }),
      delta(0, "thinking", "hm"),
      delta(0, "signature", "s"),
      end(0),
    ],
    [{ type: "thinking", text: "hm", signature: "s" }],
  ],
  [
    "a call whose arguments come in pieces",
    [begin(0, call("", undefined)), delta(0, "arguments", '{"a":'), delta(0, "arguments", "1}"), end(0)],
    [call('{"a":1}', { a: 1 })],
  ],
  [
    "a call whose arguments are no JSON",
    [begin(0, call("", undefined)), delta(0, "arguments", '{"a":'), end(0)],
    [call('{"a":', undefined)],
  ],
  [
    "a call whose end never came",
    [begin(0, text("a")), end(0), begin(1, call("", undefined)), delta(1, "arguments", "{}"), stop],
    [text("a")],
  ],
  [
    "parts in the order of their numbers",
    [begin(1, text("b")), begin(0, text("a")), end(1), end(0)],
    [text("a"), text("b")],
  ],
  ["numbers with gaps", [begin(7, text("b")), begin(3, text("a")), end(3), end(7)], [text("a"), text("b")]],
  [
    "parts that overlap",
    [
      begin(0, text("")),
      begin(1, text("")),
      delta(0, "text", "a"),
      delta(1, "text", "b"),
      delta(0, "text", "c"),
      end(1),
      end(0),
    ],
    [text("ac"), text("b")],
  ],
  ["a part given at its end", [begin(0, text("a")), end(0, text("other"))], [text("other")]],
  ["a delta after the end", [begin(0, text("a")), end(0), delta(0, "text", "late")], [text("a")]],
];

for (const [what, events, expected] of parts) {
  test(`fold: ${what}`, () => {
    assert.deepEqual(fold(...events).message, { role: "assistant", parts: expected });
  });
}

test("fold: an end carries the whole part, and events given out do not change", () => {
  const fold = new Fold();
  const opened = fold.push(begin(0, text("a")));
  const kept = structuredClone(opened);
  fold.push(delta(0, "text", "b"));
  assert.deepEqual(fold.push(end(0)), { type: "part-end", index: 0, part: text("ab") });
  assert.deepEqual(opened, kept);
});

test("fold: the end of a part that never began is a mistake of the decoder", () => {
  assert.throws(() => fold(end(0)), TypeError);
});

test("fold: the last usage counts; none is unknown", () => {
  assert.equal(fold(stop).usage.source, "unknown");
  const last = usage({ output: 2 });
  assert.equal(
    fold({ type: "usage", usage: usage({ output: 1 }) }, { type: "usage", usage: last }).usage,
    last,
  );
});

test("fold: without a stop the reason is unknown", () => {
  const fold = new Fold();
  assert.equal(fold.stopped, false);
  assert.deepEqual(fold.result().stop, { reason: "unknown", raw: null });
  fold.push(stop);
  assert.equal(fold.stopped, true);
});

test("fold: vendor fields of start and stop are kept, and the later one wins", () => {
  const start: DecodedEvent = { type: "start", id: "i", model: "m", vendor: { a: 1, b: 1 } };
  const folded = fold(start, { type: "stop", reason: "end_turn", raw: "end_turn", vendor: { b: 2, c: 2 } });
  assert.deepEqual([folded.id, folded.model, folded.vendor], ["i", "m", { a: 1, b: 2, c: 2 }]);
});
