// OpenAI's chat completions, both ways: what the mock server sends, and how the hand-written clients read it.

import { firstMessages, maxOutputTokens } from "../work.mjs";

/** What the SDKs and Colloquy want as the end of their base URL. */
export const base = "/v1";
export const path = "/v1/chat/completions";

// --- the server's side

export function reply(work) {
  const message = { role: "assistant", content: work.text, refusal: null, annotations: [] };
  return JSON.stringify({
    ...head(work, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: usage(work),
  });
}

/** The events of a streamed answer, each as the text that goes into the body. */
export function events(work) {
  const chunk = (delta, finish_reason, pad) =>
    sse({
      ...head(work, "chat.completion.chunk"),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      usage: null,
      obfuscation: padding.slice(0, pad),
    });
  return [
    chunk({ role: "assistant", content: "", refusal: null }, null, 9),
    ...work.pieces.map(({ text, pad }) => chunk({ content: text }, null, pad + 1)),
    chunk({}, "stop", 5),
    sse({ ...head(work, "chat.completion.chunk"), choices: [], usage: usage(work), obfuscation: "" }),
    "data: [DONE]\n\n",
  ];
}

const padding = "Xq3vT8mBz1LwYk6R";

function head(work, object) {
  return {
    id: "chatcmpl-BenchBenchBenchBenchBenchBenc",
    object,
    created: 1767225600,
    model: work.model,
    service_tier: "default",
    system_fingerprint: "fp_benchbench",
  };
}

function usage({ usage: { input, cacheRead, output } }) {
  return {
    prompt_tokens: input + cacheRead,
    completion_tokens: output,
    total_tokens: input + cacheRead + output,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function sse(value) {
  return `data: ${JSON.stringify(value)}\n\n`;
}

// --- the side of a client written by hand

export const headers = { "content-type": "application/json", authorization: "Bearer not-a-key" };

export const endMark = "[DONE]";

export function request(model, stream, messages = firstMessages) {
  const streamed = stream ? { stream, stream_options: { include_usage: true } } : {};
  return { model, max_completion_tokens: maxOutputTokens, ...streamed, messages };
}

export function readReply({ choices, usage }) {
  return { text: choices[0].message.content, usage: readUsage(usage) };
}

/** Takes one event into `answer`, which begins as { deltas: 0, text: "" }. */
export function readEvent(answer, event) {
  if (event.error) throw new Error(event.error.message);
  const content = event.choices[0]?.delta.content;
  if (content) {
    answer.deltas++;
    answer.text += content;
  }
  if (event.usage) answer.usage = readUsage(event.usage);
}

export function readUsage({ prompt_tokens, prompt_tokens_details: { cached_tokens }, completion_tokens }) {
  return { input: prompt_tokens - cached_tokens, cacheRead: cached_tokens, output: completion_tokens };
}
