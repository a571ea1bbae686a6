// Vercel's AI SDK with its Anthropic provider.

import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText, streamText } from "ai";
import { maxOutputTokens, question } from "../work.mjs";

export async function prepare({ baseUrl, wire, model: name }) {
  if (wire !== "anthropic") return {};
  const provider = createAnthropic({ apiKey: "not-a-key", baseURL: `${baseUrl}/v1` });
  const ask = { model: provider(name), prompt: question, maxOutputTokens, maxRetries: 0 };

  async function call() {
    const { text, usage } = await generateText(ask);
    return { text, usage: readUsage(usage) };
  }

  async function stream() {
    let failure;
    const result = streamText({ ...ask, onError: ({ error }) => (failure = error) });
    let deltas = 0;
    let text = "";
    for await (const delta of result.textStream) {
      deltas++;
      text += delta;
    }
    if (failure !== undefined) throw new Error("the stream failed", { cause: failure });
    return { deltas, text, usage: readUsage(await result.usage) };
  }

  return { call: { generateText: call }, stream: { streamText: stream } };
}

function readUsage({ inputTokenDetails, outputTokens }) {
  return {
    input: inputTokenDetails.noCacheTokens,
    cacheRead: inputTokenDetails.cacheReadTokens,
    output: outputTokens,
  };
}
