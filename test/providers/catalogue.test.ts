import assert from "node:assert/strict";
import { test } from "node:test";
import { isFree } from "../../src/llm/money.ts";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { openModel } from "../../src/providers/open-model.ts";
import type { Dialect } from "../../src/protocols/dialect.ts";

/** The names that users of the seed know, what they send, and what it was reckoned to cost. */
const seed = [
  ["claude-3-5-sonnet", "anthropic", "claude-3-5-sonnet-20241022", "3", "0.3", "15"],
  ["claude-3-5-haiku", "anthropic", "claude-3-5-haiku-20241022", "0.8", "0.08", "4"],
  ["claude-3-7-sonnet", "anthropic", "claude-3-7-sonnet-20250219", "3", "0.3", "15"],
  ["gpt4.1", "openai", "gpt-4.1-2025-04-14", "2", "0.50", "8"],
  ["gemini-flash-2.5", "gemini", "gemini-2.5-flash-preview-04-17", "0.15", "0.15", "0.60"],
  ["gemini-pro-2.5", "gemini", "gemini-2.5-pro-preview-03-25", "1.25", "1.25", "10"],
  ["together-deepseek-v3", "together", "deepseek-ai/DeepSeek-V3", "1.25", "1.25", "1.25"],
  [
    "together-llama4-maverick",
    "together",
    "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    "0.27",
    "0.27",
    "0.85",
  ],
  ["together-llama3-70b", "together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "0.88", "0.88", "0.88"],
  ["together-mistral-small", "together", "mistralai/Mistral-Small-24B-Instruct-2501", "0.80", "0.80", "0.80"],
  ["llama.cpp", "llama.cpp", "llama.cpp local model", "0", "0", "0"],
  [
    "fireworks-deepseek-v3",
    "fireworks",
    "accounts/fireworks/models/deepseek-v3-0324",
    "0.90",
    "0.90",
    "0.90",
  ],
] as const;

for (const [alias, provider, name, input, cacheRead, output] of seed) {
  test(`${alias} is what it was`, () => {
    const found = findModel(alias);
    assert.deepEqual([found.provider.id, found.record.name], [provider, name]);
    const rates = found.record.prices?.rates;
    assert.deepEqual([rates?.input, rates?.cacheRead, rates?.output], [input, cacheRead, output]);
  });
}

/** How models are asked: language, thinking, and where. */
const asked: readonly (readonly [string, protocol: string, thinking: string, baseUrl?: string])[] = [
  ["claude", "anthropic-messages", "adaptive", "https://api.anthropic.com"],
  ["claude-haiku-4-5", "anthropic-messages", "budget"],
  ["claude-sonnet-4-0", "anthropic-messages", "budget"],
  ["claude-3-7-sonnet", "anthropic-messages", "budget"],
  ["claude-3-5-haiku", "anthropic-messages", "none"],
  ["anthropic/claude-opus-9", "anthropic-messages", "adaptive"],
  ["gpt4.1", "openai-chat", "none", "https://api.openai.com/v1"],
  ["gpt-5-mini", "openai-chat", "adaptive"],
  ["gpt-5.6-sol", "openai-responses", "adaptive", "https://api.openai.com/v1"],
  ["openai/gpt-5-pro-2025-10-06", "openai-responses", "adaptive"],
  ["openai/gpt-5.9", "openai-responses", "adaptive"],
  ["openai/gpt-4o-2024-08-06", "openai-chat", "none"],
  ["gemini", "gemini", "adaptive", "https://generativelanguage.googleapis.com/v1beta"],
  ["gemini-pro-2.5", "gemini", "budget"],
  ["together-llama3-70b", "openai-chat", "none", "https://api.together.xyz/v1"],
  ["fireworks-deepseek-v3", "openai-chat", "none", "https://api.fireworks.ai/inference/v1"],
  ["llama.cpp", "openai-chat", "adaptive", "http://localhost:8080/v1"],
  ["ollama/qwen3", "openai-chat", "adaptive", "http://localhost:11434/v1"],
  ["openrouter/qwen/qwen3-coder", "openai-chat", "adaptive", "https://openrouter.ai/api/v1"],
  ["groq-llama3-8b", "openai-chat", "none", "https://api.groq.com/openai/v1"],
  ["deepseek", "openai-chat", "adaptive", "https://api.deepseek.com"],
  ["mistral-large-2512", "openai-chat", "none", "https://api.mistral.ai/v1"],
  ["cerebras-gpt-oss-120b", "openai-chat", "adaptive", "https://api.cerebras.ai/v1"],
  ["grok", "openai-chat", "adaptive", "https://api.x.ai/v1"],
  ["grok-code-fast-1", "openai-chat", "none"],
  ["grok-3-mini", "openai-chat", "adaptive"],
];

for (const [name, protocol, thinking, baseUrl] of asked) {
  test(`${name} is asked in ${protocol}, thinking: ${thinking}`, () => {
    const { record, provider } = findModel(name);
    assert.equal(provider.protocol, protocol);
    assert.equal(record.thinking, thinking);
    if (baseUrl !== undefined) assert.equal(provider.baseUrl, baseUrl);
    assert.equal(openModel(name, { apiKey: "k" }).info.protocol, protocol);
  });
}

const dialects: readonly (readonly [string, Dialect])[] = [
  ["gpt4.1", { maxTokens: "max_completion_tokens", strict: true }],
  ["mistral", { anyTool: "any", callIds: "nine", usageOnRequest: false }],
  [
    "deepseek",
    {
      thinkingBack: "reasoning_content",
      thinkingDemanded: true,
      effort: "thinking_type",
      structuredOutput: "json-object",
    },
  ],
  ["claude-3-7-sonnet", { structuredOutput: "tool" }],
  ["claude-3-5-haiku", { structuredOutput: "tool" }],
  ["claude-opus-4", { structuredOutput: "tool" }],
  ["claude-sonnet-4", { structuredOutput: "tool" }],
  ["claude-sonnet-4-5", {}],
  ["claude-sonnet-4-6", {}],
  ["groq-llama3-70b", { structuredOutput: "tool" }],
  ["grok", { thinkingBesideOutput: true, thinkingBack: "reasoning_content" }],
  ["cerebras-gpt-oss-120b", { endMark: "sometimes" }],
  [
    "openrouter/anthropic/claude-sonnet-4.6",
    { thinkingBack: "reasoning_details", cacheMarks: "cache_control" },
  ],
  ["openrouter/qwen/qwen3-coder", { thinkingBack: "reasoning_details" }],
  ["gemini", { resultMedia: "inside", markForeignCalls: true }],
  ["gemini-pro", { resultMedia: "inside", markForeignCalls: true, leastThinking: "low" }],
  ["gemini-2.5-pro", { resultMedia: "beside", markForeignCalls: false, leastThinking: "minimal" }],
  ["claude", {}],
  ["together-llama3-70b", {}],
];

for (const [name, dialect] of dialects) {
  test(`${name}: what is odd about it`, () => assert.deepEqual(findModel(name).provider.dialect, dialect));
}

test("a model asked in another of its provider's languages is asked where that is spoken", () => {
  const { models, providers } = catalogue;
  const record = { ...findModel("gemini-2.5-flash").record, protocol: "openai-chat" } as const;
  const { provider } = findModel("gemini-2.5-flash", { providers, models: [record, ...models.slice(0, 1)] });
  assert.equal(provider.protocol, "openai-chat");
  assert.equal(provider.baseUrl, "https://generativelanguage.googleapis.com/v1beta/openai");
  assert.equal(provider.auth, "bearer");
  assert.equal(provider.dialect?.resultMedia, "beside");
});

test("every provider says where it is, where a key is had and which variable holds it", () => {
  const ids = new Set<string>();
  for (const provider of catalogue.providers) {
    assert.ok(!ids.has(provider.id));
    ids.add(provider.id);
    assert.doesNotMatch(provider.id, /[\s/]/);
    assert.ok(URL.canParse(provider.baseUrl));
    assert.doesNotMatch(provider.baseUrl, /\/$/);
    assert.equal(provider.auth === "none", provider.local === true);
    assert.equal(provider.keyVariables.length === 0, provider.local === true);
    assert.equal(provider.keyUrl === undefined, provider.local === true);
  }
});

test("only what runs on the user's own machine is free", () => {
  for (const { name, provider, prices } of catalogue.models) {
    const free = prices !== undefined && isFree(prices);
    assert.equal(free, catalogue.providers.find(({ id }) => id === provider)?.local === true, name);
  }
});

test("a price that depends on the hour is not known", () => {
  assert.equal(findModel("deepseek").record.prices, undefined);
  assert.equal(findModel("deepseek").record.window, 1_000_000);
});
