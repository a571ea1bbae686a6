import type { Row } from "./define.ts";
import { seedFireworks, seedGeminis, seedGpt, seedLlamaCpp, seedTogether } from "./seed.ts";

const old = { maxOutput: 8192 };
const long = { maxOutput: 64_000 };
const million = { maxOutput: 128_000 };

/** `claude` is the one to take when nothing else matters. */
const claudes: readonly Row[] = [
  { name: "claude-sonnet-4-6", aliases: ["claude", "claude-sonnet"], ...million },
  { name: "claude-opus-5-5" },
  { name: "claude-opus-5", aliases: ["claude-opus"], ...million },
  { name: "claude-sonnet-5", ...million },
  { name: "claude-fable-5-1" },
  { name: "claude-fable-5", ...million },
  { name: "claude-opus-4-8", ...million },
  { name: "claude-opus-4-7", ...million },
  { name: "claude-opus-4-6", ...million },
  { name: "claude-opus-4-5-20251101", aliases: ["claude-opus-4-5"], ...long },
  { name: "claude-haiku-4-5-20251001", aliases: ["claude-haiku-4-5", "claude-haiku"], ...long },
  { name: "claude-sonnet-4-5-20250929", aliases: ["claude-sonnet-4-5"], ...long },
  { name: "claude-opus-4-1-20250805", aliases: ["claude-opus-4-1"], maxOutput: 32_000 },
  { name: "claude-opus-4-20250514", aliases: ["claude-opus-4-0", "claude-opus-4"], maxOutput: 32_000 },
  { name: "claude-sonnet-4-20250514", aliases: ["claude-sonnet-4-0", "claude-sonnet-4"], ...long },
  { name: "claude-3-7-sonnet-20250219", aliases: ["claude-3-7-sonnet", "claude-3-7-sonnet-latest"], ...long },
  { name: "claude-3-5-sonnet-20241022", aliases: ["claude-3-5-sonnet", "claude-3-5-sonnet-latest"], ...old },
  { name: "claude-3-5-haiku-20241022", aliases: ["claude-3-5-haiku", "claude-3-5-haiku-latest"], ...old },
  { name: "claude-3-opus-20240229", aliases: ["claude-3-opus", "claude-3-opus-latest"], maxOutput: 4096 },
  { name: "claude-3-haiku-20240307", aliases: ["claude-3-haiku"], maxOutput: 4096 },
];

const gpts: readonly Row[] = [
  { name: "gpt-5.6-sol", aliases: ["gpt", "gpt-5.6"] },
  { name: "gpt-5.6-terra" },
  { name: "gpt-5.6-luna" },
  { name: "gpt-6-astra" },
  { name: "gpt-6-sol" },
  { name: "gpt-6-luna" },
  { name: "gpt-5.5" },
  { name: "gpt-5.4" },
  { name: "gpt-5.4-mini" },
  { name: "gpt-5.4-nano" },
  { name: "gpt-5.3-codex" },
  { name: "gpt-5.2" },
  { name: "gpt-5.1" },
  { name: "gpt-5" },
  { name: "gpt-5-mini" },
  { name: "gpt-5-nano" },
  { name: "o3" },
  { name: "o4-mini" },
  { name: "o3-mini" },
  { name: "gpt-4.1" },
  seedGpt,
  { name: "gpt-4.1-mini" },
  { name: "gpt-4.1-nano" },
  { name: "gpt-4o" },
  { name: "gpt-4o-mini" },
];

const geminis: readonly Row[] = [
  { name: "gemini-3.5-flash", aliases: ["gemini", "gemini-flash"] },
  { name: "gemini-3.1-pro-preview", aliases: ["gemini-pro"] },
  { name: "gemini-3.8-flash" },
  { name: "gemini-3.5-flash-lite" },
  { name: "gemini-3.1-flash-lite" },
  { name: "gemini-3-pro-preview" },
  { name: "gemini-3-flash-preview" },
  { name: "gemini-2.5-pro" },
  { name: "gemini-2.5-flash" },
  { name: "gemini-2.5-flash-lite" },
  { name: "gemini-2.0-flash" },
  ...seedGeminis,
];

const deepseeks: readonly Row[] = [
  { name: "deepseek-v4-pro", aliases: ["deepseek"] },
  { name: "deepseek-v4-flash" },
];

const mistrals: readonly Row[] = [
  { name: "mistral-medium-3-5", aliases: ["mistral"] },
  { name: "mistral-large-2512" },
  { name: "mistral-small-2603" },
  { name: "devstral-2512" },
  { name: "codestral-2508" },
  { name: "ministral-14b-2512" },
  { name: "ministral-8b-2512" },
  { name: "ministral-3b-2512" },
];

const groks: readonly Row[] = [
  { name: "grok-4.6", aliases: ["grok"] },
  { name: "grok-4.5" },
  { name: "grok-4.3" },
  { name: "grok-4-1-fast-reasoning" },
  { name: "grok-4-1-fast-non-reasoning" },
  { name: "grok-code-fast-1" },
  { name: "grok-3-mini" },
];

const together: readonly Row[] = [
  ...seedTogether,
  { name: "meta-llama/Llama-4-Scout-17B-16E-Instruct", aliases: ["together-llama4-scout"] },
  { name: "deepseek-ai/DeepSeek-V4-Pro", aliases: ["together-deepseek-v4-pro"] },
  { name: "openai/gpt-oss-120b", aliases: ["together-gpt-oss-120b"] },
  { name: "openai/gpt-oss-20b", aliases: ["together-gpt-oss-20b"] },
];

const fireworks: readonly Row[] = [
  "kimi-k3",
  "kimi-k2p7-code",
  "deepseek-v4-pro",
  "deepseek-v4-flash",
  "glm-5p2",
  "minimax-m3",
  "qwen3p7-plus",
  "gpt-oss-120b",
  "gpt-oss-20b",
].map((name) => ({ name: `accounts/fireworks/models/${name}`, aliases: [`fireworks-${name}`] }));

const groq: readonly Row[] = [
  { name: "openai/gpt-oss-120b", aliases: ["groq-gpt-oss-120b"] },
  { name: "openai/gpt-oss-20b", aliases: ["groq-gpt-oss-20b"] },
  { name: "llama-3.3-70b-versatile", aliases: ["groq-llama3-70b"] },
  { name: "llama-3.1-8b-instant", aliases: ["groq-llama3-8b"] },
  { name: "qwen/qwen3-32b", aliases: ["groq-qwen3-32b"] },
];

const cerebras: readonly Row[] = [
  { name: "gpt-oss-120b", aliases: ["cerebras-gpt-oss-120b"] },
  { name: "gemma-4-31b", aliases: ["cerebras-gemma-4-31b"] },
];

const openrouter: readonly Row[] = [
  { name: "anthropic/claude-sonnet-4.6" },
  { name: "openai/gpt-5.6-sol" },
  { name: "moonshotai/kimi-k3" },
  { name: "z-ai/glm-5.3" },
  { name: "qwen/qwen3-coder" },
  { name: "deepseek/deepseek-v4-pro" },
];

/** The rows of each provider, the one to take first on top. */
export const rows: Readonly<Record<string, readonly Row[]>> = {
  anthropic: claudes,
  openai: gpts,
  gemini: geminis,
  deepseek: deepseeks,
  mistral: mistrals,
  xai: groks,
  together,
  fireworks: [seedFireworks, ...fireworks],
  groq,
  cerebras,
  openrouter,
  "llama.cpp": [seedLlamaCpp],
};
