import { asksForStream } from "./ask.ts";
import { openAiRefusals, refused, usedUp } from "./openai.ts";
import type { Wire, WireStream } from "./wire.ts";

const refusal = openAiRefusals({
  "orphan-call": {
    message:
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
      "The following tool_call_ids did not have response messages: call_1",
    type: "invalid_request_error",
    param: "messages.[2].role",
    code: null,
  },
  // OpenAI itself signs nothing here; Gemini's and OpenRouter's endpoints do.
  "bad-signature": {
    message: "Corrupted thought signature.",
    type: "invalid_request_error",
    param: null,
    code: null,
  },
  "context-overflow": {
    message:
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 210000 tokens. " +
      "Please reduce the length of the messages.",
    type: "invalid_request_error",
    param: "messages",
    code: "context_length_exceeded",
  },
});

const answer = { id: "chatcmpl-fault", created: 1_760_000_000, model: "fault-server" };
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

const send = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const chunk = (fields: object): string => send({ ...answer, object: "chat.completion.chunk", ...fields });
const say = (delta: object, finish_reason: string | null = null): string =>
  chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });

function stream(): WireStream {
  let calls = 0;
  return {
    begin: () => say({ role: "assistant", content: "", refusal: null }),
    open: () => "",
    piece: (content) => say({ content }),
    close: () => "",
    call: (id, argumentsText) => {
      const index = calls++;
      const begun = { index, id, type: "function", function: { name: "look", arguments: "" } };
      return (
        say({ tool_calls: [begun] }) +
        say({ tool_calls: [{ index, function: { arguments: argumentsText } }] })
      );
    },
    end: (reason) =>
      `${say({}, reason === "tool" ? "tool_calls" : "stop") + chunk({ choices: [], usage })}data: [DONE]\n\n`,
    // OpenRouter's.
    ping: () => ": OPENROUTER PROCESSING\n\n",
    failure: (why) => send({ error: refusal(why).error }),
  };
}

/** OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat). */
export const openAiChat: Wire = {
  headers: { "x-request-id": "req_fault" },
  streams: (_, body) => asksForStream(body),
  whole: (content) =>
    JSON.stringify({
      ...answer,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage,
    }),
  stream,
  refusal: (why) => refused(refusal(why)),
  usedUp,
};
