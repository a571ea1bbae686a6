import type { Fields } from "../conformance/facts.ts";
import { tokens, word, type Call, type Facts } from "./reading.ts";
import type { AnthropicSdk, Sdks } from "./sdks.ts";
import { served, type Wire } from "./wire.ts";

const request = { model: "any", max_tokens: 1000, messages: [{ role: "user", content: "Hi" }] };

/** An answer of the Messages API, read by Anthropic's SDK. */
export async function byAnthropic({ Anthropic }: Sdks, wire: Wire): Promise<Facts> {
  const client: AnthropicSdk = new Anthropic({
    apiKey: "none",
    maxRetries: 0,
    logLevel: "off",
    fetch: served(wire),
  });
  const message = wire.streamed
    ? await client.messages.stream(request).finalMessage()
    : await client.messages.create(request);
  const blocks = message["content"] as Fields[];
  const calls = blocks.filter(({ type }) => type === "tool_use");
  const usage = message["usage"] as Fields | undefined;
  return {
    text: blocks.map(({ type, text }) => (type === "text" ? word(text) : "")).join(""),
    calls: calls.map(({ id, name, input }) => ({ id, name, input }) as Call),
    stop: message["stop_reason"] as string | null,
    usage: usage === undefined ? null : counts(usage),
  };
}

function counts(usage: Fields): Record<string, number> {
  const { server_tool_use, cache_creation, output_tokens_details } = usage;
  const searches = (Object(server_tool_use) as Fields)["web_search_requests"];
  return {
    input_tokens: tokens(usage["input_tokens"]),
    cache_read_input_tokens: tokens(usage["cache_read_input_tokens"]),
    cache_creation_input_tokens: tokens(usage["cache_creation_input_tokens"]),
    ephemeral_1h_input_tokens: tokens((Object(cache_creation) as Fields)["ephemeral_1h_input_tokens"]),
    output_tokens: tokens(usage["output_tokens"]),
    thinking_tokens: tokens((Object(output_tokens_details) as Fields)["thinking_tokens"]),
    web_search_requests: tokens(searches),
  };
}
