import { userMessage } from "../../src/llm/message.ts";
import type { Usage } from "../../src/llm/usage.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { openModel } from "../../src/providers/open-model.ts";
import { subjects } from "../conformance/subjects.ts";
import type { Call, Facts } from "./reading.ts";
import { served, type Wire } from "./wire.ts";

/** The same answer, read by us as a user does it. */
export async function byUs(wire: Wire): Promise<Facts> {
  const { protocol, provider, streamed } = wire;
  const model = openModel({
    protocol,
    baseUrl: "http://127.0.0.1",
    model: "any",
    streaming: streamed,
    dialect: subjects[protocol]?.dialect?.(provider) ?? {},
    retries: 0,
    fetch: served(wire),
  });
  const { text, toolCalls, rawStopReason, usage } = await model.complete({ messages: [userMessage("Hi")] });
  const calls = toolCalls.map(({ id, name, input, argumentsText }): Call => {
    return { id, name, input: input === undefined ? { notJson: argumentsText } : input };
  });
  const counts = usage.source === "unknown" ? null : vendorTotals[protocol](usage);
  return { text, calls, stop: rawStopReason, usage: counts };
}

/** Our disjoint classes put together again into each vendor's totals. */
const vendorTotals: Readonly<Record<ProtocolId, (usage: Usage) => Record<string, number>>> = {
  "anthropic-messages": (usage) => ({
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    ephemeral_1h_input_tokens: usage.cacheWrite1h,
    output_tokens: usage.output,
    thinking_tokens: usage.reasoning,
    web_search_requests: usage.webSearches,
  }),
  "openai-chat": (usage) => ({
    prompt_tokens: allInput(usage),
    cached_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite5m,
    prompt_audio_tokens: usage.inputAudio,
    completion_tokens: allOutput(usage),
    reasoning_tokens: usage.reasoning,
    completion_audio_tokens: usage.outputAudio,
    completion_image_tokens: usage.outputImage,
  }),
  "openai-responses": (usage) => ({
    input_tokens: allInput(usage),
    cached_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite5m,
    output_tokens: allOutput(usage),
    reasoning_tokens: usage.reasoning,
  }),
  gemini: (usage) => ({
    prompt: allInput(usage),
    cached: usage.cacheRead,
    answer: allOutput(usage),
    thoughts: usage.reasoning,
    heard: usage.inputAudio,
    spoken: usage.outputAudio,
    drawn: usage.outputImage,
  }),
};

function allInput(usage: Usage): number {
  return usage.input + usage.inputAudio + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
}

function allOutput(usage: Usage): number {
  return usage.output + usage.outputAudio + usage.outputImage;
}
