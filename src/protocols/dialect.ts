/**
 * Where speakers of one language differ, as switches. Each has the usual way as its default; a provider's record names
 * only what is odd about it.
 */
export interface Dialect {
  /** Whether an answer's end mark (`[DONE]`) always comes. Where it does not, a stop reason ends an answer as well. */
  readonly endMark?: "always" | "sometimes";
  /** The field that bounds the answer; OpenAI's own newer models refuse the older one. */
  readonly maxTokens?: "max_tokens" | "max_completion_tokens";
  /** The role of instructions. */
  readonly systemRole?: "system" | "developer";
  /** The field in which earlier thinking is sent back, where the provider wants it back. */
  readonly thinkingBack?: "reasoning_content" | "reasoning" | "reasoning_details";
  /** How effort is asked for. */
  readonly effort?: "reasoning_effort" | "enable_thinking" | "thinking_type" | "none";
  /** Whether a stream reports usage only when asked with `stream_options`. */
  readonly usageOnRequest?: boolean;
  /** The word for "must call some tool". */
  readonly anyTool?: "required" | "any";
  /** Whether the reported output leaves out thinking. */
  readonly thinkingBesideOutput?: boolean;
  /** The form that ids of tool calls must have: nine letters or digits at Mistral. */
  readonly callIds?: "any" | "nine";
  /** Where images and files of a tool's result go: into it (Gemini 3), or after the results. */
  readonly resultMedia?: "inside" | "beside";
  /** Whether calls that another model made are marked as such: Gemini 3 refuses a turn's first call without. */
  readonly markForeignCalls?: boolean;
  /** The least that a model can think: some cannot be told not to. */
  readonly leastThinking?: "off" | "minimal" | "low";
  /**
   * Whether requests say that the history is ours (`store: false`, and thinking in encrypted form, so that it can be sent
   * back). A server that does not know these words, or a history kept by the provider, wants false.
   */
  readonly stateless?: boolean;
  /** How cache breakpoints are marked, where the provider takes marks at all (OpenRouter for Anthropic's models). */
  readonly cacheMarks?: "cache_control";
  /**
   * How an answer that satisfies a schema is asked for: by the schema (`native`, the default), in JSON mode with the
   * schema among the instructions (`json-object`), or as the arguments of a tool (`tool`), where neither is offered.
   */
  readonly structuredOutput?: "native" | "tool" | "json-object";
  /** Whether earlier thinking is kept from the provider, which refuses the fields that it came in. */
  readonly thinkingKept?: boolean;
  /**
   * Whether the provider refuses an earlier answer that comes without its thinking, in the field of `thinkingBack`. A
   * blank then stands for that of another model.
   */
  readonly thinkingDemanded?: boolean;
  /**
   * Whether the provider refuses what OpenAI's own specification does not have: fields, pieces and ids in which others
   * that speak its language differ. Then they are left out of what is sent, and what cannot be is replaced by a note.
   */
  readonly strict?: boolean;
}
