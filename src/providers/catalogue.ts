import type { Prices, Rates } from "../llm/money.ts";
import type { ModelRecord, Provider } from "./provider.ts";

/** The providers that are known by name. */
export const providers: readonly Provider[] = [
  {
    id: "anthropic",
    name: "Anthropic",
    protocol: "anthropic-messages",
    baseUrl: "https://api.anthropic.com",
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    keyVariables: ["ANTHROPIC_API_KEY"],
    keyUrl: "https://console.anthropic.com/settings/keys",
    auth: { header: "x-api-key" },
  },
];

const origin = {
  date: "2026-11-21",
  source: "https://claude.com/pricing, as given by @pydantic/genai-prices 0.1.8",
};

/** Rates in the order in which Anthropic prints them. Cache writes are for five minutes and for an hour. */
function rates(input: string, write5m: string, write1h: string, read: string, output: string): Rates {
  return { input, cacheWrite5m: write5m, cacheWrite1h: write1h, cacheRead: read, output };
}

const haiku3: Prices = { rates: rates("0.25", "0.30", "0.50", "0.03", "1.25"), ...origin };
const opus3: Prices = { rates: rates("15", "18.75", "30", "1.50", "75"), ...origin };
const haiku35: Prices = { rates: rates("0.80", "1", "1.60", "0.08", "4"), webSearch: "0.01", ...origin };
const haiku45: Prices = { rates: rates("1", "1.25", "2", "0.10", "5"), webSearch: "0.01", ...origin };
const sonnet: Prices = { rates: rates("3", "3.75", "6", "0.30", "15"), webSearch: "0.01", ...origin };
const sonnet45: Prices = {
  ...sonnet,
  // Inputs this long were taken, at these rates, until April 2026.
  tiers: [{ above: 200_000, rates: rates("6", "7.50", "12", "0.60", "22.50") }],
};
const sonnet5: Prices = { rates: rates("2", "2.50", "4", "0.20", "10"), webSearch: "0.01", ...origin };
const opus4: Prices = { ...opus3, webSearch: "0.01" };
const opus45: Prices = { rates: rates("5", "6.25", "10", "0.50", "25"), webSearch: "0.01", ...origin };
const fable5: Prices = { rates: rates("10", "12.50", "20", "1", "50"), webSearch: "0.01", ...origin };

function claude(
  name: string,
  aliases: readonly string[],
  [window, maxOutput]: readonly [number, number],
  thinking: ModelRecord["thinking"],
  prices: Prices,
): ModelRecord {
  return { name, provider: "anthropic", aliases, window, maxOutput, thinking, prices };
}

const old = [200_000, 8192] as const;
const long = [200_000, 64_000] as const;
const million = [1_000_000, 128_000] as const;

/** The models that are known by name; `claude` is the one to take when nothing else matters. */
export const models: readonly ModelRecord[] = [
  claude("claude-sonnet-4-6", ["claude", "claude-sonnet"], million, "adaptive", sonnet),
  claude("claude-opus-5", ["claude-opus"], million, "adaptive", opus45),
  claude("claude-sonnet-5", [], million, "adaptive", sonnet5),
  claude("claude-fable-5", [], million, "adaptive", fable5),
  claude("claude-opus-4-8", [], million, "adaptive", opus45),
  claude("claude-opus-4-7", [], million, "adaptive", opus45),
  claude("claude-opus-4-6", [], million, "adaptive", opus45),
  claude("claude-opus-4-5-20251101", ["claude-opus-4-5"], long, "budget", opus45),
  claude("claude-haiku-4-5-20251001", ["claude-haiku-4-5", "claude-haiku"], long, "budget", haiku45),
  claude("claude-sonnet-4-5-20250929", ["claude-sonnet-4-5"], long, "budget", sonnet45),
  claude("claude-opus-4-1-20250805", ["claude-opus-4-1"], [200_000, 32_000], "budget", opus4),
  claude("claude-opus-4-20250514", ["claude-opus-4-0", "claude-opus-4"], [200_000, 32_000], "budget", opus4),
  claude("claude-sonnet-4-20250514", ["claude-sonnet-4-0", "claude-sonnet-4"], long, "budget", sonnet),
  claude(
    "claude-3-7-sonnet-20250219",
    ["claude-3-7-sonnet", "claude-3-7-sonnet-latest"],
    long,
    "budget",
    sonnet,
  ),
  claude(
    "claude-3-5-sonnet-20241022",
    ["claude-3-5-sonnet", "claude-3-5-sonnet-latest"],
    old,
    "none",
    sonnet,
  ),
  claude("claude-3-5-haiku-20241022", ["claude-3-5-haiku", "claude-3-5-haiku-latest"], old, "none", haiku35),
  claude("claude-3-opus-20240229", ["claude-3-opus", "claude-3-opus-latest"], [200_000, 4096], "none", opus3),
  claude("claude-3-haiku-20240307", ["claude-3-haiku"], [200_000, 4096], "none", haiku3),
];
