import assert from "node:assert/strict";
import { test } from "node:test";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { readAnswer, type Outcome } from "../conformance/in-memory.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";
import { Positions } from "./support/positions.ts";
import { recordedAnswers } from "./support/recordings.ts";
import { streams, wholeAnswer } from "./support/streams.ts";

const skip = tracesFolder === undefined && "no traces here";

function read(bytes: Uint8Array): Promise<Outcome> {
  return readAnswer(anthropicMessages, { chunks: [bytes] });
}

/** The number of bytes from which on a stream is whole: the blank line after the data of its end mark. */
function wholeFrom(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString("latin1");
  const mark = /^data:[^\n\r]*"message_stop"/m.exec(text)?.index ?? text.lastIndexOf("message_stop");
  const blank = /(\r\n|\n|\r)(?:[^\n\r]+(?:\r\n|\n|\r))*(?:\r|\n)/g;
  blank.lastIndex = mark;
  const found = blank.exec(text);
  assert.ok(found, "the stream has no end mark");
  return found.index + found[0].length;
}

async function cutAt(bytes: Uint8Array, from: number, positions: readonly number[]): Promise<void> {
  const whole = await read(bytes);
  assert.ok(whole.answer, whole.error?.message);
  const expected = whole.events.map((event) => JSON.stringify(event));
  for (const at of positions) {
    const { events, answer, error } = await read(bytes.subarray(0, at));
    const where = `cut at byte ${at} of ${bytes.length}`;
    if (at >= from) {
      assert.deepEqual(answer, whole.answer, where);
      continue;
    }
    assert.equal(answer, undefined, `${where}: a cut answer was taken for a finished one`);
    assert.equal(error?.kind, "truncated", `${where}: ${error?.message}`);
    for (const [i, event] of events.entries()) assert.equal(JSON.stringify(event), expected[i], where);
    const ended = events
      .filter(({ type }) => type === "part-end")
      .map((event) => "part" in event && event.part);
    assert.deepEqual(error.partial?.parts ?? [], ended.length > 0 ? inOrder(events) : [], where);
  }
}

/** The parts that ended, by their number. */
function inOrder(events: Outcome["events"]): unknown[] {
  const ended = events.flatMap((event) => (event.type === "part-end" ? [event] : []));
  return ended.sort((a, b) => a.index - b.index).map(({ part }) => part);
}

for (const [name, text] of Object.entries(streams)) {
  test(`cut stream: ${name}`, async () => {
    const bytes = new TextEncoder().encode(text);
    await cutAt(bytes, wholeFrom(bytes), [...bytes.keys(), bytes.length]);
  });
}

test("cut stream: a body in JSON", async () => {
  const bytes = new TextEncoder().encode(`\n ${wholeAnswer}\n\n `);
  await cutAt(bytes, bytes.length - 3, [...bytes.keys(), bytes.length]);
});

test("cut stream: recorded streams", { skip }, async () => {
  const positions = new Positions();
  for (const { name, bytes } of recordedAnswers("stream")) {
    await cutAt(bytes, wholeFrom(bytes), positions.of(bytes.length)).catch((error: unknown) => {
      throw new Error(name, { cause: error });
    });
  }
  console.log(`cut streams: ${positions.report()}`);
});

test("cut stream: recorded bodies in JSON", { skip }, async () => {
  const positions = new Positions();
  for (const { name, bytes } of recordedAnswers("json")) {
    const from = bytes.length - (/\s*$/.exec(Buffer.from(bytes).toString("latin1"))?.[0].length ?? 0);
    await cutAt(bytes, from, positions.of(bytes.length)).catch((error: unknown) => {
      throw new Error(name, { cause: error });
    });
  }
  console.log(`cut JSON bodies: ${positions.report()}`);
});
