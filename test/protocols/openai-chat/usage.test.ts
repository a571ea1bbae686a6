import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownUsage, usage, type Usage } from "../../../src/llm/usage.ts";
import { decodeUsage } from "../../../src/protocols/openai-chat/usage.ts";
import { answer, chunk, streamed, whole } from "./support.ts";
import type { Dialect } from "../../../src/protocols/dialect.ts";

const base = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };

const cases: Record<string, [object, Partial<Usage>, Dialect?]> = {
  plain: [base, { input: 1000, output: 100 }],
  "cached tokens are inside the input": [
    { ...base, prompt_tokens_details: { cached_tokens: 400 } },
    { input: 600, cacheRead: 400, output: 100 },
  ],
  "DeepSeek says it twice": [
    {
      ...base,
      prompt_tokens_details: { cached_tokens: 400 },
      prompt_cache_hit_tokens: 400,
      prompt_cache_miss_tokens: 600,
    },
    { input: 600, cacheRead: 400, output: 100 },
  ],
  "Together, at the top": [
    { ...base, cached_tokens: 400, reasoning_tokens: 30, prompt_tokens_details: null },
    { input: 600, cacheRead: 400, output: 100, reasoning: 30 },
  ],
  "Mistral's older name": [
    { ...base, num_cached_tokens: 400 },
    { input: 600, cacheRead: 400, output: 100 },
  ],
  "written to the cache": [
    { ...base, prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 400 } },
    { input: 500, cacheRead: 100, cacheWrite5m: 400, output: 100 },
  ],
  "more cached than there is": [
    { ...base, prompt_tokens_details: { cached_tokens: 1600, cache_write_tokens: 1600 } },
    { cacheRead: 1000, output: 100 },
  ],
  sound: [
    {
      ...base,
      prompt_tokens_details: { audio_tokens: 7 },
      completion_tokens_details: { audio_tokens: 60, image_tokens: 10 },
    },
    { input: 993, inputAudio: 7, output: 30, outputAudio: 60, outputImage: 10 },
  ],
  "reasoning inside the output": [
    { ...base, completion_tokens_details: { reasoning_tokens: 40 } },
    { input: 1000, output: 100, reasoning: 40 },
  ],
  "reasoning beside the output, as xAI's total tells": [
    { ...base, total_tokens: 1140, completion_tokens_details: { reasoning_tokens: 40 } },
    { input: 1000, output: 140, reasoning: 40 },
  ],
  "reasoning beside the output, in the total alone": [
    { ...base, total_tokens: 1140 },
    { input: 1000, output: 140 },
    { thinkingBesideOutput: true },
  ],
  "a total that is not the sum": [
    { ...base, total_tokens: 1105 },
    { input: 1000, output: 100 },
  ],
  "OpenRouter's cost": [
    { ...base, cost: 0.000106, is_byok: false },
    { input: 1000, output: 100, billed: 106_000_000n },
  ],
  "a model that costs nothing": [
    { ...base, cost: 0 },
    { input: 1000, output: 100, billed: 0n },
  ],
  "a key of the user's own": [
    { ...base, cost: 0.000001, is_byok: true, cost_details: { upstream_inference_cost: 0.0003253 } },
    { input: 1000, output: 100, billed: 326_300_000n },
  ],
  "a key of the user's own and nobody says its cost": [
    { ...base, cost: 0, is_byok: true, cost_details: { upstream_inference_cost: null } },
    { input: 1000, output: 100 },
  ],
  "Perplexity's cost": [
    { ...base, cost: { request_cost: 0.005, total_cost: 0.005024 } },
    { input: 1000, output: 100, billed: 5_024_000_000n },
  ],
  "xAI's ticks": [
    { ...base, cost_in_usd_ticks: 2_488_500 },
    { input: 1000, output: 100, billed: 248_850_000n },
  ],
  "zero ticks": [
    { ...base, cost_in_usd_ticks: 0 },
    { input: 1000, output: 100 },
  ],
  "web searches": [
    { ...base, server_tool_use_details: { web_search_requests: 3 } },
    { input: 1000, output: 100, webSearches: 3 },
  ],
  "no numbers": [
    { prompt_tokens: "9", completion_tokens: -1, total_tokens: 1.5, prompt_tokens_details: [], cost: "1" },
    {},
  ],
};

for (const [what, [wire, expected, dialect]] of Object.entries(cases)) {
  test(`openai-chat usage: ${what}`, () => {
    const read = decodeUsage(JSON.parse(JSON.stringify(wire)), dialect);
    assert.deepEqual(read, usage(expected));
  });
}

test("openai-chat usage: the last report counts, wherever it stands", () => {
  const report = (output: number): object => ({
    ...base,
    completion_tokens: output,
    total_tokens: 1000 + output,
  });
  const { folded, events } = streamed([
    chunk({ content: "a" }, null, { usage: report(1) }),
    chunk({ content: "a" }, null, { usage: null }),
    chunk({}, "stop", { x_groq: { usage: report(5) } }),
    { id: "c1", choices: [], usage: report(7) },
    "[DONE]",
  ]);
  assert.equal(folded.usage.output, 7);
  assert.equal(events.filter(({ type }) => type === "usage").length, 3);
});

test("openai-chat usage: no report is not zero", () => {
  assert.deepEqual(whole(answer({ content: "a" })).folded.usage, unknownUsage);
  assert.deepEqual(whole(answer({ content: "a" }, "stop", { usage: null })).folded.usage, unknownUsage);
});
