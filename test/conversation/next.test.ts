import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_PAUSES, next, type Move, type OpenCall, type TurnFacts } from "../../src/conversation/next.ts";
import type { StopReason } from "../../src/llm/response.ts";

const facts: TurnFacts = {
  cancelled: false,
  open: [],
  steered: false,
  steps: 1,
  maxSteps: 10,
  pauses: 0,
  looping: false,
  compaction: "none",
};
const call = (id: string, leave: OpenCall["leave"]): OpenCall => ({ id, leave });
const stop = (end: string): object => ({ do: "stop", end });
const ask = { do: "call-model" };

const rows: readonly (readonly [what: string, given: Partial<TurnFacts>, move: object])[] = [
  ["at the beginning the model is asked", { steps: 0 }, ask],
  ["after results it is asked again", {}, ask],
  ["an answer that ends is the end", { stopReason: "end_turn" }, stop("done")],
  ["a stop sequence ends like any other", { stopReason: "stop_sequence" }, stop("done")],
  ["tool use without a call of ours is the end", { stopReason: "tool_use" }, stop("done")],
  ["an answer that was too long", { stopReason: "max_tokens" }, stop("max-tokens")],
  ["a refusal", { stopReason: "refusal" }, stop("refused")],
  ["a filter", { stopReason: "content_filter" }, stop("refused")],
  ["no reason", { stopReason: "unknown" }, stop("unknown")],
  ["a pause goes on", { stopReason: "pause", pauses: 1 }, ask],
  ["a pause goes on, but not for ever", { stopReason: "pause", pauses: MAX_PAUSES + 1 }, stop("loop")],
  ["a pause is no way around the steps", { stopReason: "pause", steps: 10 }, stop("steps")],
  [
    "calls need leave first",
    { open: [call("a", "new"), call("b", "allowed")] },
    { do: "ask-leave", calls: ["a"] },
  ],
  ["all of it", { open: [call("a", "asked"), call("b", "denied")] }, { do: "await-leave", calls: ["a"] }],
  ["before any runs", { open: [call("a", "denied"), call("b", "allowed")] }, { do: "run-tools" }],
  [
    "calls of a long answer run, too",
    { stopReason: "max_tokens", open: [call("a", "allowed")] },
    { do: "run-tools" },
  ],
  ["a tool ends the turn", { ended: "tool" }, stop("tool")],
  ["a tool wants no reply", { ended: "no-reply" }, stop("no-reply")],
  ["what the user said goes first", { steered: true }, { do: "steer" }],
  ["also where the model was done", { steered: true, stopReason: "end_turn" }, { do: "steer" }],
  ["but not past a tool that ended the turn", { steered: true, ended: "tool" }, stop("tool")],
  ["so many steps and no more", { steps: 10 }, stop("steps")],
  ["calls of the last step still run", { steps: 10, open: [call("a", "allowed")] }, { do: "run-tools" }],
  ["going in circles", { looping: true }, stop("loop")],
  ["compacting before the next request", { compaction: "wanted" }, { do: "compact" }],
  [
    "but not while calls are open",
    { compaction: "wanted", open: [call("a", "allowed")] },
    { do: "run-tools" },
  ],
  ["the window is full", { failed: "context-overflow" }, { do: "compact" }],
  ["and stays so", { failed: "context-overflow", compaction: "spent" }, stop("context-overflow")],
  ["an answer that filled it", { stopReason: "context_overflow" }, { do: "compact" }],
  [
    "and compacting is spent",
    { stopReason: "context_overflow", compaction: "spent" },
    stop("context-overflow"),
  ],
  ["a failed request", { failed: "error" }, stop("failed")],
  ["a budget that is used up", { failed: "budget" }, stop("budget")],
  [
    "cancelled, whatever else",
    { cancelled: true, failed: "error", open: [call("a", "new")] },
    stop("cancelled"),
  ],
];

for (const [what, given, move] of rows) {
  test(`next: ${what}`, () => assert.deepEqual(next({ ...facts, ...given }), move));
}

const reasons: readonly (StopReason | undefined)[] = [
  undefined,
  "end_turn",
  "tool_use",
  "max_tokens",
  "stop_sequence",
  "refusal",
  "content_filter",
  "pause",
  "context_overflow",
  "unknown",
];

const anyFacts: fc.Arbitrary<TurnFacts> = fc.record({
  cancelled: fc.boolean(),
  failed: fc.constantFrom(undefined, "error" as const, "budget" as const, "context-overflow" as const),
  stopReason: fc.constantFrom(...reasons),
  open: fc.array(
    fc.record({ id: fc.string(), leave: fc.constantFrom("new", "asked", "allowed", "denied") }),
    { maxLength: 3 },
  ) as fc.Arbitrary<OpenCall[]>,
  ended: fc.constantFrom(undefined, "tool" as const, "no-reply" as const),
  steered: fc.boolean(),
  steps: fc.nat(12),
  maxSteps: fc.nat(10),
  pauses: fc.nat(20),
  looping: fc.boolean(),
  compaction: fc.constantFrom("none" as const, "wanted" as const, "spent" as const),
});

test("next: whatever the facts, no request is made past a limit, with open calls, or when cancelled", () => {
  fc.assert(
    fc.property(anyFacts, (given) => {
      const move: Move = next(given);
      if (given.cancelled) assert.deepEqual(move, stop("cancelled"));
      if (move.do === "call-model") {
        assert.ok(given.steps < given.maxSteps && !given.looping && given.failed === undefined);
        assert.equal(given.open.length, 0);
        assert.notEqual(given.compaction, "wanted");
      }
      if (move.do === "run-tools") {
        assert.ok(given.open.every(({ leave }) => leave === "allowed" || leave === "denied"));
      }
      if (move.do === "compact") assert.notEqual(given.compaction, "spent");
    }),
    { numRuns: 5000 },
  );
});
