import { asksForStream } from "./ask.ts";
import { openAiRefusals, overloaded, refused, usedUp } from "./openai.ts";
import type { Wire, WireStream } from "./wire.ts";

const invalid = { type: "invalid_request_error", param: "input" };

const refusal = openAiRefusals({
  "orphan-call": { ...invalid, message: "No tool output found for function call call_1.", code: null },
  "bad-signature": {
    ...invalid,
    message:
      "The encrypted content for item rs_1 could not be verified. " +
      "Reason: Encrypted content could not be decrypted or parsed.",
    param: null,
    code: "invalid_encrypted_content",
  },
  "context-overflow": {
    ...invalid,
    message: "Your input exceeds the context window of this model. Please adjust your input and try again.",
    code: "context_length_exceeded",
  },
});

/** The answer, whose items come and go. */
const response = (status: string, output: readonly object[], more: object = {}): object => ({
  id: "resp_fault",
  object: "response",
  created_at: 1_760_000_000,
  status,
  error: null,
  incomplete_details: null,
  model: "fault-server",
  output,
  usage:
    status === "completed"
      ? {
          input_tokens: 10,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: 5,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 15,
        }
      : null,
  ...more,
});

const outputText = (text: string): object => ({ type: "output_text", annotations: [], logprobs: [], text });

const message = (n: number, status: string, content: readonly object[]): object => ({
  id: `msg_${n}`,
  type: "message",
  status,
  role: "assistant",
  content,
});

function stream(): WireStream {
  let sequence_number = 0;
  const output: object[] = [];
  let said = "";
  const event = (type: string, fields: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence_number++ })}\n\n`;
  const item = (type: string, fields: object): string =>
    event(`response.${type}`, { output_index: output.length, ...fields });
  const text = (type: string, fields: object): string =>
    item(type, { item_id: `msg_${output.length}`, content_index: 0, ...fields });
  const done = (whole: object): string => {
    const ended = item("output_item.done", { item: whole });
    output.push(whole);
    return ended;
  };
  return {
    begin: () => {
      const begun = { response: response("in_progress", []) };
      return event("response.created", begun) + event("response.in_progress", begun);
    },
    open: () => {
      said = "";
      return (
        item("output_item.added", { item: message(output.length, "in_progress", []) }) +
        text("content_part.added", { part: outputText("") })
      );
    },
    piece: (delta) => {
      said += delta;
      return text("output_text.delta", { delta, logprobs: [] });
    },
    close: () =>
      text("output_text.done", { text: said, logprobs: [] }) +
      text("content_part.done", { part: outputText(said) }) +
      done(message(output.length, "completed", [outputText(said)])),
    call: (call_id, argumentsText) => {
      const item_id = `fc_${output.length}`;
      const call = { id: item_id, type: "function_call", call_id, name: "look" };
      return (
        item("output_item.added", { item: { ...call, status: "in_progress", arguments: "" } }) +
        item("function_call_arguments.delta", { item_id, delta: argumentsText }) +
        item("function_call_arguments.done", { item_id, arguments: argumentsText }) +
        done({ ...call, status: "completed", arguments: argumentsText })
      );
    },
    end: () => event("response.completed", { response: response("completed", output) }),
    // Not in the documents, but on the wire: https://github.com/openai/openai-node/issues/1964.
    ping: () => event("keepalive", {}),
    failure: (why) => {
      const { code, message } = refusal(why).error;
      const error = why === "overloaded" ? overloaded : { code: code ?? "server_error", message };
      return event("response.failed", { response: response("failed", output, { error }) });
    },
  };
}

/** OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses). */
export const openAiResponses: Wire = {
  headers: { "x-request-id": "req_fault" },
  streams: (_, body) => asksForStream(body),
  whole: (text) =>
    JSON.stringify(response("completed", [message(0, "completed", [outputText(text)])]), null, 2),
  stream,
  refusal: (why) => refused(refusal(why)),
  usedUp,
};
