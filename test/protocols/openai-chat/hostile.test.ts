import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { defaultCaps } from "../../../src/providers/exchange.ts";
import { readAnswer, type Outcome } from "../../conformance/in-memory.ts";
import { mutations } from "../support/mutations.ts";
import { answer, chunk, plain } from "./support.ts";
import type { Dialect } from "../../../src/protocols/dialect.ts";

function sse(event: unknown): string {
  return `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
}

const usage = {
  prompt_tokens: 5,
  completion_tokens: 7,
  total_tokens: 12,
  prompt_tokens_details: { cached_tokens: 2 },
};
const named = { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } };

const events = [
  chunk({ role: "assistant", content: "" }),
  chunk({ reasoning: "x", reasoning_details: [{ type: "reasoning.text", text: "x", index: 0 }] }),
  chunk({ reasoning_details: [{ type: "reasoning.text", signature: "s", index: 0 }] }),
  chunk({ content: "Hé" }),
  chunk({ content: " €" }),
  chunk({ content: ' "😀"\n' }),
  chunk({ content: [{ type: "text", text: "list" }], annotations: [{ url: "u" }] }),
  chunk({ tool_calls: [named] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
  chunk({
    tool_calls: [
      { index: 0, function: { arguments: "1}" } },
      { index: 1, function: { name: "g", arguments: "{}" } },
    ],
  }),
  chunk({}, "tool_calls"),
  { id: "c1", choices: [], usage },
  "[DONE]",
];
const stream = `: comment\n\n${events.map(sse).join("")}`;
const body = `\n\n${JSON.stringify(answer({ content: "a", tool_calls: [named] }, "tool_calls", { usage }))}`;

function read(text: string | Uint8Array, dialect: Dialect = {}): Promise<Outcome> {
  const chunks = [typeof text === "string" ? new TextEncoder().encode(text) : text];
  return readAnswer(openaiChat, { chunks }, defaultCaps, { ...plain, dialect });
}

test("openai-chat hostile: a stream cut at any byte is no answer", async () => {
  const bytes = new TextEncoder().encode(stream);
  const whole = await read(bytes);
  assert.ok(whole.answer, whole.error?.message);
  const expected = whole.events.map((event) => JSON.stringify(event));
  // The mark's blank line is what makes it an event.
  for (let at = 0; at < bytes.length - 1; at++) {
    const cut = await read(bytes.subarray(0, at));
    assert.equal(cut.answer, undefined, `cut at ${at}`);
    assert.equal(cut.error?.kind, "truncated", `cut at ${at}: ${cut.error?.message}`);
    for (const [i, event] of cut.events.entries()) assert.equal(JSON.stringify(event), expected[i]);
    assert.deepEqual(cut.error.partial?.parts.filter(({ type }) => type === "tool-call") ?? [], []);
  }
});

test("openai-chat hostile: where the end mark may be missing, an answer is one from its reason on", async () => {
  const bytes = new TextEncoder().encode(stream);
  const reason = new TextEncoder().encode(
    stream.slice(0, stream.indexOf('"finish_reason":"tool_calls"')),
  ).length;
  for (let at = 0; at < bytes.length; at++) {
    const { answer: finished, error } = await read(bytes.subarray(0, at), { endMark: "sometimes" });
    if (at < reason) assert.equal(error?.kind, "truncated");
    else if (finished !== undefined) assert.equal(finished.stop.reason, "tool_use");
  }
});

test("openai-chat hostile: a body cut at any byte is no answer", async () => {
  const bytes = new TextEncoder().encode(body);
  for (let at = 0; at < bytes.length; at++) {
    assert.equal((await read(bytes.subarray(0, at))).error?.kind, "truncated", `cut at ${at}`);
  }
});

test("openai-chat hostile: whatever comes, an answer or an error that is one of ours", async () => {
  const property = fc.asyncProperty(fc.constantFrom(stream, body), mutations, async (text, mutate) => {
    // readAnswer throws what is not a ModelError.
    const { answer: finished, error } = await read(mutate(text), { endMark: "sometimes" });
    assert.ok((finished === undefined) !== (error === undefined));
    if (finished !== undefined) JSON.stringify(finished.message);
  });
  await fc.assert(property, { numRuns: 3000 });
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
});

test("openai-chat hostile: 20,000 pieces of arguments and of reasoning details", async () => {
  const pieces = Array.from({ length: 20_000 }, (_, at) => [
    chunk({ tool_calls: [{ index: 0, function: { arguments: `${at},` } }] }),
    chunk({ reasoning: `${at}`, reasoning_details: [{ type: "reasoning.text", text: `${at}`, index: 0 }] }),
  ]).flat();
  const sent = [chunk({ tool_calls: [named] }), ...pieces, chunk({}, "tool_calls"), "[DONE]"];
  const { answer: finished } = await read(sent.map(sse).join(""));
  const [call, thinking] = finished?.message.parts ?? [];
  const numbers = Array.from({ length: 20_000 }, (_, at) => at);
  assert.ok(call?.type === "tool-call" && call.argumentsText === `${numbers.join(",")},`);
  assert.ok(thinking?.type === "thinking" && thinking.text === numbers.join(""));
  const details = [{ type: "reasoning.text", text: numbers.join(""), index: 0 }];
  assert.deepEqual(thinking.vendor?.fields["reasoning_details"], details);
});
