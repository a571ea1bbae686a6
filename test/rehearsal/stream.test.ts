import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { ConfigurationError, ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import type { Request } from "../../src/llm/request.ts";
import { grammar } from "../../src/providers/rehearsal/grammar.ts";
import { rehearsal } from "../../src/testing/index.ts";
import { VirtualClock } from "../support/clock.ts";
import { assertWellFormed, instantClock, line, tools, watch } from "./support.ts";

test("`stream: 2000` says 2,000 deltas, and the request event comes first", async () => {
  const { events } = await watch(rehearsal({ clock: instantClock() }), line("stream: 2000"));
  assert.deepEqual(events[0], { type: "request", attempt: 1, model: "rehearsal/rehearsal" });
  assert.equal(events.filter((event) => event.type === "part-delta").length, 2000);
});

test("the same seed and request give the same events, another seed gives others", async () => {
  const lines = [
    "stream: 30",
    "parallel: a ;; b",
    "think: x",
    "fail: 2 truncated after 3",
    "tool smorgasbord",
  ];
  for (const said of lines) {
    const run = async (seed: number): Promise<unknown> =>
      watch(rehearsal({ seed, clock: instantClock() }), line(said, { tools: tools("shell") }));
    assert.deepEqual(await run(1), await run(1));
    assert.notDeepEqual(await run(1), await run(2));
  }
});

test("usage is counted in characters, by four", async () => {
  const request: Request = {
    system: [{ type: "text", text: "x".repeat(40) }],
    messages: [
      {
        role: "user",
        parts: [
          { type: "text", text: "y".repeat(20) },
          { type: "tool-result", callId: "a", content: [{ type: "text", text: "z".repeat(12) }] },
          { type: "image", source: { kind: "base64", mediaType: "image/png", data: "A".repeat(1000) } },
        ],
      },
      {
        role: "assistant",
        parts: [{ type: "tool-call", id: "a", name: "four", argumentsText: "{}  ", input: {} }],
      },
      { role: "user", parts: [{ type: "text", text: `echo: ${"w".repeat(18)}` }] },
    ],
    tools: [{ name: "abcd", description: "efgh", inputSchema: { a: 123456 } }],
  };
  const { usage } = await rehearsal().complete(request);
  assert.equal(usage.input, (40 + 20 + 12 + 8 + 24 + 8 + '{"a":123456}'.length) / 4);
  assert.equal(usage.output, 4);
  assert.equal((await rehearsal().complete(line("echo:"))).usage.output, 1);
  const thought = await rehearsal().complete(line(`think: ${"t".repeat(40)}`));
  assert.equal(thought.usage.reasoning, 10);
});

test("prices can be played with, and a bill too", async () => {
  const prices = { rates: { input: "1", output: "2" } };
  const paid = await rehearsal({ prices }).complete(line("usage: in=1000000 out=500000 ;; echo: a"));
  assert.ok(paid.cost.known);
  assert.equal(paid.cost.dollars, 2);
  const billed = await rehearsal().complete(line("usage: billed=0.25 ;; echo: a"));
  assert.ok(billed.cost.known);
  assert.equal(billed.cost.picodollars, 250_000_000_000n);
});

test("the largest answer cuts text, thinking and calls, and a cut call has no input", async () => {
  const ask = async (said: string, maxOutputTokens: number): Promise<readonly unknown[]> => {
    const { message, stopReason, usage } = await rehearsal().complete(line(said, { maxOutputTokens }));
    assert.ok(usage.output <= maxOutputTokens);
    const parts = message.parts.map((part) => {
      return part.type === "tool-call"
        ? [part.argumentsText, part.input]
        : "text" in part
          ? part.text
          : part.type;
    });
    return [stopReason, ...parts];
  };
  assert.deepEqual(await ask("echo: abcdefgh", 2), ["end_turn", "abcdefgh"]);
  assert.deepEqual(await ask("echo: abcdefghi", 2), ["max_tokens", "abcdefgh"]);
  assert.deepEqual(await ask("echo: abc\u{1f600}", 1), ["max_tokens", "abc"]);
  assert.deepEqual(await ask("think: abcdefghi", 2), ["max_tokens", "abcdefgh"]);
  assert.deepEqual(await ask("tool: name 12345", 2), ["max_tokens", ["1234", undefined]]);
  assert.deepEqual(await ask('tool: name {"a":1}', 1), ["max_tokens"]);
  assert.deepEqual(await ask("stop: pause ;; echo: abcdefghi", 2), ["max_tokens", "abcdefgh"]);
  const own = await rehearsal({ maxOutput: 2 }).complete(line("echo: abcdefghi", { maxOutputTokens: 99 }));
  assert.equal(own.text, "abcdefgh");
});

test("a stop sequence ends the answer before it", async () => {
  const ask = async (said: string, ...stopSequences: readonly string[]): Promise<readonly unknown[]> => {
    const response = await rehearsal().complete(line(said, { stopSequences }));
    return [response.text, response.stopReason, response.stopSequence, response.toolCalls.length];
  };
  assert.deepEqual(await ask("echo: a END b", "b", "END", ""), ["a ", "stop_sequence", "END", 0]);
  assert.deepEqual(await ask("bash: END", "END"), ["I run: ", "stop_sequence", "END", 0]);
  assert.deepEqual(await ask("echo: a", "END"), ["a", "end_turn", undefined, 0]);
});

test("what a real model refuses is refused: no room to answer, and a window that is too small", async () => {
  for (const maxOutputTokens of [0, -1, 1.5, NaN]) {
    const run = rehearsal().complete(line("echo: a", { maxOutputTokens }));
    await assert.rejects(run, (error) => error instanceof ModelError && error.kind === "invalid-request");
  }
  const long = line(`echo: ${"a".repeat(60)}`);
  await assert.rejects(
    rehearsal({ window: 10 }).complete(long),
    (error) => error instanceof ModelError && error.kind === "context-overflow" && !error.retryable,
  );
  for (const options of [{ pace: -1 }, { pace: NaN }, { window: 0 }, { maxOutput: 0 }]) {
    assert.throws(() => rehearsal(options), ConfigurationError);
  }
});

test("what an answer finished before it broke is in the error", async () => {
  const { error } = await watch(rehearsal(), line("fail: truncated after 3 ;; think: a b"));
  assert.ok(error instanceof ModelError);
  assert.deepEqual(error.partial?.parts, [{ type: "thinking", text: "a b" }]);
});

test("time is the clock's: pace between deltas, delay before, and the timing says so", async () => {
  const clock = instantClock();
  const response = await rehearsal({ clock, pace: 20 }).complete(line("delay: 3 ;; echo: a b c"));
  assert.deepEqual(clock.waits, [3000, 20, 20, 20]);
  assert.deepEqual(response.timing, { startedAt: 1_000_000, firstEventMs: 3000, totalMs: 3060 });
});

const reason = new Error("enough");

test("an abort before the start throws the reason and emits nothing", async () => {
  const events: StreamEvent[] = [];
  const signal = AbortSignal.abort(reason);
  const run = rehearsal().complete(line("echo: a"), { signal, onEvent: (event) => void events.push(event) });
  await assert.rejects(run, (error) => error === reason);
  assert.deepEqual(events, []);
});

test("an abort ends a delay, a pause between deltas and a long stream at once", async () => {
  for (const [said, pace, wait] of [
    ["delay: 60", 0, 60_000],
    ["echo: a b", 500, 500],
    ["stream: 5000", 0, 0],
    ["retry: 3 server ;; echo: a", 0, 0],
  ] as const) {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const events: StreamEvent[] = [];
    const options = { signal: controller.signal, onEvent: (event: StreamEvent) => void events.push(event) };
    const run = rehearsal({ clock, pace }).complete(line(said), options);
    const rejected = assert.rejects(run, (error) => error === reason);
    await clock.set(wait);
    controller.abort(reason);
    await rejected;
    assert.equal(clock.pending, 0);
    assert.ok(events.length < 300 && !events.some((event) => event.type === "response"), said);
  }
});

test("an abort from within an event's callback is heard at the next event", async () => {
  const controller = new AbortController();
  let deltas = 0;
  const onEvent = (event: StreamEvent): void => {
    if (event.type === "part-delta" && ++deltas === 10) controller.abort(reason);
  };
  const run = rehearsal().complete(line("stream: 100"), { signal: controller.signal, onEvent });
  await assert.rejects(run, (error) => error === reason);
  assert.equal(deltas, 10);
});

const heads = grammar.map(({ form }) => form.replace(/ [A-Z[].*/, ""));
const piece = fc.oneof(
  fc.constantFrom(...heads),
  fc.constantFrom(
    " ;; ",
    "\n",
    " ",
    "3 ",
    "1 rate-limit",
    "truncated after 2",
    "pause",
    "in=4",
    "{",
    "}",
    "[1]",
  ),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 4 }),
);
const anyLine = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));

