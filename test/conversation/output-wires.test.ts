/* Outputs over each wire, answered by hand: in text and by tool, streamed and whole, cut at every byte. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { ModelError, OutputError } from "../../src/llm/errors.ts";
import type { JsonObject } from "../../src/llm/json.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { answering } from "../support/answering.ts";
import { written } from "../support/written-answers.ts";

const protocols: readonly ProtocolId[] = ["anthropic-messages", "openai-chat", "openai-responses", "gemini"];
const schema: JsonObject = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer" } },
  required: ["city"],
  additionalProperties: false,
};
const pieces = ['{"city":"Kö', 'ln","peo', 'ple":1000000}'];
const value = { city: "Köln", people: 1_000_000 };

const number: JsonObject = { type: "integer" };

for (const protocol of protocols) {
  for (const as of ["text", "call"] as const) {
    for (const streaming of [true, false]) {
      const name = `${protocol}, ${as === "call" ? "by tool" : "native"}, ${streaming ? "streamed" : "whole"}`;
      const endpoint = {
        protocol,
        streaming,
        ...(as === "call" && { dialect: { structuredOutput: "tool" as const } }),
      };

      test(`${name}: a second try is a request that has all before it`, async () => {
        const bodies = [['{"city":1}'], pieces].map((said) =>
          written({ protocol, as, streaming, pieces: said }),
        );
        const { model, requests } = answering(bodies, endpoint);
        const conversation = createConversation({ model });
        const { output, text } = await conversation.send("Where?", { output: schema });
        assert.deepEqual(output, value);
        assert.equal(text, pieces.join(""));
        assert.deepEqual(
          [...conversation.history].map(({ parts }) => parts.map((part) => part.type)),
          [["text"], ["text"], ["text"], ["text"]],
        );
        const again = JSON.stringify(requests[1]);
        assert.ok(again.includes(String.raw`{\"city\":1}`), again);
        assert.match(again, /city: must be string/);
        assert.doesNotMatch(again, /tool_use|tool_result|tool_calls|"function_call|functionCall"/);
      });

      test(`${name}: cut at any byte, it is never a value`, async () => {
        let cut = 0;
        for (const [output, said, whole] of [
          [schema, pieces, value],
          [number, ['{"value":12', "345}"], 12_345],
        ] as const) {
          const bytes = new TextEncoder().encode(written({ protocol, as, streaming, pieces: said }));
          for (let at = 0; at < bytes.length; at++) {
            const { model } = answering([bytes.slice(0, at)], endpoint);
            const sent = createConversation({ model }).send("Where?", { output, outputRetries: 0 });
            const got = await sent.then(
              (response) => response.output,
              (error: unknown) => error,
            );
            if (got instanceof ModelError) cut++;
            // Behind its end mark, an answer is whole.
            else assert.deepEqual(got, whole, `cut after ${at} of ${bytes.length} bytes`);
          }
        }
        assert.ok(cut > 100, `${cut} were cut`);
      });

      test(`${name}: an answer that may not be longer has no value`, async () => {
        const body = written({ protocol, as, streaming, pieces: ['{"value":', "12}"], full: true });
        const { model } = answering([body], endpoint);
        const sent = createConversation({ model }).send("How many?", { output: number, outputRetries: 3 });
        await assert.rejects(sent, (error) => error instanceof OutputError && error.reason === "cut");
      });
    }
  }
}
