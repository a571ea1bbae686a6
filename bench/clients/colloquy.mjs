// Ours, from the built package. Each call is a conversation of its own, with a price, so that the ledger works too.

import { createConversation, openModel } from "../../dist/index.js";
import { wires } from "../wires.mjs";
import { maxOutputTokens, question } from "../work.mjs";

const protocols = { anthropic: "anthropic-messages", openai: "openai-chat" };
const prices = {
  rates: { input: "3", cacheRead: "0.30", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" },
};

export async function prepare(
  { baseUrl, wire, model: name },
  options = {},
  conversing = (model) => createConversation({ model }),
) {
  const target = {
    protocol: protocols[wire],
    baseUrl: baseUrl + wires[wire].base,
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

  const callback = () => say(conversing(model), question);

  // The transport keeps the connections, the model keeps what was encoded, and both are shared by all conversations.
  function converse() {
    const conversation = conversing(model);
    return (text) => say(conversation, text);
  }

  async function say(conversation, message) {
    let deltas = 0;
    let text = "";
    const onEvent = (event) => {
      if (event.type === "part-delta" && event.kind === "text") {
        deltas++;
        text += event.text;
      }
    };
    const response = await conversation.send(message, { onEvent });
    if (response.cost?.known === false) throw new Error(`no cost: ${response.cost.why}`);
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
    converse: { onEvent: converse },
  };
}

function read({ text, usage, cost }) {
  if (cost?.known === false) throw new Error(`no cost: ${cost.why}`);
  return { text, usage };
}
