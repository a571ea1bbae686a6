import type { Dialect } from "../../src/protocols/dialect.ts";

/** A sentence for each setting of each switch: one that is missing here does not compile. */
const words: {
  readonly [Switch in keyof Required<Dialect>]: Readonly<Record<`${Required<Dialect>[Switch]}`, string>>;
} = {
  endMark: {
    always: "the end mark always comes",
    sometimes: "an answer may end without its end mark",
  },
  maxTokens: {
    max_tokens: "the answer is bounded by `max_tokens`",
    max_completion_tokens: "the answer is bounded by `max_completion_tokens`",
  },
  systemRole: {
    system: "instructions have the role `system`",
    developer: "instructions have the role `developer`",
  },
  thinkingBack: {
    reasoning_content: "earlier thinking goes back in `reasoning_content`",
    reasoning: "earlier thinking goes back in `reasoning`",
    reasoning_details: "earlier thinking goes back in `reasoning_details`",
  },
  effort: {
    reasoning_effort: "effort is asked for with `reasoning_effort`",
    enable_thinking: "thinking is asked for with `enable_thinking`",
    thinking_type: "thinking is asked for with `thinking.type`",
    none: "effort is not asked for",
  },
  usageOnRequest: {
    true: "a stream reports usage when asked to",
    false: "a stream reports usage unasked",
  },
  anyTool: {
    required: "the word for any tool is `required`",
    any: "the word for any tool is `any`",
  },
  thinkingBesideOutput: {
    true: "the reported output leaves out thinking",
    false: "the reported output has the thinking in it",
  },
  callIds: {
    any: "ids of calls are as they come",
    nine: "ids of calls are nine letters or digits",
  },
  resultMedia: {
    inside: "images and files of a result go into it",
    beside: "images and files of a result go after it",
  },
  markForeignCalls: {
    true: "calls of other models are marked as such",
    false: "calls of other models are not marked",
  },
  leastThinking: {
    off: "thinking can be switched off",
    minimal: "thinking cannot be switched off: the least is `minimal`",
    low: "thinking cannot be switched off: the least is `low`",
  },
  stateless: {
    true: "requests say that nothing is to be stored",
    false: "requests do not say what is to be stored",
  },
  cacheMarks: { cache_control: "cache breakpoints are marked with `cache_control`" },
  structuredOutput: {
    native: "an answer by schema is asked for by the schema",
    tool: "an answer by schema is asked for with a tool",
    "json-object": "an answer by schema is asked for in JSON mode",
  },
  thinkingKept: {
    true: "earlier thinking is not sent back",
    false: "earlier thinking is sent back",
  },
  thinkingDemanded: {
    true: "an earlier answer without its thinking is refused",
    false: "an earlier answer may come without its thinking",
  },
  strict: {
    true: "what OpenAI's specification does not have is left out",
    false: "what OpenAI's specification does not have is sent as well",
  },
};

/** The switches of a dialect in words, one for each. */
export function inWords(dialect: Dialect): string[] {
  return Object.entries(dialect).map(([name, value]) => {
    const settings: Readonly<Record<string, string>> = words[name as keyof Dialect];
    return settings[String(value)] ?? `${name}: ${String(value)}`;
  });
}
