import assert from "node:assert/strict";
import { test } from "node:test";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { readAnswer, type Outcome } from "../conformance/in-memory.ts";
import { sse, streams, wholeAnswer } from "./support/streams.ts";

function read(body: string): Promise<Outcome> {
  return readAnswer(anthropicMessages, { chunks: [new TextEncoder().encode(body)] });
}

const plain = streams["plain"] ?? "";
const again = (index: number): string =>
  sse({ type: "content_block_start", index, content_block: { type: "text", text: "again" } }) +
  sse({ type: "content_block_stop", index });

function beforeEnd(events: string): string {
  return plain.replace("event: message_delta", () => `${events}event: message_delta`);
}

test("anthropic decode: nothing counts after the end mark", async () => {
  const once = await read(plain);
  const more = await read(plain + again(9) + sse({ type: "message_stop" }) + "data: no JSON\n\n");
  assert.deepEqual(more, once);
  assert.equal(more.events.filter(({ type }) => type === "stop").length, 1);
});

test("anthropic decode: a block may not take the place of another", async () => {
  const { error } = await read(beforeEnd(again(0)));
  assert.equal(error?.kind, "malformed");
  assert.equal(error?.partial?.parts[0]?.type, "thinking");
  assert.equal((await read(beforeEnd(again(9)))).answer?.message.parts.length, 7);
});

test("anthropic decode: an id that is used again is made another", async () => {
  const content = ["i", "i", "i_2", "i"].map((id) => ({ type: "tool_use", id, name: "a", input: {} }));
  const { answer } = await read(JSON.stringify({ ...(JSON.parse(wholeAnswer) as object), content }));
  const ids = answer?.message.parts.map((part) => part.type === "tool-call" && part.id);
  assert.deepEqual(ids, ["i", "i_2", "i_2_3", "i_4"]);
});

const wrong: readonly [what: string, body: string][] = [
  [
    "a delta of a block that never began",
    beforeEnd(sse({ type: "content_block_delta", index: 9, delta: { type: "x" } })),
  ],
  ["the end of a block that never began", beforeEnd(sse({ type: "content_block_stop", index: 9 }))],
  [
    "an end in the middle of a block",
    beforeEnd(again(9).slice(0, again(9).indexOf("event: content_block_stop"))),
  ],
  ["a second start", beforeEnd(plain.slice(0, plain.indexOf("event: ping")))],
  ["an end before the start", sse({ type: "message_stop" })],
  ["an event that is no JSON", beforeEnd("data: {\n\n")],
  ["an event that is no object", beforeEnd("data: []\n\n")],
  ["an answer that is a list", "[]"],
  ["an answer that is no message", '{"id":"a"}'],
  ["a page", "<!doctype html><p>Sign in</p>"],
];

for (const [what, body] of wrong) {
  test(`anthropic decode: ${what} is malformed`, async () => {
    assert.equal((await read(body)).error?.kind, "malformed");
  });
}

for (const [what, body] of [
  ["nothing", ""],
  ["blank lines", "\n\n"],
  ["pings", sse({ type: "ping" })],
] as const) {
  test(`anthropic decode: an answer of ${what} is cut`, async () => {
    assert.equal((await read(body)).error?.kind, "truncated");
  });
}

for (const usage of [undefined, null, {}, { input_tokens: null }, 7]) {
  test(`anthropic decode: a usage of ${JSON.stringify(usage)} is unknown, not zero`, async () => {
    const { answer } = await read(JSON.stringify({ ...(JSON.parse(wholeAnswer) as object), usage }));
    assert.equal(answer?.usage.source, "unknown");
  });
}

test("anthropic decode: a later usage replaces what it says and keeps the rest", async () => {
  const { answer } = await read(plain);
  assert.deepEqual([answer?.usage.input, answer?.usage.cacheRead, answer?.usage.output], [10, 3, 42]);
});

test("anthropic decode: what was cached for an hour is told apart from what was for five minutes", async () => {
  const usage = {
    input_tokens: 1,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 70 },
    output_tokens: 2,
  };
  const { answer } = await read(JSON.stringify({ ...(JSON.parse(wholeAnswer) as object), usage }));
  assert.deepEqual([answer?.usage.cacheWrite5m, answer?.usage.cacheWrite1h], [30, 70]);
});

test("anthropic decode: a stop reason nobody knows is kept", async () => {
  const { answer } = await read(streams["unheard of"] ?? "");
  assert.deepEqual(answer?.stop.raw, "some_new_reason");
  assert.equal(answer?.stop.reason, "unknown");
  assert.deepEqual(answer?.vendor, { events: [{ type: "news", index: 0, é: "€" }] });
});
