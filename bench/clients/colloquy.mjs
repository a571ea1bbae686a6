// Ours, from the built package. Each call is a conversation of its own, with a price, so that the ledger works too.

import { createConversation, openModel } from "../../dist/index.js";
import { maxOutputTokens, question } from "../work.mjs";

const protocols = { anthropic: "anthropic-messages" };
const prices = {
  rates: { input: "3", cacheRead: "0.30", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
};

export async function prepare({ baseUrl, wire, model: name }, options = {}) {
  const target = {
    protocol: protocols[wire],
    baseUrl,
    model: name,
    apiKey: "not-a-key",
    prices,
    maxOutputTokens,
  };
  const model = openModel({ ...target, retries: 0, ...options });
  const whole = openModel({ ...target, retries: 0, streaming: false, ...options });
  const request = {
    messages: [{ role: "user", parts: [{ type: "text", text: question }] }],
    maxOutputTokens,
  };

  async function send() {
    return read(await createConversation({ model: whole }).send(question));
  }

  async function complete() {
    return read(await whole.complete(request));
  }

  async function callback() {
    let deltas = 0;
    let text = "";
    const onEvent = (event) => {
      if (event.type === "part-delta" && event.kind === "text") {
        deltas++;
        text += event.text;
      }
    };
    const response = await createConversation({ model }).send(question, { onEvent });
    return { deltas, text, usage: response.usage };
  }

  async function forAwait() {
    let deltas = 0;
    let text = "";
    let usage;
    for await (const event of createConversation({ model }).stream(question)) {
      if (event.type === "part-delta" && event.kind === "text") {
        deltas++;
        text += event.text;
      } else if (event.type === "response") usage = event.response.usage;
    }
    return { deltas, text, usage };
  }

  return {
    call: { "conversation.send": send, "model.complete": complete },
    stream: { onEvent: callback, "for await": forAwait },
  };
}

function read({ text, usage, cost }) {
  if (cost?.known === false) throw new Error(`no cost: ${cost.why}`);
  return { text, usage };
}
