import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import { deltaTexts, partTexts } from "../../conformance/facts.ts";
import { readAnswer } from "../../conformance/in-memory.ts";
import { readTrace, traceFiles } from "../../conformance/read-trace.ts";
import { tracesFolder } from "../../conformance/traces-folder.ts";
import { mutations } from "../support/mutations.ts";

/** A stream written by hand, for machines without recordings. */
const stream = [
  { type: "response.created", response: { id: "resp_1", model: "m", output: [] } },
  {
    type: "response.output_item.added",
    output_index: 0,
    item: { type: "reasoning", id: "rs_1", summary: [] },
  },
  { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "Hm" },
  { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 1, delta: "So" },
  {
    type: "response.output_item.added",
    output_index: 1,
    item: { type: "message", id: "msg_1", role: "assistant", content: [] },
  },
  { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "é€😀" },
  {
    type: "response.output_item.added",
    output_index: 2,
    item: { type: "function_call", call_id: "c", name: "f", arguments: "" },
  },
  { type: "response.function_call_arguments.delta", output_index: 2, delta: '{"a":' },
  { type: "response.function_call_arguments.done", output_index: 2, arguments: '{"a":1}' },
  {
    type: "response.completed",
    response: {
      id: "resp_1",
      model: "m",
      status: "completed",
      output: [
        {
          type: "reasoning",
          id: "rs_1",
          summary: [
            { type: "summary_text", text: "Hm" },
            { type: "summary_text", text: "So" },
          ],
        },
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          content: [{ type: "output_text", text: "é€😀", annotations: [] }],
        },
        { type: "function_call", call_id: "c", name: "f", arguments: '{"a":1}', status: "completed" },
      ],
      usage: { input_tokens: 1, output_tokens: 2 },
    },
  },
];
const written = stream.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

function recorded(): string[] {
  const folder = tracesFolder;
  if (folder === undefined) return [];
  const bodies = traceFiles(`${folder}/openai-responses`).flatMap((file) => {
    const trace = readTrace(file, folder);
    return "reason" in trace
      ? []
      : trace.exchanges.filter(({ status }) => status === 200).map(({ body }) => body);
  });
  return bodies.filter((body) => body.length < 20_000);
}

const bodies = [written, JSON.stringify(stream.at(-1)?.response), ...recorded()];

test("openai-responses: whatever is changed in an answer, it is an answer or a ModelError, and deltas add up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bodies), mutations, async (body, mutate) => {
      const bytes = new TextEncoder().encode(mutate(body));
      // Anything but a ModelError is thrown on.
      const { answer, events } = await readAnswer(openaiResponses, { chunks: [bytes] });
      if (answer !== undefined) assert.deepEqual(deltaTexts(events), partTexts(answer.message.parts));
    }),
    { numRuns: 4000 },
  );
});

test("openai-responses: a stream written by hand, cut at any byte, is truncated", async () => {
  const bytes = new TextEncoder().encode(written);
  for (let at = 0; at < bytes.length; at++) {
    const { answer, error } = await readAnswer(openaiResponses, { chunks: [bytes.subarray(0, at)] });
    assert.equal(answer, undefined);
    assert.equal(error?.kind, "truncated");
  }
  assert.ok((await readAnswer(openaiResponses, { chunks: [bytes] })).answer);
});
