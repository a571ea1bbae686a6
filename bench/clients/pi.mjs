// pi's model layer. It can only stream, so its short call is answered by an event stream of the same text.

import { complete as piComplete, stream as piStream } from "@mariozechner/pi-ai";
import { maxOutputTokens, question } from "../work.mjs";

export async function prepare({ baseUrl, wire, model: id }) {
  if (wire !== "anthropic") return {};
  const model = {
    id,
    name: id,
    api: "anthropic-messages",
    provider: "anthropic",
    baseUrl,
    reasoning: false,
    input: ["text"],
    cost: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    contextWindow: 200_000,
    maxTokens: maxOutputTokens,
  };
  const options = { apiKey: "not-a-key", maxTokens: maxOutputTokens, maxRetries: 0 };
  const context = () => ({ messages: [{ role: "user", content: question, timestamp: Date.now() }] });

  async function call() {
    const { content, usage, stopReason, errorMessage } = await piComplete(model, context(), options);
    if (stopReason === "error") throw new Error(errorMessage);
    return { text: content.map((block) => block.text).join(""), usage };
  }

  async function stream() {
    const answer = { deltas: 0, text: "" };
    for await (const event of piStream(model, context(), options)) {
      if (event.type === "text_delta") {
        answer.deltas++;
        answer.text += event.delta;
      } else if (event.type === "done") answer.usage = event.message.usage;
      else if (event.type === "error") throw new Error(event.error.errorMessage);
    }
    return answer;
  }

  return { call: { "complete (streams)": call }, stream: { stream } };
}
