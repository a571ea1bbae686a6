import type { Listing } from "./listing.ts";

// Written by `node scripts/refresh-prices.mjs --write` from @pydantic/genai-prices 0.1.8. Change nothing here.

/** The day the list was written. */
export const listDate = "2026-11-21";

/** Where it has its prices from. */
export const listSource = "@pydantic/genai-prices 0.1.8";

/** The pages that the prices of each provider stand on. */
export const pricePages: ReadonlyMap<string, string> = new Map([
  ["anthropic", "https://www.anthropic.com/pricing#api"],
  ["openai", "https://developers.openai.com/api/docs/pricing"],
  ["gemini", "https://ai.google.dev/gemini-api/docs/pricing"],
  ["deepseek", "https://api-docs.deepseek.com/quick_start/pricing"],
  ["mistral", "https://mistral.ai/pricing/api"],
  ["xai", "https://docs.x.ai/docs/models"],
  ["together", "https://www.together.ai/pricing"],
  ["fireworks", "https://fireworks.ai/pricing"],
  ["groq", "https://console.groq.com/docs/models"],
  ["cerebras", "https://www.cerebras.ai/pricing#pricing"],
  ["openrouter", "https://openrouter.ai/models"],
]);

/** Windows in tokens, prices in dollars per million tokens, by provider and name. */
export const priceList: ReadonlyMap<string, Listing> = new Map<string, Listing>([
  [
    "anthropic/claude-sonnet-4-6",
    {
      window: 1000000,
      rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-5-5",
    {
      window: 1000000,
      rates: { input: "4", cacheRead: "0.2", cacheWrite5m: "5", cacheWrite1h: "8", output: "20" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-5",
    {
      window: 1000000,
      rates: { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-sonnet-5",
    {
      window: 1000000,
      rates: { input: "2", cacheRead: "0.2", cacheWrite5m: "2.5", cacheWrite1h: "4", output: "10" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-fable-5-1",
    {
      window: 1000000,
      rates: { input: "10", cacheRead: "0.25", cacheWrite5m: "12.5", cacheWrite1h: "20", output: "50" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-fable-5",
    {
      window: 1000000,
      rates: { input: "10", cacheRead: "1", cacheWrite5m: "12.5", cacheWrite1h: "20", output: "50" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-8",
    {
      window: 1000000,
      rates: { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-7",
    {
      window: 1000000,
      rates: { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-6",
    {
      window: 1000000,
      rates: { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-5-20251101",
    {
      window: 200000,
      rates: { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-haiku-4-5-20251001",
    {
      window: 200000,
      rates: { input: "1", cacheRead: "0.1", cacheWrite5m: "1.25", cacheWrite1h: "2", output: "5" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-sonnet-4-5-20250929",
    {
      window: 200000,
      rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
      tiers: [
        {
          above: 200000,
          rates: { input: "6", cacheRead: "0.6", cacheWrite5m: "7.5", cacheWrite1h: "12", output: "22.5" },
        },
      ],
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-1-20250805",
    {
      window: 200000,
      rates: { input: "15", cacheRead: "1.5", cacheWrite5m: "18.75", cacheWrite1h: "30", output: "75" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-opus-4-20250514",
    {
      window: 200000,
      rates: { input: "15", cacheRead: "1.5", cacheWrite5m: "18.75", cacheWrite1h: "30", output: "75" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-sonnet-4-20250514",
    {
      window: 200000,
      rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-3-7-sonnet-20250219",
    {
      window: 200000,
      rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-3-5-sonnet-20241022",
    {
      window: 200000,
      rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-3-5-haiku-20241022",
    {
      window: 200000,
      rates: { input: "0.8", cacheRead: "0.08", cacheWrite5m: "1", cacheWrite1h: "1.6", output: "4" },
      webSearch: "0.01",
    },
  ],
  [
    "anthropic/claude-3-opus-20240229",
    {
      window: 200000,
      rates: { input: "15", cacheRead: "1.5", cacheWrite5m: "18.75", cacheWrite1h: "30", output: "75" },
    },
  ],
  [
    "anthropic/claude-3-haiku-20240307",
    {
      window: 200000,
      rates: { input: "0.25", cacheRead: "0.03", cacheWrite5m: "0.3", cacheWrite1h: "0.5", output: "1.25" },
    },
  ],
  [
    "openai/gpt-5.6-sol",
    {
      window: 1050000,
      rates: { input: "4", cacheRead: "0.4", cacheWrite5m: "5", output: "20" },
      tiers: [{ above: 271999, rates: { input: "8", cacheRead: "0.8", cacheWrite5m: "10", output: "30" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-5.6-terra",
    {
      window: 1050000,
      rates: { input: "2", cacheRead: "0.2", cacheWrite5m: "2.5", output: "12" },
      tiers: [{ above: 271999, rates: { input: "4", cacheRead: "0.4", cacheWrite5m: "5", output: "18" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-5.6-luna",
    {
      window: 1050000,
      rates: { input: "0.2", cacheRead: "0.02", cacheWrite5m: "0.25", output: "1.2" },
      tiers: [
        { above: 271999, rates: { input: "0.4", cacheRead: "0.04", cacheWrite5m: "0.5", output: "1.8" } },
      ],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-6-astra",
    {
      window: 1050000,
      rates: { input: "10", cacheRead: "1", cacheWrite5m: "12.5", output: "50" },
      tiers: [{ above: 271999, rates: { input: "20", cacheRead: "2", cacheWrite5m: "25", output: "75" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-6-sol",
    {
      window: 1050000,
      rates: { input: "2", cacheRead: "0.2", cacheWrite5m: "2.5", output: "10" },
      tiers: [{ above: 272000, rates: { input: "4", cacheRead: "0.4", cacheWrite5m: "5", output: "15" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-6-luna",
    {
      window: 1050000,
      rates: { input: "0.1", cacheRead: "0.01", cacheWrite5m: "0.125", output: "0.5" },
      tiers: [
        { above: 272000, rates: { input: "0.2", cacheRead: "0.02", cacheWrite5m: "0.25", output: "0.75" } },
      ],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-5.5",
    {
      window: 1000000,
      rates: { input: "5", cacheRead: "0.5", output: "30" },
      tiers: [{ above: 271999, rates: { input: "10", cacheRead: "1", output: "45" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-5.4",
    {
      window: 1050000,
      rates: { input: "2.5", cacheRead: "0.25", output: "15" },
      tiers: [{ above: 271999, rates: { input: "5", cacheRead: "0.5", output: "22.5" } }],
      webSearch: "0.01",
    },
  ],
  [
    "openai/gpt-5.4-mini",
    { window: 400000, rates: { input: "0.75", cacheRead: "0.075", output: "4.5" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-5.4-nano",
    { window: 400000, rates: { input: "0.2", cacheRead: "0.02", output: "1.25" }, webSearch: "0.01" },
  ],
  ["openai/gpt-5.3-codex", { window: 400000, rates: { input: "1.75", cacheRead: "0.175", output: "14" } }],
  [
    "openai/gpt-5.2",
    { window: 400000, rates: { input: "1.75", cacheRead: "0.175", output: "14" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-5.1",
    { window: 400000, rates: { input: "1.25", cacheRead: "0.125", output: "10" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-5",
    { window: 400000, rates: { input: "1.25", cacheRead: "0.125", output: "10" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-5-mini",
    { window: 400000, rates: { input: "0.25", cacheRead: "0.025", output: "2" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-5-nano",
    { window: 400000, rates: { input: "0.05", cacheRead: "0.005", output: "0.4" }, webSearch: "0.01" },
  ],
  ["openai/o3", { window: 200000, rates: { input: "2", cacheRead: "0.5", output: "8" }, webSearch: "0.01" }],
  [
    "openai/o4-mini",
    { window: 200000, rates: { input: "1.1", cacheRead: "0.275", output: "4.4" }, webSearch: "0.01" },
  ],
  ["openai/o3-mini", { window: 200000, rates: { input: "1.1", cacheRead: "0.55", output: "4.4" } }],
  [
    "openai/gpt-4.1",
    { window: 1000000, rates: { input: "2", cacheRead: "0.5", output: "8" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-4.1-mini",
    { window: 1000000, rates: { input: "0.4", cacheRead: "0.1", output: "1.6" }, webSearch: "0.01" },
  ],
  ["openai/gpt-4.1-nano", { window: 1000000, rates: { input: "0.1", cacheRead: "0.025", output: "0.4" } }],
  [
    "openai/gpt-4o",
    { window: 128000, rates: { input: "2.5", cacheRead: "1.25", output: "10" }, webSearch: "0.01" },
  ],
  [
    "openai/gpt-4o-mini",
    { window: 128000, rates: { input: "0.15", cacheRead: "0.075", output: "0.6" }, webSearch: "0.01" },
  ],
  [
    "gemini/gemini-3.5-flash",
    { window: 1000000, rates: { input: "1.5", cacheRead: "0.15", output: "9", inputAudio: "1.5" } },
  ],
  [
    "gemini/gemini-3.1-pro-preview",
    {
      rates: { input: "2", cacheRead: "0.2", output: "12", inputAudio: "2" },
      tiers: [{ above: 200000, rates: { input: "4", cacheRead: "0.4", output: "18", inputAudio: "4" } }],
    },
  ],
  [
    "gemini/gemini-3.8-flash",
    {
      window: 1000000,
      rates: { input: "0.75", cacheRead: "0.075", output: "3.75", inputAudio: "0.75" },
      until: "2027-01-01",
    },
  ],
  [
    "gemini/gemini-3.5-flash-lite",
    { window: 1000000, rates: { input: "0.3", cacheRead: "0.03", output: "2.5", inputAudio: "0.3" } },
  ],
  [
    "gemini/gemini-3.1-flash-lite",
    { window: 1000000, rates: { input: "0.25", cacheRead: "0.025", output: "1.5", inputAudio: "0.5" } },
  ],
  [
    "gemini/gemini-3-pro-preview",
    {
      rates: { input: "2", cacheRead: "0.2", output: "12", inputAudio: "2" },
      tiers: [{ above: 200000, rates: { input: "4", cacheRead: "0.4", output: "18", inputAudio: "4" } }],
    },
  ],
  [
    "gemini/gemini-3-flash-preview",
    { window: 1000000, rates: { input: "0.5", cacheRead: "0.05", output: "3", inputAudio: "1" } },
  ],
  [
    "gemini/gemini-2.5-pro",
    {
      rates: { input: "1.25", cacheRead: "0.125", output: "10", inputAudio: "1.25" },
      tiers: [{ above: 200000, rates: { input: "2.5", cacheRead: "0.25", output: "15", inputAudio: "2.5" } }],
    },
  ],
  [
    "gemini/gemini-2.5-flash",
    { window: 1048576, rates: { input: "0.3", cacheRead: "0.03", output: "2.5", inputAudio: "1" } },
  ],
  [
    "gemini/gemini-2.5-flash-lite",
    { window: 1000000, rates: { input: "0.1", cacheRead: "0.01", output: "0.4", inputAudio: "0.3" } },
  ],
  [
    "gemini/gemini-2.0-flash",
    { window: 1000000, rates: { input: "0.1", cacheRead: "0.025", output: "0.4", inputAudio: "0.7" } },
  ],
  ["deepseek/deepseek-v4-pro", { window: 1000000 }],
  ["deepseek/deepseek-v4-flash", { window: 1000000 }],
  [
    "mistral/mistral-medium-3-5",
    { window: 262144, rates: { input: "1.5", cacheRead: "0.15", output: "7.5" } },
  ],
  [
    "mistral/mistral-large-2512",
    { window: 262144, rates: { input: "0.5", cacheRead: "0.05", output: "1.5" } },
  ],
  [
    "mistral/mistral-small-2603",
    { window: 262144, rates: { input: "0.15", cacheRead: "0.015", output: "0.6" } },
  ],
  ["mistral/devstral-2512", { window: 262144, rates: { input: "0.4", cacheRead: "0.04", output: "2" } }],
  ["mistral/codestral-2508", { window: 256000, rates: { input: "0.3", cacheRead: "0.03", output: "0.9" } }],
  [
    "mistral/ministral-14b-2512",
    { window: 262144, rates: { input: "0.2", cacheRead: "0.02", output: "0.2" } },
  ],
  [
    "mistral/ministral-8b-2512",
    { window: 262144, rates: { input: "0.15", cacheRead: "0.015", output: "0.15" } },
  ],
  [
    "mistral/ministral-3b-2512",
    { window: 131072, rates: { input: "0.1", cacheRead: "0.01", output: "0.1" } },
  ],
  [
    "xai/grok-4.6",
    {
      window: 500000,
      rates: { input: "2", cacheRead: "0.5", output: "6" },
      tiers: [{ above: 199999, rates: { input: "4", cacheRead: "1", output: "12" } }],
    },
  ],
  [
    "xai/grok-4.5",
    {
      window: 500000,
      rates: { input: "2", cacheRead: "0.3", output: "6" },
      tiers: [{ above: 199999, rates: { input: "4", cacheRead: "0.6", output: "12" } }],
    },
  ],
  [
    "xai/grok-4.3",
    {
      window: 1000000,
      rates: { input: "1.25", cacheRead: "0.2", output: "2.5" },
      tiers: [{ above: 199999, rates: { input: "2.5", cacheRead: "0.4", output: "5" } }],
    },
  ],
  [
    "xai/grok-4-1-fast-reasoning",
    { window: 2000000, rates: { input: "0.2", cacheRead: "0.05", output: "0.5" } },
  ],
  [
    "xai/grok-4-1-fast-non-reasoning",
    { window: 2000000, rates: { input: "0.2", cacheRead: "0.05", output: "0.5" } },
  ],
  ["xai/grok-code-fast-1", { window: 256000, rates: { input: "0.2", cacheRead: "0.02", output: "1.5" } }],
  ["xai/grok-3-mini", { window: 131072, rates: { input: "0.3", cacheRead: "0.075", output: "0.5" } }],
  [
    "together/meta-llama/Llama-4-Scout-17B-16E-Instruct",
    { rates: { input: "0.18", cacheRead: "0.18", output: "0.59" } },
  ],
  [
    "fireworks/accounts/fireworks/models/kimi-k3",
    { window: 1040000, rates: { input: "3", cacheRead: "0.3", output: "15" } },
  ],
  [
    "fireworks/accounts/fireworks/models/kimi-k2p7-code",
    { window: 262144, rates: { input: "0.95", cacheRead: "0.19", output: "4" } },
  ],
  [
    "fireworks/accounts/fireworks/models/deepseek-v4-pro",
    { window: 1048576, rates: { input: "1.74", cacheRead: "0.145", output: "3.48" } },
  ],
  [
    "fireworks/accounts/fireworks/models/deepseek-v4-flash",
    { window: 1040000, rates: { input: "0.14", cacheRead: "0.028", output: "0.28" } },
  ],
  [
    "fireworks/accounts/fireworks/models/glm-5p2",
    { window: 1040000, rates: { input: "1.4", cacheRead: "0.14", output: "4.4" } },
  ],
  [
    "fireworks/accounts/fireworks/models/minimax-m3",
    { window: 524288, rates: { input: "0.3", cacheRead: "0.06", output: "1.2" } },
  ],
  [
    "fireworks/accounts/fireworks/models/qwen3p7-plus",
    { window: 262144, rates: { input: "0.4", cacheRead: "0.08", output: "1.6" } },
  ],
  [
    "fireworks/accounts/fireworks/models/gpt-oss-120b",
    { window: 131072, rates: { input: "0.15", cacheRead: "0.014", output: "0.6" } },
  ],
  [
    "fireworks/accounts/fireworks/models/gpt-oss-20b",
    { window: 131072, rates: { input: "0.07", cacheRead: "0.035", output: "0.3" } },
  ],
  [
    "groq/openai/gpt-oss-120b",
    { window: 131072, rates: { input: "0.15", cacheRead: "0.075", output: "0.6" } },
  ],
  [
    "groq/openai/gpt-oss-20b",
    { window: 131072, rates: { input: "0.075", cacheRead: "0.0375", output: "0.3" } },
  ],
  ["groq/llama-3.3-70b-versatile", { rates: { input: "0.59", cacheRead: "0.59", output: "0.79" } }],
  ["groq/llama-3.1-8b-instant", { rates: { input: "0.05", cacheRead: "0.05", output: "0.08" } }],
  ["groq/qwen/qwen3-32b", { window: 131072, rates: { input: "0.29", cacheRead: "0.29", output: "0.59" } }],
  ["cerebras/gpt-oss-120b", { window: 131072, rates: { input: "0.35", cacheRead: "0.35", output: "0.75" } }],
  ["cerebras/gemma-4-31b", { window: 131072, rates: { input: "0.99", cacheRead: "0.99", output: "1.49" } }],
  [
    "openrouter/anthropic/claude-sonnet-4.6",
    { window: 1000000, rates: { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", output: "15" } },
  ],
  [
    "openrouter/openai/gpt-5.6-sol",
    {
      window: 1050000,
      rates: { input: "2", cacheRead: "0.2", cacheWrite5m: "2.5", output: "10" },
      tiers: [{ above: 272000, rates: { input: "4", cacheRead: "0.4", cacheWrite5m: "5", output: "15" } }],
    },
  ],
  [
    "openrouter/moonshotai/kimi-k3",
    { window: 1048576, rates: { input: "3", cacheRead: "0.3", output: "15" } },
  ],
  ["openrouter/z-ai/glm-5.3", { window: 1048576, rates: { input: "1.4", cacheRead: "0.26", output: "4.4" } }],
  ["openrouter/qwen/qwen3-coder", { rates: { input: "0.22", cacheRead: "0.22", output: "1.8" } }],
  [
    "openrouter/deepseek/deepseek-v4-pro",
    { rates: { input: "0.435", cacheRead: "0.003625", output: "0.87" } },
  ],
]);
