import type { Fields } from "../conformance/facts.ts";
import { isRecord } from "../conformance/same-request.ts";
import { chatCounts } from "./by-openai-chat.ts";
import type { KnownDifference } from "./known-difference.ts";
import { tokens, word, type Facts } from "./reading.ts";
import type { Wire } from "./wire.ts";

/** What providers other than OpenAI send in its language; its SDK is made for OpenAI's own. */
export const chatDifferences: readonly KnownDifference[] = [
  {
    kind: "sdk-misreads",
    name: "usage in a corner",
    reason: "Groq's older streams report usage in `x_groq` alone. The SDK does not look there; we do.",
    when: (wire) => reported(wire) === undefined && inCorner(wire) !== undefined,
    mend: (sdk, wire) => ({ ...sdk, usage: chatCounts(inCorner(wire) ?? {}) }),
  },
  {
    kind: "sdk-misreads",
    name: "usage overwritten",
    reason:
      "A chunk after the one with the usage says `usage: null`. The SDK keeps the last word and loses the report; we keep the last report.",
    when: (wire) => wire.streamed && reported(wire) !== undefined && wire.events.at(-1)?.["usage"] === null,
    mend: (sdk, wire) => ({ ...sdk, usage: chatCounts(reported(wire) ?? {}) }),
  },
  {
    kind: "sdk-misreads",
    name: "cached under another name",
    reason:
      "The tokens read from a cache stand in `num_cached_tokens`, `cached_tokens` or `prompt_cache_hit_tokens` beside the details or in their place (Mistral, Together, DeepSeek). The SDK knows the details alone.",
    when: (wire) => cached(wire) > tokens(inside(wire)["cached_tokens"]),
    mend: (sdk, wire) => counted(sdk, { cached_tokens: cached(wire) }),
  },
  {
    kind: "sdk-misreads",
    name: "reasoning under another name",
    reason: "Together reports `reasoning_tokens` beside the details. The SDK knows the details alone.",
    when: (wire) => tokens(reported(wire)?.["reasoning_tokens"]) > 0,
    mend: (sdk, wire) => counted(sdk, { reasoning_tokens: tokens(reported(wire)?.["reasoning_tokens"]) }),
  },
  {
    kind: "sdk-misreads",
    name: "thinking beside the output",
    reason:
      "xAI leaves thinking out of `completion_tokens`; the total shows it. Our output has it, because it is paid for; the SDK hands on what was sent.",
    when: (wire) => beside(wire) > 0,
    mend: (sdk, wire) =>
      counted(sdk, { completion_tokens: (sdk.usage?.["completion_tokens"] ?? 0) + beside(wire) }),
  },
  {
    kind: "sdk-misreads",
    name: "more cached than sent",
    reason:
      "More tokens are said to be read from or written to a cache than the prompt has (Grok at Azure, OpenRouter). Our classes are disjoint and add up to the prompt, so they hold no more than it does.",
    when: (wire) => {
      const written = tokens(inside(wire)["cache_write_tokens"]);
      return cached(wire) + written > tokens(reported(wire)?.["prompt_tokens"]);
    },
    mend: (sdk) => {
      const { prompt_tokens = 0, cached_tokens = 0, cache_write_tokens = 0 } = sdk.usage ?? {};
      const read = Math.min(cached_tokens, prompt_tokens);
      const written = Math.min(cache_write_tokens, prompt_tokens - read);
      return counted(sdk, { cached_tokens: read, cache_write_tokens: written });
    },
  },
  {
    kind: "sdk-misreads",
    name: "message beside delta",
    reason:
      "Perplexity's chunks have all that was said so far as `message` beside the new `delta`. The SDK lets the message replace what it has and then adds the delta, which is in it already.",
    when: (wire) => wire.streamed && choices(wire).some(({ message }) => isRecord(message)),
    mend: (sdk, wire) => {
      const last = choices(wire).findLast(({ message }) => isRecord(message))?.["message"];
      return { ...sdk, text: word((last as Fields | undefined)?.["content"]) };
    },
  },
  {
    kind: "sdk-misreads",
    name: "content as a list",
    reason:
      "Mistral's thinking models send a delta's content as a list of parts. The SDK adds lists to a text and gets `[object Object]`.",
    when: (wire) => wire.streamed && deltas(wire).some(({ content }) => Array.isArray(content)),
    mend: (sdk, wire) => {
      const pieces = deltas(wire).flatMap(({ content }): unknown[] => [content].flat());
      const texts = pieces.map((piece) => word(isRecord(piece) ? piece["text"] : piece));
      return { ...sdk, text: texts.join("") };
    },
  },
  {
    kind: "sdk-misreads",
    name: "call of nothing",
    reason:
      "Snowflake fills what it has not got: `function_call` has an empty name and no arguments. The SDK hands it on; we drop what nobody could run.",
    when: (wire) => messages(wire).some((said) => (Object(said["function_call"]) as Fields)["name"] === ""),
    mend: (sdk) => ({ ...sdk, calls: sdk.calls.filter(({ id, name }) => id !== "" || name !== "") }),
  },
  {
    kind: "sdk-refuses",
    name: "no role",
    reason:
      "No delta has a role (Groq's compound models, GPUStack). The answer is the assistant's all the same.",
    says: /missing role for choice/,
    when: (wire) => wire.streamed && !deltas(wire).some(({ role }) => Boolean(role)),
  },
  {
    kind: "sdk-refuses",
    name: "no finish reason",
    reason:
      "The stream ends with `[DONE]` and no reason (Snowflake, some of Hugging Face's and OpenRouter's). We answer with the reason unknown.",
    says: /missing finish_reason for choice/,
    when: (wire) => wire.streamed && !choices(wire).some((choice) => Boolean(choice["finish_reason"])),
  },
  {
    kind: "sdk-refuses",
    name: "call without a number",
    reason:
      "A tool call's `index` is missing or -1 (Mistral, Hugging Face). We tell calls apart by their ids then.",
    says: /invalid tool call index/,
    when: (wire) => wire.streamed && calls(wire).some(({ index }) => !(Number(index) >= 0)),
  },
  {
    kind: "sdk-refuses",
    name: "call without a type",
    reason: "A streamed tool call has no `type` (Mistral). What has a function is a call of one.",
    says: /tool call snapshot missing `type`|missing choices\[0\]\.tool_calls\[\d+\]\.type/,
    when: (wire) => wire.streamed && calls(wire).some(({ type }) => type === undefined),
  },
  {
    kind: "sdk-refuses",
    name: "chunk without choices",
    reason:
      "OpenAI's audio models send chunks without a list of choices. They say nothing, so we pass over them.",
    says: /choices is not iterable/,
    when: (wire) => wire.streamed && wire.events.some((chunk) => chunk["choices"] === undefined),
  },
  {
    kind: "we-refuse",
    name: "error in a choice",
    reason:
      "OpenRouter's upstream failed in the middle of an answer, and the choice has an `error` beside its text. The SDK hands on half an answer as a whole one; we throw, with what was said in `partial`.",
    says: /^ModelError: the provider failed/,
    when: (wire) => choices(wire).some(({ error }) => isRecord(error)),
  },
];

