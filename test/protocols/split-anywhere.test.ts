import assert from "node:assert/strict";
import { test } from "node:test";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { readAnswer, type Outcome } from "../conformance/in-memory.ts";
import { merge } from "./support/merge.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";
import { Positions } from "./support/positions.ts";
import { recordedAnswers } from "./support/recordings.ts";
import { sameAsPlain, streams } from "./support/streams.ts";

/** How long a text may be to be sent byte by byte as well. */
const BYTEWISE = 20_000;

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const skip = tracesFolder === undefined && "no traces here";

function read(chunks: Uint8Array[]): Promise<Outcome> {
  return readAnswer(anthropicMessages, { chunks });
}

/** As one text, which compares many times faster than the objects. */
function shown({ events, answer, error }: Outcome): string {
  return JSON.stringify([merge(events), answer ?? null, error ?? null]);
}

async function splitAt(bytes: Uint8Array, positions: readonly number[]): Promise<void> {
  const whole = await read([bytes]);
  const expected = shown(whole);
  const same = async (chunks: Uint8Array[], where: string): Promise<void> => {
    const outcome = await read(chunks);
    if (shown(outcome) === expected) return;
    assert.deepEqual(outcome.error ?? merge(outcome.events), whole.error ?? merge(whole.events), where);
    assert.fail(where);
  };
  for (const at of positions) await same([bytes.subarray(0, at), bytes.subarray(at)], `cut at byte ${at}`);
  if (bytes.length <= BYTEWISE)
    await same(
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
      "byte by byte",
    );
}

for (const [name, text] of Object.entries(streams)) {
  test(`split anywhere: ${name}`, async () => {
    const bytes = encode(text);
    await splitAt(bytes, [...bytes.keys(), bytes.length]);
  });
}

test("split anywhere: every way of framing says the same", async () => {
  const plain = await read([encode(streams["plain"] ?? "")]);
  assert.equal(plain.answer?.message.parts.length, 6);
  for (const name of sameAsPlain) {
    const other = await read([encode(streams[name] ?? "")]);
    assert.deepEqual(merge(other.events), merge(plain.events), name);
    assert.deepEqual(other.answer, plain.answer, name);
  }
});

test("split anywhere: recorded streams", { skip }, async () => {
  const positions = new Positions();
  for (const { name, bytes } of recordedAnswers("stream")) {
    await splitAt(bytes, positions.of(bytes.length)).catch((error: unknown) => {
      throw new Error(name, { cause: error });
    });
  }
  console.log(`split anywhere: ${positions.report()}`);
});
