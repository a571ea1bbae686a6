import { isObject, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { usage, type Usage } from "../../llm/usage.ts";

/**
 * A later report over an earlier one, field by field: the stream's `message_delta` gives totals, not additions, and
 * may leave out what `message_start` said.
 */
export function mergeUsage(
  earlier: JsonObject | undefined,
  later: JsonValue | undefined,
): JsonObject | undefined {
  if (!isObject(later)) return earlier;
  if (earlier === undefined && saysAll(later)) return later;
  const merged: Record<string, JsonValue> = { ...earlier };
  let said = false;
  for (const name in later) {
    const value = later[name];
    // A member named `__proto__` would not be one of these.
    if (value === undefined || value === null || name === "__proto__") continue;
    merged[name] = value;
    said = true;
  }
  // A report that says nothing is none: its zeros would be taken for a price of nothing.
  return said ? merged : earlier;
}

/** Whether a report has something to say in each field, and at least one. */
function saysAll(report: JsonObject): boolean {
  let fields = 0;
  for (const name in report) {
    if (report[name] === null) return false;
    fields++;
  }
  return fields > 0;
}

/** Disjoint classes from Anthropic's report, whose input tokens already leave out cached ones. */
export function decodeUsage(wire: JsonObject): Usage {
  const written = count(wire["cache_creation_input_tokens"]);
  const byAge = wire["cache_creation"];
  const hour = isObject(byAge) ? count(byAge["ephemeral_1h_input_tokens"]) : 0;
  const fiveMinutes = isObject(byAge) ? count(byAge["ephemeral_5m_input_tokens"]) : 0;
  const details = wire["output_tokens_details"];
  const server = wire["server_tool_use"];
  return usage({
    input: count(wire["input_tokens"]),
    cacheRead: count(wire["cache_read_input_tokens"]),
    // The total wins over its split, which a later report may not repeat.
    cacheWrite5m: Math.max(written - hour, written === 0 ? fiveMinutes : 0),
    cacheWrite1h: written === 0 ? hour : Math.min(hour, written),
    output: count(wire["output_tokens"]),
    reasoning: isObject(details) ? count(details["thinking_tokens"]) : 0,
    webSearches: isObject(server) ? count(server["web_search_requests"]) : 0,
  });
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
