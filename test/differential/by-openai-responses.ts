import type { Fields } from "../conformance/facts.ts";
import { parsedArguments, tokens, word, type Call, type Facts } from "./reading.ts";
import type { OpenaiSdk, Sdks } from "./sdks.ts";
import { served, type Wire } from "./wire.ts";

const request = { model: "any", input: "Hi" };

/** An answer of the Responses API, read by OpenAI's SDK. */
export async function byOpenaiResponses({ OpenAI }: Sdks, wire: Wire): Promise<Facts> {
  const client: OpenaiSdk = new OpenAI({
    apiKey: "none",
    maxRetries: 0,
    logLevel: "off",
    fetch: served(wire),
  });
  const response = wire.streamed
    ? await client.responses.stream(request).finalResponse()
    : await client.responses.create(request);
  const output = response["output"] as Fields[];
  const refusals = output.flatMap(({ type, content }) =>
    type === "message" ? (content as Fields[]).filter((each) => each["type"] === "refusal") : [],
  );
  const why = (response["incomplete_details"] as Fields | null | undefined)?.["reason"];
  const usage = response["usage"] as Fields | null | undefined;
  return {
    text: [response["output_text"], ...refusals.map(({ refusal }) => refusal)].join(""),
    calls: output.filter(({ type }) => type === "function_call").map(call),
    stop: (why ?? response["status"] ?? null) as string | null,
    usage: usage === undefined || usage === null ? null : counts(usage),
  };
}

function call({ call_id, name, arguments: text }: Fields): Call {
  return { id: word(call_id), name: word(name), input: parsedArguments(word(text)) };
}

function counts(usage: Fields): Record<string, number> {
  const inside = Object(usage["input_tokens_details"]) as Fields;
  const outside = Object(usage["output_tokens_details"]) as Fields;
  return {
    input_tokens: tokens(usage["input_tokens"]),
    cached_tokens: tokens(inside["cached_tokens"]),
    cache_write_tokens: tokens(inside["cache_write_tokens"]),
    output_tokens: tokens(usage["output_tokens"]),
    reasoning_tokens: tokens(outside["reasoning_tokens"]),
  };
}
