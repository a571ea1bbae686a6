import type { Fields } from "../conformance/facts.ts";
import { isRecord } from "../conformance/same-request.ts";
import { parsedArguments, tokens, word, type Call, type Facts } from "./reading.ts";
import type { OpenaiSdk, Sdks } from "./sdks.ts";
import { served, type Wire } from "./wire.ts";

const request = { model: "any", messages: [{ role: "user", content: "Hi" }] };

/** A chat completion, read by OpenAI's SDK. */
export async function byOpenaiChat({ OpenAI }: Sdks, wire: Wire): Promise<Facts> {
  const client: OpenaiSdk = new OpenAI({
    apiKey: "none",
    maxRetries: 0,
    logLevel: "off",
    fetch: served(wire),
  });
  const { completions } = client.chat;
  const completion = wire.streamed
    ? await completions.stream(request).finalChatCompletion()
    : await completions.create(request);
  const choices = completion["choices"] as { message: Fields; finish_reason: string | null }[] | undefined;
  // An error with the status of a success: the SDK hands its object on, and whoever wants the answer of it fails.
  const choice = choices?.[0];
  if (choice === undefined) throw new TypeError("the completion has no choices");
  const { content, refusal, tool_calls, function_call } = choice.message;
  const called = [...((tool_calls ?? []) as Fields[])];
  if (isRecord(function_call)) called.push({ id: "", function: function_call });
  return {
    text: spoken(content) + spoken(refusal),
    calls: called.map(call),
    stop: choice.finish_reason ?? null,
    usage: isRecord(completion["usage"]) ? chatCounts(completion["usage"]) : null,
  };
}

/** Mistral's content may be a list; the SDK hands it on as it is. */
function spoken(content: unknown): string {
  if (!Array.isArray(content)) return word(content);
  return (content as Fields[]).map(({ type, text }) => (type === "text" ? word(text) : "")).join("");
}

function call({ id, function: called }: Fields): Call {
  const { name, arguments: text } = called as Fields;
  return { id: word(id), name: word(name), input: parsedArguments(word(text)) };
}

export function chatCounts(usage: Fields): Record<string, number> {
  const inside = Object(usage["prompt_tokens_details"]) as Fields;
  const outside = Object(usage["completion_tokens_details"]) as Fields;
  return {
    prompt_tokens: tokens(usage["prompt_tokens"]),
    cached_tokens: tokens(inside["cached_tokens"]),
    cache_write_tokens: tokens(inside["cache_write_tokens"]),
    prompt_audio_tokens: tokens(inside["audio_tokens"]),
    completion_tokens: tokens(usage["completion_tokens"]),
    reasoning_tokens: tokens(outside["reasoning_tokens"]),
    completion_audio_tokens: tokens(outside["audio_tokens"]),
    completion_image_tokens: tokens(outside["image_tokens"]),
  };
}
