import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { readAnswer, type Outcome } from "../conformance/in-memory.ts";
import { mutations } from "./support/mutations.ts";
import { recordedAnswers } from "./support/recordings.ts";
import { sse, streams, wholeAnswer } from "./support/streams.ts";

/** `readAnswer` throws whatever is neither an answer nor a ModelError. */
async function read(...chunks: (string | Uint8Array)[]): Promise<Outcome> {
  const bytes = chunks.map((chunk) => (typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk));
  const outcome = await readAnswer(anthropicMessages, { chunks: bytes });
  assert.ok((outcome.answer === undefined) !== (outcome.error === undefined));
  // What a cut or broken call would do must not be found out by running it.
  for (const part of outcome.answer?.message.parts ?? []) {
    if (part.type === "tool-call") assert.ok(part.id !== undefined && part.name !== undefined);
  }
  return outcome;
}

afterEach(() => {
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

const short = 10_000;
const bodies = [
  ...Object.values(streams),
  wholeAnswer,
  ...[...recordedAnswers("stream"), ...recordedAnswers("json")]
    .filter(({ bytes }) => bytes.length < short)
    .map(({ bytes }) => new TextDecoder().decode(bytes)),
];
const body = fc.constantFrom(...bodies);

test("decoder: any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), async (chunks) => {
      await read(...chunks);
    }),
    { numRuns: 1000 },
  );
});

test("decoder: any text in the framing of a stream", async () => {
  const data = fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((text) => `data: ${text}\n\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(data), async (events) => void (await read(...events))),
    { numRuns: 500 },
  );
});

test("decoder: answers with anything changed", async () => {
  await fc.assert(
    fc.asyncProperty(body, mutations, async (text, mutate) => void (await read(mutate(text)))),
    { numRuns: 4000 },
  );
});

test("decoder: answers with bytes changed", async () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(body, flips, async (text, changes) => {
      const bytes = new TextEncoder().encode(text);
      for (const [at, mask] of changes) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ mask;
      await read(bytes);
    }),
    { numRuns: 2000 },
  );
});

test("decoder: whatever was changed, the borders of chunks do not show", async () => {
  const cuts = fc.array(fc.nat(), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(body, mutations, cuts, async (text, mutate, cuts) => {
      const bytes = new TextEncoder().encode(mutate(text));
      const borders = [0, ...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = borders.slice(1).map((to, i) => bytes.subarray(borders[i], to));
      assert.deepEqual(shown(await read(...chunks)), shown(await read(bytes)));
    }),
    { numRuns: 1500 },
  );
});

function shown({ events, answer, error }: Outcome): unknown {
  return { events, answer, error: error && [error.toJSON(), error.partial, error.usage] };
}

test("decoder: bytes that are no UTF-8 are malformed", async () => {
  const plain = new TextEncoder().encode(streams["plain"]);
  const wrong = [
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0x80],
    [0xe2, 0x28, 0xa1],
  ];
  const at = 100;
  for (const bytes of wrong) {
    const { error } = await read(plain.subarray(0, at), Uint8Array.from(bytes), plain.subarray(at));
    assert.equal(error?.kind, "malformed", String(bytes));
  }
});

const start = { type: "message_start", message: { id: "m", model: "m", content: [], usage: {} } };
const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
/** Where a value of any depth can stand. */
const deepEvents: Readonly<Record<string, string>> = {
  "a call's input": `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"a","name":"b","input":DEEP}}`,
  "an unknown block": `{"type":"content_block_start","index":0,"content_block":{"type":"news","value":DEEP}}`,
  "an unknown event": `{"type":"news","value":DEEP}`,
  "an error": `{"type":"error","error":DEEP}`,
  "an error's member": `{"type":"error","error":{"type":"api_error","detail":DEEP}}`,
  "a usage": `{"type":"message_delta","delta":{},"usage":{"input_tokens":DEEP}}`,
  "a second start": `{"type":"message_start","message":DEEPOBJECT}`,
  "the event itself": "DEEP",
};

for (const [where, event] of Object.entries(deepEvents)) {
  test(`decoder: 100,000 levels in ${where}`, async () => {
    const data = event.replace("DEEPOBJECT", `{"value":${deep}}`).replace("DEEP", deep);
    const stop = sse({ type: "content_block_stop", index: 0 });
    await read(sse(start), `data: ${data}\n\n`, stop, sse({ type: "message_stop" }));
    await read(`{"id":"m","model":"m","content":[{"type":"tool_use","id":"a","name":"b","input":${deep}}]}`);
    await read(deep);
  });
}

test("decoder: an index that would fill the memory is malformed", async () => {
  for (const index of [2 ** 32, 2 ** 31, 100_001, -1, 0.5, "0", null, [], { length: 1 }]) {
    const { error } = await read(
      sse(start),
      sse({ type: "content_block_start", index, content_block: { type: "text" } }),
    );
    assert.equal(error?.kind, "malformed", JSON.stringify(index));
  }
});
