import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { defaultCaps, type Caps } from "../../src/providers/exchange.ts";
import { readAnswer, type Outcome } from "../conformance/in-memory.ts";
import { sse } from "./support/streams.ts";

const MEBI = 1024 * 1024;

function* chunksOf(text: string, size: number): Iterable<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function timed(what: string, text: string, size: number, caps: Caps = defaultCaps): Promise<Outcome> {
  const chunks = [...chunksOf(text, size)];
  const began = performance.now();
  const outcome = await readAnswer(anthropicMessages, { chunks }, caps);
  console.log(`decoder: ${what} in ${Math.round(performance.now() - began)} ms`);
  return outcome;
}

const start = sse({ type: "message_start", message: { id: "m", model: "m", content: [] } });
const stop = sse({ type: "content_block_stop", index: 0 }) + sse({ type: "message_stop" });

function answer(block: Record<string, unknown>, ...deltas: Record<string, unknown>[]): string {
  const begin = sse({ type: "content_block_start", index: 0, content_block: block });
  const events = deltas.map((delta) => sse({ type: "content_block_delta", index: 0, delta }));
  return start + begin + events.join("") + stop;
}

test("decoder: an event of 16 MB in chunks of 4 KB", async () => {
  const text = "x".repeat(16 * MEBI);
  const sent = answer({ type: "text", text: "" }, { type: "text_delta", text });
  const { answer: read, error } = await timed("an event of 16 MB", sent, 4096);
  assert.equal(error, undefined);
  const part = read?.message.parts[0];
  assert.ok(part?.type === "text" && part.text === text);
});

test("decoder: 20,000 deltas of a tool's arguments", async () => {
  const json = JSON.stringify({ text: "word ".repeat(20_000) });
  const deltas = Array.from({ length: 20_000 }, (_, at) => ({
    type: "input_json_delta",
    partial_json: json.slice(at * 6, (at + 1) * 6),
  }));
  const sent = answer({ type: "tool_use", id: "a", name: "b", input: {} }, ...deltas);
  const { answer: read } = await timed("20,000 argument deltas", sent, 1000);
  const part = read?.message.parts[0];
  assert.ok(part?.type === "tool-call" && part.argumentsText === json);
});

const caps: Caps = { event: 10_000, response: 50_000 };

for (const size of [1, 4096, MEBI]) {
  test(`decoder: caps, in chunks of ${size} bytes`, async () => {
    const read = async (sent: string): Promise<Outcome> =>
      readAnswer(anthropicMessages, { chunks: chunksOf(sent, size) }, caps);
    const of = (length: number): string =>
      answer({ type: "text", text: "" }, { type: "text_delta", text: "x".repeat(length) });
    assert.equal((await read(of(9800))).error, undefined, "just below the cap");
    assert.equal((await read(of(10_001))).error?.kind, "too-large", "one event above the cap");
    const lines = "data: 1234567\n".repeat(2000);
    assert.equal((await read(start + lines)).error?.kind, "too-large", "an event of many lines");
    const comments = `${":".repeat(900)}\n`.repeat(20);
    assert.equal((await read(start + comments + stop)).error?.kind, "malformed", "comments are no event");
    const many = answer(
      { type: "text", text: "" },
      ...Array.from({ length: 600 }, () => ({ type: "text_delta", text: "x" })),
    );
    assert.equal((await read(many)).error?.kind, "too-large", "the whole answer above its cap");
  });
}

test("decoder: a line without an end is stopped at the cap", async () => {
  const endless = "x".repeat(20_000);
  const { error } = await readAnswer(anthropicMessages, { chunks: chunksOf(`data: ${endless}`, 100) }, caps);
  assert.equal(error?.kind, "too-large");
});

test("decoder: where chunks end does not move the cap", async () => {
  const sent = answer({ type: "text", text: "" }, { type: "text_delta", text: "x".repeat(10_000) });
  const exact = Math.max(...sent.split("\n").map((line) => line.length)) - "data: ".length;
  for (const size of [1, 7, 4096, MEBI]) {
    for (const [event, kind] of [
      [exact, undefined],
      [exact - 1, "too-large"],
    ] as const) {
      const { error } = await readAnswer(
        anthropicMessages,
        { chunks: chunksOf(sent, size) },
        { ...defaultCaps, event },
      );
      assert.equal(error?.kind, kind, `chunks of ${size}`);
    }
  }
});
