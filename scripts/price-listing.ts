// What @pydantic/genai-prices says of a model, in the words of our catalogue. Its data are read as they are installed:
// there is no network here.

import { createRequire } from "node:module";
import path from "node:path";
import { calcPrice, findProvider, type ModelPrice, type Provider } from "@pydantic/genai-prices";
import type { Rates } from "../src/llm/money.ts";
import type { TokenClass } from "../src/llm/usage.ts";
import type { Listing } from "../src/providers/catalogue/listing.ts";

/** Its ids for our providers. The local ones have no prices. */
const oracleIds: ReadonlyMap<string, string> = new Map([
  ["anthropic", "anthropic"],
  ["openai", "openai"],
  ["gemini", "google"],
  ["together", "together"],
  ["fireworks", "fireworks"],
  ["groq", "groq"],
  ["deepseek", "deepseek"],
  ["mistral", "mistral"],
  ["cerebras", "cerebras"],
  ["xai", "x-ai"],
  ["openrouter", "openrouter"],
]);

/** Our classes of tokens and its keys, in the order in which ours are written. */
const classes: readonly (readonly [TokenClass, string])[] = [
  ["input", "input_mtok"],
  ["cacheRead", "cache_read_mtok"],
  ["cacheWrite5m", "cache_write_mtok"],
  ["cacheWrite1h", "cache_write_1h_mtok"],
  ["output", "output_mtok"],
  ["inputAudio", "input_audio_mtok"],
  ["outputAudio", "output_audio_mtok"],
  ["outputImage", "output_image_mtok"],
];

const require = createRequire(import.meta.url);
const manifest = path.join(require.resolve("@pydantic/genai-prices"), "../../package.json");
export const oracleVersion: string = (require(manifest) as { version: string }).version;

/** Its provider for one of ours; undefined where it has none. */
export function oracleProvider(id: string): Provider | undefined {
  const providerId = oracleIds.get(id);
  return providerId === undefined ? undefined : findProvider({ providerId });
}

/** The page that a provider's prices are from. */
export function pageOf(id: string): string | undefined {
  return oracleProvider(id)?.pricing_urls?.[0];
}

/** A model's listing as it is on a day, if it is known, and what has to be told beside it. */
export function listingOf(id: string, name: string, day: Date): { listing?: Listing; notes: string[] } {
  const provider = oracleProvider(id);
  const found = provider && calcPrice({ input_tokens: 0 }, name, { provider, timestamp: day });
  // A price that was found elsewhere is somebody else's.
  if (!found || found.provider.id !== provider.id) return { notes: ["not known there: no price"] };
  const { model, model_price: prices } = found;
  const window = model.context_window === undefined ? {} : { window: model.context_window };
  const constraints = Array.isArray(model.prices) ? model.prices.map(({ constraint }) => constraint) : [];
  if (constraints.some((each) => each?.type === "time_of_date"))
    return { listing: window, notes: ["its price depends on the time of day: left out"] };
  if (prices["input_mtok"] === undefined)
    return { listing: window, notes: ["no price for tokens: left out"] };
  const today = day.toISOString().slice(0, 10);
  const changes = constraints.flatMap((each) => (each?.type === "start_date" ? [each.start_date] : []));
  const until = changes.filter((date) => date > today).sort()[0];
  const tiers = startsOf(prices).map((above) => ({ above, rates: ratesAt(prices, above, provider.id) }));
  const searches = prices["web_searches_kcount"];
  return {
    listing: {
      ...window,
      rates: ratesAt(prices, -1, provider.id),
      ...(tiers.length > 0 && { tiers }),
      ...(typeof searches === "number" && { webSearch: text(searches / 1000) }),
      ...(until !== undefined && { until }),
    },
    notes: until === undefined ? [] : [`its price changes on ${until}`],
  };
}

/** The input lengths above which other prices hold. */
function startsOf(prices: ModelPrice): number[] {
  const tiers = Object.values(prices).flatMap((price) => (typeof price === "object" ? price.tiers : []));
  return [...new Set(tiers.map(({ start }) => start))].sort((a, b) => a - b);
}

/** The rates of an input longer than `above` tokens. */
function ratesAt(prices: ModelPrice, above: number, provider: string): Rates {
  // Where nothing is said of cached tokens they are input like any other, and so is Google's audio.
  const known: ModelPrice = {
    cache_read_mtok: prices["input_mtok"],
    ...(provider === "google" && { input_audio_mtok: prices["input_mtok"] }),
    ...prices,
  };
  const rates = classes.flatMap(([ours, theirs]) => {
    const price = known[theirs];
    if (price === undefined) return [];
    const now =
      typeof price === "number"
        ? price
        : (price.tiers.findLast(({ start }) => start <= above)?.price ?? price.base);
    return [[ours, text(now)] as const];
  });
  return Object.fromEntries(rates);
}

/** A price as a decimal text, as our money takes it. */
function text(price: number): string {
  const decimal = String(price);
  if (!/^\d+(\.\d{1,6})?$/.test(decimal))
    throw new RangeError(`no price that can be told exactly: ${decimal}`);
  return decimal;
}
