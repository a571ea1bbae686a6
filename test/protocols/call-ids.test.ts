import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ToolCallPart } from "../../src/llm/message.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { CallIds } from "../../src/protocols/call-ids.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import { openaiResponses } from "../../src/protocols/openai-responses/index.ts";
import type { Protocol } from "../../src/protocols/protocol.ts";
import { readAnswer } from "../conformance/in-memory.ts";

const own = (ids: readonly string[]): string[] => {
  const all = new CallIds();
  return ids.map((id) => all.own(id));
};

/** Ids that get in each other's way: short ones, and ones that look as if they had been made of others. */
const ids = fc.array(
  fc.oneof(
    fc.constantFrom("", "a", "b", "toString"),
    fc.string({ maxLength: 3 }),
    fc.tuple(fc.constantFrom("a", "a_2", "call_m"), fc.nat({ max: 20 })).map(([id, n]) => `${id}_${n}`),
  ),
  { maxLength: 40 },
);

test("call ids: those of one answer are distinct, and the first of each stays as sent", () => {
  fc.assert(
    fc.property(ids, (sent) => {
      const owned = own(sent);
      assert.equal(new Set(owned).size, sent.length);
      for (const [at, id] of sent.entries()) {
        if (!owned.slice(0, at).includes(id)) assert.equal(owned[at], id);
        else assert.ok(owned[at]?.startsWith(`${id}_`));
      }
    }),
  );
});

test("call ids: those that are distinct stay as sent", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (sent) => {
      assert.deepEqual(own(sent), sent);
    }),
  );
});

test("call ids: their count is that of the calls", () => {
  const all = new CallIds();
  assert.equal(all.count, 0);
  for (const [at, id] of ["a", "a", "b"].entries()) {
    assert.equal(all.count, at);
    all.own(id);
  }
});

const many = 20_000;

// Each attempt takes the next number, so that the last number tells how many there were.
test("call ids: one attempt for each of many equal ids", () => {
  assert.equal(own(Array.from({ length: many }, () => "i")).at(-1), `i_${many}`);
});

test("call ids: names that are in the way are tried once each", () => {
  const inTheWay = Array.from({ length: many }, (_, at) => `i_${at + 2}`);
  const equal = Array.from({ length: many }, () => "i");
  assert.equal(own([...inTheWay, ...equal]).at(-1), `i_${2 * many}`);
});

/** A whole answer of each protocol with calls of these ids. */
const answers: readonly (readonly [protocol: Protocol, answer: (ids: readonly string[]) => unknown])[] = [
  [
    anthropicMessages,
    (sent) => ({
      id: "m",
      model: "m",
      stop_reason: "tool_use",
      content: sent.map((id) => ({ type: "tool_use", id, name: "a", input: {} })),
    }),
  ],
  [
    openaiChat,
    (sent) => ({
      id: "m",
      choices: [
        {
          finish_reason: "tool_calls",
          message: {
            tool_calls: sent.map((id) => ({
              id,
              type: "function",
              function: { name: "a", arguments: "{}" },
            })),
          },
        },
      ],
    }),
  ],
  [
    openaiResponses,
    (sent) => ({
      id: "m",
      status: "completed",
      output: sent.map((call_id) => ({ type: "function_call", call_id, name: "a", arguments: "{}" })),
    }),
  ],
  [
    gemini,
    (sent) => ({
      responseId: "m",
      candidates: [
        {
          finishReason: "STOP",
          content: { parts: sent.map((id) => ({ functionCall: { id, name: "a", args: {} } })) },
        },
      ],
    }),
  ],
];

async function read(protocol: Protocol, body: unknown): Promise<string[]> {
  const { answer, error } = await readAnswer(protocol, { chunks: [Buffer.from(JSON.stringify(body))] });
  assert.equal(error, undefined);
  const isCall = (part: { type: string }): part is ToolCallPart => part.type === "tool-call";
  return answer?.message.parts.filter(isCall).map(({ id }) => id) ?? [];
}

for (const [protocol, answer] of answers) {
  test(`call ids: ${protocol.id} has the same ones for the same answer`, async () => {
    await fc.assert(
      fc.asyncProperty(ids, async (sent) => {
        // A call without an id gets one that is made by the protocol.
        const named = sent.filter((id) => id !== "");
        assert.deepEqual(await read(protocol, answer(named)), own(named));
      }),
      { numRuns: 50 },
    );
  });

  test(`call ids: ${protocol.id} makes those that are missing, unlike all others`, async () => {
    const made = await read(protocol, answer(["", "a", "", "a", ""]));
    const again = await read(protocol, answer([...made.slice(0, 3), "", "", ""]));
    assert.deepEqual([new Set(made).size, new Set(again).size], [5, 6]);
  });
}