test("any text gives a response or a typed error, in a stream that is well formed", async () => {
  const property = fc.asyncProperty(
    anyLine,
    fc.option(fc.integer({ min: 1, max: 40 })),
    async (text, max) => {
      const request = line(text, {
        tools: tools("shell", "edit"),
        ...(max !== null && { maxOutputTokens: max }),
      });
      const { events, error } = await watch(rehearsal({ clock: instantClock() }), request);
      assertWellFormed(events, error !== undefined);
      if (error !== undefined) assert.ok(error instanceof ModelError);
      const last = events.at(-1);
      if (last?.type !== "response") return;
      const { usage } = last.response;
      if (max !== null && usage.source === "reported" && !text.includes("usage:")) {
        assert.ok(usage.output <= max);
      }
    },
  );
  await fc.assert(property, { numRuns: 2000 });
});

test("long and nested lines cost no more than their length", async () => {
  const model = rehearsal({ clock: instantClock() });
  const times = 60_000;
  for (const said of [
    "stop: pause ;; ".repeat(times),
    "script: ".repeat(times),
    `script: ${"usage: in=1 ;; ".repeat(times)}`,
    "parallel: ".repeat(times),
    "delay: ".repeat(times),
    `parallel: ${"ls ;; ".repeat(2000)}`,
    `fail: server${" ".repeat(times)}x`,
    `echo: ${" ".repeat(times)}a${" ".repeat(times)}b`,
    "\u{1f600}".repeat(times),
  ]) {
    const { events, error } = await watch(model, line(said));
    assert.ok(error instanceof ModelError || events.at(-1)?.type === "response");
  }
});
