import type { Prices } from "../../llm/money.ts";
import type { Row } from "./define.ts";

/**
 * The models that sketch had at its commit 4f84ab7, by the names its users typed and at the prices it reckoned with.
 * Some are withdrawn by now; their names still mean what they meant.
 */
const origin = { date: "2025-04-22", source: "sketch seed, 2025-04-22" };

/** Where it knew no price for cached tokens, they cost what others cost. */
function at(input: string, output: string, cacheRead: string = input): Prices {
  return { rates: { input, cacheRead, output }, ...origin };
}

/** Free, whatever is used. */
export const free: Prices = {
  rates: {
    input: "0",
    cacheRead: "0",
    cacheWrite5m: "0",
    cacheWrite1h: "0",
    output: "0",
    inputAudio: "0",
    outputAudio: "0",
    outputImage: "0",
  },
  webSearch: "0",
  source: "it runs on the user's own machine",
};

export const seedGpt: Row = {
  name: "gpt-4.1-2025-04-14",
  aliases: ["gpt4.1"],
  prices: at("2", "8", "0.50"),
};

export const seedGeminis: readonly Row[] = [
  {
    name: "gemini-2.5-flash-preview-04-17",
    aliases: ["gemini-flash-2.5"],
    prices: at("0.15", "0.60"),
  },
  {
    name: "gemini-2.5-pro-preview-03-25",
    aliases: ["gemini-pro-2.5"],
    prices: at("1.25", "10"),
  },
];

export const seedTogether: readonly Row[] = [
  {
    name: "deepseek-ai/DeepSeek-V3",
    aliases: ["together-deepseek-v3"],
    prices: at("1.25", "1.25"),
  },
  {
    name: "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
    aliases: ["together-llama4-maverick"],
    prices: at("0.27", "0.85"),
  },
  {
    name: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    aliases: ["together-llama3-70b"],
    prices: at("0.88", "0.88"),
  },
  {
    name: "mistralai/Mistral-Small-24B-Instruct-2501",
    aliases: ["together-mistral-small"],
    prices: at("0.80", "0.80"),
  },
];

export const seedFireworks: Row = {
  name: "accounts/fireworks/models/deepseek-v3-0324",
  aliases: ["fireworks-deepseek-v3"],
  prices: at("0.90", "0.90"),
};

export const seedLlamaCpp: Row = {
  name: "llama.cpp local model",
  aliases: ["llama.cpp"],
  prices: free,
};
