import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import fc from "fast-check";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { readAnswer, type Outcome } from "../../conformance/in-memory.ts";
import { mutations } from "../support/mutations.ts";
import { Positions } from "../support/positions.ts";
import { chunk } from "./support.ts";

const protocol = gemini;

/** An answer with all that we know of. */
const chunks = [
  chunk([{ text: "Let me ", thought: true }]),
  chunk([{ text: "see é€😀", thought: true, thoughtSignature: "s0" }]),
  chunk([{ text: "He" }], undefined, { groundingMetadata: {} }),
  chunk([{ text: 'llo "quoted" \\ \t' }]),
  chunk([{ functionCall: { name: "a", args: { x: [1, { y: "z" }] } }, thoughtSignature: "s1" }]),
  chunk([{ functionCall: { id: "i", name: "b" } }, { executableCode: { code: "1" } }]),
  chunk([{ functionCall: { name: "c", willContinue: true } }]),
  chunk([
    {
      functionCall: {
        partialArgs: [{ jsonPath: "$.x[0].y", stringValue: "b", willContinue: true }],
        willContinue: true,
      },
    },
  ]),
  chunk([{ functionCall: { partialArgs: [{ jsonPath: "$.x[0].y", stringValue: "c" }] } }]),
  { ...chunk([{ text: "Done." }]), usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 } },
  {
    ...chunk([{ text: "", thoughtSignature: "s2" }], "STOP", {
      groundingMetadata: {
        groundingChunks: [{ web: { uri: "u" } }],
        groundingSupports: [{ groundingChunkIndices: [0] }],
      },
    }),
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9, trafficType: "ON_DEMAND" },
  },
];
const events = chunks.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join("");
const list = JSON.stringify(chunks);

async function read(...texts: (string | Uint8Array)[]): Promise<Outcome> {
  const bytes = texts.map((text) => (typeof text === "string" ? new TextEncoder().encode(text) : text));
  const outcome = await readAnswer(protocol, { chunks: bytes });
  assert.ok((outcome.answer === undefined) !== (outcome.error === undefined));
  return outcome;
}

afterEach(() => {
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("gemini hostile: a stream cut anywhere is truncated, and what came is kept", async () => {
  const bytes = new TextEncoder().encode(events);
  const whole = await read(bytes);
  const expected = whole.events.map((event) => JSON.stringify(event));
  // The line feed that may follow the blank line's CR does not count.
  const wholeFrom = bytes.length - 1;
  for (const at of new Positions().of(bytes.length)) {
    const { answer, error, events } = await read(bytes.subarray(0, at));
    if (at >= wholeFrom) assert.deepEqual(answer, whole.answer);
    else {
      assert.equal(error?.kind, "truncated", `cut at ${at}`);
      for (const [i, event] of events.entries()) assert.equal(JSON.stringify(event), expected[i]);
      const ended = events.flatMap((event) => (event.type === "part-end" ? [event.part] : []));
      assert.deepEqual(error.partial?.parts ?? [], ended);
    }
  }
});

test("gemini hostile: a list cut anywhere is truncated", async () => {
  const bytes = new TextEncoder().encode(list);
  for (let at = 0; at < bytes.length; at += 7) {
    const { error } = await read(bytes.subarray(0, at));
    assert.equal(error?.kind, "truncated", `cut at ${at}`);
  }
});

test("gemini hostile: however it is framed, it says the same", async () => {
  const [one, two] = [await read(events), await read(list)];
  assert.deepEqual(one.answer, two.answer);
  assert.deepEqual(one.events, two.events);
});

test("gemini hostile: any change of it is read or refused", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(events, list),
      mutations,
      async (text, mutate) => void (await read(mutate(text))),
    ),
    { numRuns: 4000 },
  );
});

test("gemini hostile: any JSON is read or refused", async () => {
  const data = fc.oneof(fc.json(), fc.string({ unit: "binary" })).map((text) => `data: ${text}\n\n`);
  await fc.assert(
    fc.asyncProperty(fc.array(data), async (texts) => void (await read(...texts))),
    { numRuns: 500 },
  );
});

const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

for (const where of [
  '"args":DEEP',
  '"name":"a","args":{"x":DEEP}',
  '"partialArgs":[{"jsonPath":"$DEEP","stringValue":""}]',
]) {
  test(`gemini hostile: 100,000 levels in ${where}`, async () => {
    const path = "[0]".repeat(100_000);
    const call = where.replace("$DEEP", `$${path}`).replace("DEEP", deep);
    const text = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"a",${call}}}]},"finishReason":"STOP"}]}`;
    await read(text);
    await read(`data: ${text}\n\n`);
  });
}

test("gemini hostile: errors of any shape", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 400, max: 599 }),
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((value) => `{"error":${value}}`),
      ),
      (status, body) => {
        const error = gemini.decodeError(status, {}, body);
        assert.equal(error.status, status);
        assert.equal(error.body, body.slice(0, 2048));
      },
    ),
  );
});
