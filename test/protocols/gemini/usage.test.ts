import assert from "node:assert/strict";
import { test } from "node:test";
import { usage, type Usage } from "../../../src/llm/usage.ts";
import { chunk, stream, whole } from "./support.ts";

const table: Readonly<Record<string, { wire: object; expected: Partial<Usage> }>> = {
  "cached tokens are inside the prompt's, thoughts beside the answer's": {
    wire: {
      promptTokenCount: 100,
      cachedContentTokenCount: 40,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 7,
    },
    expected: { input: 60, cacheRead: 40, output: 17, reasoning: 7 },
  },
  "what the API's tools read is input": {
    wire: { promptTokenCount: 10, toolUsePromptTokenCount: 5, candidatesTokenCount: 1 },
    expected: { input: 15, output: 1 },
  },
  "sounds and images apart": {
    wire: {
      promptTokenCount: 100,
      cachedContentTokenCount: 30,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 20 },
        { modality: "AUDIO", tokenCount: 80 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 30 }],
      candidatesTokenCount: 20,
      candidatesTokensDetails: [
        { modality: 4, tokenCount: 12 },
        { modality: "IMAGE", tokenCount: 5 },
      ],
    },
    expected: { input: 20, cacheRead: 30, inputAudio: 50, output: 3, outputAudio: 12, outputImage: 5 },
  },
  "nothing said": { wire: { promptTokenCount: 3, totalTokenCount: 3 }, expected: { input: 3 } },
  "no sense": {
    wire: {
      promptTokenCount: 3,
      cachedContentTokenCount: 9,
      candidatesTokenCount: -1,
      thoughtsTokenCount: "7",
    },
    expected: { cacheRead: 3 },
  },
};

for (const [what, { wire, expected }] of Object.entries(table)) {
  test(`gemini usage: ${what}`, () => {
    const { folded } = whole({ ...chunk([{ text: "a" }], "STOP"), usageMetadata: wire });
    assert.deepEqual(folded.usage, usage(expected));
  });
}

test("gemini usage: the last report counts, and is never added", () => {
  const { folded } = stream(
    { ...chunk([{ text: "a" }]), usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1 } },
    { ...chunk([{ text: "b" }], "STOP"), usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2 } },
    { usageMetadata: { trafficType: "ON_DEMAND" } },
  );
  assert.deepEqual(folded.usage, usage({ input: 5, output: 2 }));
});

test("gemini usage: none reported is unknown, not zero", () => {
  const { events, folded } = whole({
    ...chunk([{ text: "a" }], "STOP"),
    usageMetadata: { trafficType: "ON_DEMAND" },
  });
  assert.equal(folded.usage.source, "unknown");
  assert.ok(events.every(({ type }) => type !== "usage"));
});
