// Anthropic's own SDK.

import Anthropic from "@anthropic-ai/sdk";
import { wires } from "../wires.mjs";
import { conversation } from "../work.mjs";

export async function prepare({ baseUrl, wire: name, model }) {
  if (name !== "anthropic") return {};
  const { readEvent, readReply, request } = wires.anthropic;
  const client = new Anthropic({ apiKey: "not-a-key", baseURL: baseUrl, maxRetries: 0 });

  async function call() {
    return readReply(await client.messages.create(request(model, false)));
  }

  async function stream(messages) {
    const answer = { deltas: 0, text: "" };
    for await (const event of await client.messages.create(request(model, true, messages)))
      readEvent(answer, event);
    return answer;
  }

  return {
    call: { "messages.create": call },
    stream: { "messages.create": () => stream() },
    converse: { "messages.create": () => conversation(stream) },
  };
}
