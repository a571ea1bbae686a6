import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { usage, type Usage } from "../../llm/usage.ts";
import { objectAt } from "./wire.ts";

/** Pico-dollars in a tick, xAI's unit of money: ten thousand million of them are a dollar. */
const PICODOLLARS_PER_TICK = 100n;

/**
 * The usage that an answer reports; undefined where it reports none.
 * Cached tokens, read and written, are among the input tokens on this wire; ours are disjoint.
 */
export function decodeUsage(response: JsonObject, thinkingBesideOutput = false): Usage | undefined {
  const wire = own(response, "usage");
  if (!isObject(wire)) return undefined;
  const input = objectAt(wire, "input_tokens_details");
  const reasoning = count(own(objectAt(wire, "output_tokens_details"), "reasoning_tokens"));
  const total = count(own(wire, "input_tokens"));
  const read = Math.min(count(own(input, "cached_tokens")), total);
  const written = Math.min(count(own(input, "cache_write_tokens")), total - read);
  const searches =
    own(objectAt(objectAt(response, "tool_usage"), "web_search"), "num_requests") ??
    own(objectAt(wire, "server_side_tool_usage_details"), "web_search_calls");
  const billed = decodeBilled(wire);
  return usage({
    input: total - read - written,
    cacheRead: read,
    cacheWrite5m: written,
    output: count(own(wire, "output_tokens")) + (thinkingBesideOutput ? reasoning : 0),
    reasoning,
    webSearches: count(searches),
    ...(billed !== undefined && { billed }),
  });
}

/** What the provider says it charges: xAI in ticks, OpenRouter in dollars. */
function decodeBilled(wire: JsonObject): bigint | undefined {
  const ticks = own(wire, "cost_in_usd_ticks");
  if (typeof ticks === "number" && Number.isSafeInteger(ticks) && ticks >= 0)
    return BigInt(ticks) * PICODOLLARS_PER_TICK;
  const dollars = own(wire, "cost");
  if (typeof dollars !== "number" || !Number.isFinite(dollars) || dollars < 0) return undefined;
  // A double has fewer digits than this, so nothing that was sent is lost but what is below a pico-dollar.
  return dollars < 1e6 ? BigInt(Math.round(dollars * 1e12)) : undefined;
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