function choices({ events }: Wire): Fields[] {
  return events.flatMap((event) => (event["choices"] ?? []) as Fields[]);
}

function deltas(wire: Wire): Fields[] {
  return choices(wire).map((choice) => Object(choice["delta"]) as Fields);
}

/** What was said in each choice, streamed or whole. */
function messages(wire: Wire): Fields[] {
  return choices(wire).map(({ delta, message }) => Object(delta ?? message) as Fields);
}

/** All pieces of tool calls. */
function calls(wire: Wire): Fields[] {
  return messages(wire).flatMap((said) => (said["tool_calls"] ?? []) as Fields[]);
}

function reported({ events }: Wire): Fields | undefined {
  return events.map(({ usage }) => usage).findLast(isRecord);
}

function inCorner({ events }: Wire): Fields | undefined {
  return events.map((event) => (Object(event["x_groq"]) as Fields)["usage"]).findLast(isRecord);
}

function inside(wire: Wire): Fields {
  return Object(reported(wire)?.["prompt_tokens_details"]) as Fields;
}

function cached(wire: Wire): number {
  const names = ["cached_tokens", "num_cached_tokens", "prompt_cache_hit_tokens"];
  const said = names.map((name) => tokens(reported(wire)?.[name]));
  return Math.max(tokens(inside(wire)["cached_tokens"]), ...said);
}

/** The thinking that the total has and the output has not. */
function beside(wire: Wire): number {
  const usage = reported(wire) ?? {};
  const thought = tokens((Object(usage["completion_tokens_details"]) as Fields)["reasoning_tokens"]);
  const sum = tokens(usage["prompt_tokens"]) + tokens(usage["completion_tokens"]) + thought;
  return sum === usage["total_tokens"] ? thought : 0;
}

function counted(facts: Facts, counts: Record<string, number>): Facts {
  return { ...facts, usage: { ...facts.usage, ...counts } };
}
