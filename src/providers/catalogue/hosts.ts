import type { Provider } from "../provider.ts";

/** Those who run the models of others, and local servers. All of them speak OpenAI's chat completions. */
export const hosts: readonly Provider[] = [
  {
    id: "together",
    name: "Together AI",
    protocol: "openai-chat",
    baseUrl: "https://api.together.xyz/v1",
    baseUrlVariable: "TOGETHER_BASE_URL",
    keyVariables: ["TOGETHER_API_KEY"],
    keyUrl: "https://api.together.ai/settings/api-keys",
    auth: "bearer",
    families: [
      { prefix: "meta-llama/", thinking: "none" },
      { prefix: "mistralai/", thinking: "none" },
      { prefix: "deepseek-ai/DeepSeek-V3", thinking: "none" },
    ],
  },
  {
    id: "fireworks",
    name: "Fireworks AI",
    protocol: "openai-chat",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariables: ["FIREWORKS_API_KEY"],
    keyUrl: "https://app.fireworks.ai/settings/users/api-keys",
    auth: "bearer",
    families: [{ prefix: "accounts/fireworks/models/deepseek-v3-", thinking: "none" }],
  },
  {
    id: "groq",
    name: "Groq",
    protocol: "openai-chat",
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariables: ["GROQ_API_KEY"],
    keyUrl: "https://console.groq.com/keys",
    auth: "bearer",
    // Schemas do not go with streams or tools there: https://console.groq.com/docs/structured-outputs
    dialect: { structuredOutput: "tool" },
    families: [
      { prefix: "llama", thinking: "none" },
      { prefix: "meta-llama/", thinking: "none" },
      { prefix: "moonshotai/", thinking: "none" },
      // It knows no efforts but "none" and "default".
      { prefix: "qwen/", thinking: "none" },
    ],
  },
  {
    id: "cerebras",
    name: "Cerebras",
    protocol: "openai-chat",
    baseUrl: "https://api.cerebras.ai/v1",
    keyVariables: ["CEREBRAS_API_KEY"],
    keyUrl: "https://cloud.cerebras.ai",
    auth: "bearer",
    // A recorded stream that is whole otherwise has none.
    dialect: { endMark: "sometimes" },
    thinking: "none",
    families: [{ prefix: "gpt-oss", thinking: "adaptive" }],
  },
  {
    id: "openrouter",
    name: "OpenRouter",
    protocol: "openai-chat",
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariables: ["OPENROUTER_API_KEY"],
    keyUrl: "https://openrouter.ai/settings/keys",
    auth: "bearer",
    dialect: { thinkingBack: "reasoning_details" },
    also: { "openai-responses": {} },
    families: [{ prefix: "anthropic/", dialect: { cacheMarks: "cache_control" } }],
  },
  {
    id: "llama.cpp",
    name: "llama.cpp",
    protocol: "openai-chat",
    baseUrl: "http://localhost:8080/v1",
    keyVariables: [],
    auth: "none",
    local: true,
    // Its templates are told by `chat_template_kwargs`, which differ from model to model.
    dialect: { effort: "none" },
  },
  {
    id: "ollama",
    name: "Ollama",
    protocol: "openai-chat",
    baseUrl: "http://localhost:11434/v1",
    keyVariables: [],
    auth: "none",
    local: true,
    dialect: { thinkingBack: "reasoning" },
  },
];
