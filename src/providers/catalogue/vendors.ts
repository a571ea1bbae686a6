import type { Family, Provider } from "../provider.ts";

/** Families that differ in nothing but their names. */
function each(prefixes: readonly string[], common: Omit<Family, "prefix">): Family[] {
  return prefixes.map((prefix) => ({ prefix, ...common }));
}

/** An answer by schema is asked for with a tool. */
const byTool = { structuredOutput: "tool" } as const;

/**
 * Models that do not think, or are told how much in tokens; newer ones take an effort. Those from 4.5 on take a schema:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
const claudes: readonly Family[] = [
  ...each(["claude-3"], { thinking: "none", dialect: byTool }),
  ...each(["claude-3-7"], { thinking: "budget", dialect: byTool }),
  ...each(
    ["claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2", "claude-sonnet-4-0", "claude-sonnet-4-2"],
    {
      thinking: "budget",
      dialect: byTool,
    },
  ),
  ...each(["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"], { thinking: "budget" }),
];

/**
 * Schemas came with gpt-4o-2024-08-06: https://platform.openai.com/docs/guides/structured-outputs. The newer ones refuse functions together with thinking in chat completions, where those named `pro` and `codex` never
 * were at all: https://github.com/openai/openai-openapi/issues/541
 */
const gpts: readonly Family[] = [
  ...each(["gpt-5.", "gpt-6", "gpt-5-pro", "gpt-5-codex", "codex", "o1-pro", "o3-pro"], {
    protocol: "openai-responses",
  }),
  ...each(["gpt-4o", "gpt-4.", "chatgpt", "ft:gpt-4o", "ft:gpt-4.", "gpt-audio"], { thinking: "none" }),
  ...each(["gpt-3", "gpt-4", "gpt-4o-2024-05-13", "ft:gpt-3", "ft:gpt-4"], {
    thinking: "none",
    dialect: byTool,
  }),
];

/** Before Gemini 3, media did not go into results, and thinking was measured in tokens. */
const beforeGemini3 = { resultMedia: "beside", markForeignCalls: false } as const;

const geminis: readonly Family[] = [
  ...each(["gemini-1", "gemini-2.0", "gemma"], { thinking: "none", dialect: beforeGemini3 }),
  ...each(["gemini-2.5"], { thinking: "budget", dialect: beforeGemini3 }),
  ...each(["gemini-2.5-pro"], {
    thinking: "budget",
    dialect: { ...beforeGemini3, leastThinking: "minimal" },
  }),
  ...each(["gemini-3-pro", "gemini-3.1-pro"], { dialect: { leastThinking: "low" } }),
];

/** These think as much as they like, and refuse to be told. */
const groks: readonly Family[] = [
  ...each(["grok-2", "grok-3", "grok-4-", "grok-4.20", "grok-code", "grok-build"], { thinking: "none" }),
  ...each(["grok-3-mini"], { thinking: "adaptive" }),
];

/** Those who run their own models. The first one with a key answers when no model is named. */
export const vendors: readonly Provider[] = [
  {
    id: "anthropic",
    name: "Anthropic",
    protocol: "anthropic-messages",
    baseUrl: "https://api.anthropic.com",
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    keyVariables: ["ANTHROPIC_API_KEY"],
    keyUrl: "https://console.anthropic.com/settings/keys",
    auth: { header: "x-api-key" },
    families: claudes,
  },
  {
    id: "openai",
    name: "OpenAI",
    protocol: "openai-chat",
    baseUrl: "https://api.openai.com/v1",
    baseUrlVariable: "OPENAI_BASE_URL",
    keyVariables: ["OPENAI_API_KEY"],
    keyUrl: "https://platform.openai.com/api-keys",
    auth: "bearer",
    dialect: { maxTokens: "max_completion_tokens", strict: true },
    also: { "openai-responses": {} },
    families: gpts,
  },
  {
    id: "gemini",
    name: "Google Gemini",
    protocol: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    keyVariables: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    keyUrl: "https://aistudio.google.com/apikey",
    auth: { header: "x-goog-api-key" },
    dialect: { resultMedia: "inside", markForeignCalls: true },
    also: {
      "openai-chat": {
        baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
        auth: "bearer",
        // Its total has thoughts that its output has not.
        dialect: { thinkingBesideOutput: true, resultMedia: "beside" },
      },
    },
    families: geminis,
  },
  {
    id: "deepseek",
    name: "DeepSeek",
    protocol: "openai-chat",
    baseUrl: "https://api.deepseek.com",
    keyVariables: ["DEEPSEEK_API_KEY"],
    keyUrl: "https://platform.deepseek.com/api_keys",
    auth: "bearer",
    dialect: {
      // `The reasoning_content in the thinking mode must be passed back to the API`, also for answers of other models.
      thinkingBack: "reasoning_content",
      thinkingDemanded: true,
      effort: "thinking_type",
      // https://api-docs.deepseek.com/guides/json_mode
      structuredOutput: "json-object",
    },
    also: { "openai-responses": {} },
  },
  {
    id: "mistral",
    name: "Mistral",
    protocol: "openai-chat",
    baseUrl: "https://api.mistral.ai/v1",
    keyVariables: ["MISTRAL_API_KEY"],
    keyUrl: "https://console.mistral.ai/api-keys",
    auth: "bearer",
    dialect: { anyTool: "any", callIds: "nine", usageOnRequest: false },
    thinking: "none",
    families: [
      { prefix: "mistral-small", thinking: "adaptive" },
      { prefix: "mistral-medium-3-5", thinking: "adaptive" },
    ],
  },
  {
    id: "xai",
    name: "xAI",
    protocol: "openai-chat",
    baseUrl: "https://api.x.ai/v1",
    keyVariables: ["XAI_API_KEY"],
    keyUrl: "https://console.x.ai",
    auth: "bearer",
    dialect: { thinkingBesideOutput: true, thinkingBack: "reasoning_content" },
    also: { "openai-responses": { dialect: { thinkingBesideOutput: false } } },
    families: groks,
  },
];
