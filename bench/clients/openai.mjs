// OpenAI's own SDK.

import OpenAI from "openai";
import { wires } from "../wires.mjs";
import { conversation } from "../work.mjs";

export async function prepare({ baseUrl, wire: name, model }) {
  if (name !== "openai") return {};
  const { base, readEvent, readReply, request } = wires.openai;
  const client = new OpenAI({ apiKey: "not-a-key", baseURL: baseUrl + base, maxRetries: 0 });

  async function call() {
    return readReply(await client.chat.completions.create(request(model, false)));
  }

  async function stream(messages) {
    const answer = { deltas: 0, text: "" };
    for await (const event of await client.chat.completions.create(request(model, true, messages)))
      readEvent(answer, event);
    return answer;
  }

  return {
    call: { "completions.create": call },
    stream: { "completions.create": () => stream() },
    converse: { "completions.create": () => conversation(stream) },
  };
}
