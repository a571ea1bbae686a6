import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { usage, type Usage } from "../../llm/usage.ts";
import type { Dialect } from "../dialect.ts";

const PICODOLLARS = 1_000_000_000_000;
/** xAI bills in ticks of 10^-10 dollars. */
const PICODOLLARS_PER_TICK = 100n;

/**
 * Disjoint classes from a report whose input holds the cached tokens too, under whatever name the provider has for
 * them. What is said to be a part of the input never is more than the input.
 */
export function decodeUsage(wire: JsonObject, dialect?: Dialect): Usage {
  const inside = details(wire, "prompt_tokens_details");
  const outside = details(wire, "completion_tokens_details");
  const read = Math.max(
    count(inside, "cached_tokens"),
    count(wire, "prompt_cache_hit_tokens"),
    count(wire, "cached_tokens"),
    count(wire, "num_cached_tokens"),
    count(wire, "cache_read_input_tokens"),
  );
  const written = Math.max(count(inside, "cache_write_tokens"), count(wire, "cache_creation_input_tokens"));

  const input = new Split(count(wire, "prompt_tokens"));
  const cacheRead = input.take(read);
  const cacheWrite5m = input.take(written);
  const inputAudio = input.take(count(inside, "audio_tokens"));

  const reasoning = Math.max(count(outside, "reasoning_tokens"), count(wire, "reasoning_tokens"));
  const output = new Split(count(wire, "completion_tokens") + thinkingBeside(wire, reasoning, dialect));
  const outputAudio = output.take(count(outside, "audio_tokens"));
  const outputImage = output.take(count(outside, "image_tokens"));
  const billed = billedBy(wire);
  return usage({
    input: input.rest,
    cacheRead,
    cacheWrite5m,
    inputAudio,
    output: output.rest,
    outputAudio,
    outputImage,
    reasoning,
    webSearches: searches(wire),
    ...(billed !== undefined && { billed }),
  });
}

/** A sum that parts are taken out of. */
class Split {
  rest: number;

  constructor(sum: number) {
    this.rest = sum;
  }

  take(part: number): number {
    const taken = Math.min(part, this.rest);
    this.rest -= taken;
    return taken;
  }
}

/** The thinking that the reported output leaves out: the total tells (xAI), or the dialect says so. */
function thinkingBeside(wire: JsonObject, reasoning: number, dialect: Dialect | undefined): number {
  const beyond =
    count(wire, "total_tokens") - count(wire, "prompt_tokens") - count(wire, "completion_tokens");
  if (reasoning > 0 && beyond === reasoning) return reasoning;
  if (dialect?.thinkingBesideOutput !== true) return 0;
  return reasoning > 0 ? reasoning : Math.max(beyond, 0);
}

function searches(wire: JsonObject): number {
  return Math.max(
    count(details(wire, "server_tool_use"), "web_search_requests"),
    count(details(wire, "server_tool_use_details"), "web_search_requests"),
    count(details(wire, "web_search_usage"), "tool_usage"),
  );
}

/** What the provider says it charges: OpenRouter's and Vercel's number, Perplexity's object, xAI's ticks. */
function billedBy(wire: JsonObject): bigint | undefined {
  const ticks = count(wire, "cost_in_usd_ticks");
  // Microsoft's Grok reports zero ticks and bills elsewhere: no price is not a price of nothing.
  if (ticks > 0) return BigInt(ticks) * PICODOLLARS_PER_TICK;
  const cost = own(wire, "cost");
  const charged = picodollars(isObject(cost) ? own(cost, "total_cost") : cost);
  if (charged === undefined || own(wire, "is_byok") !== true) return charged;
  // The upstream provider bills the user's own key; both have to be paid.
  const upstream = picodollars(own(details(wire, "cost_details"), "upstream_inference_cost"));
  return upstream === undefined ? undefined : charged + upstream;
}

function picodollars(dollars: JsonValue | undefined): bigint | undefined {
  if (typeof dollars !== "number" || !(dollars >= 0 && dollars < 1e6)) return undefined;
  // Whole dollars and the rest apart, so that the digits of a double suffice.
  const whole = Math.floor(dollars);
  return BigInt(whole) * BigInt(PICODOLLARS) + BigInt(Math.round((dollars - whole) * PICODOLLARS));
}

function details(wire: JsonObject, name: string): JsonObject {
  const value = own(wire, name);
  return isObject(value) ? value : {};
}

function count(wire: JsonObject, name: string): number {
  const value = own(wire, name);
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** The fields of a report that are read. */
export const usageFields: ReadonlySet<string> = new Set([
  "prompt_tokens",
  "completion_tokens",
  "total_tokens",
  "prompt_tokens_details",
  "completion_tokens_details",
  "prompt_cache_hit_tokens",
  "prompt_cache_miss_tokens",
  "cached_tokens",
  "num_cached_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "reasoning_tokens",
  "cost",
  "cost_in_usd_ticks",
]);
