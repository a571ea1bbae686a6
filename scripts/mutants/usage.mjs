// Known bugs of what an answer used and what that costs.

const anthropic = "src/protocols/anthropic-messages/usage.ts";
const money = "src/llm/money.ts";

export const usage = [
  {
    name: "cached-tokens-twice",
    from: "shelley 12bf321, PostHog/posthog#48021: OpenAI's cached tokens count as input and as cached",
    file: "src/protocols/openai-chat/usage.ts",
    text: "    input: input.rest,",
    bug: '    input: count(wire, "prompt_tokens"),',
    tests: ["test/protocols/openai-chat/usage.test.ts"],
  },
  {
    name: "cumulative-usage-added",
    from: "langchain-ai/langchainjs#10249: the totals of message_delta are added to those of message_start",
    file: anthropic,
    text: "    merged[name] = value;",
    bug: `    const before = merged[name];
    merged[name] = typeof before === "number" && typeof value === "number" ? before + value : value;`,
    tests: ["test/protocols/anthropic-decode.test.ts"],
  },
  {
    name: "hour-writes-at-the-price-of-minutes",
    from: "earendil-works/pi#5738, mastra-ai/mastra#21314: one-hour cache writes are priced as five-minute ones",
    file: anthropic,
    text: 'const hour = isObject(byAge) ? count(byAge["ephemeral_1h_input_tokens"]) : 0;',
    bug: "const hour = 0;",
    tests: ["test/protocols/anthropic-decode.test.ts"],
  },
  {
    name: "tier-without-cached-tokens",
    from: "ccusage/ccusage#1541: a tier's threshold is compared with the input that was not cached",
    file: money,
    text: "ratesFor(prices, inputTokens(usage))",
    bug: "ratesFor(prices, usage.input)",
    tests: ["test/llm/money.test.ts"],
  },
  {
    name: "unknown-price-is-nothing",
    from: "supernovae-st/nika#1368: a model without a price costs $0, and no budget ever ends it",
    file: money,
    text: 'if (prices === undefined) return unknownCost("the model has no price", 0n);',
    bug: "if (prices === undefined) return noCost;",
    tests: ["test/llm/money.test.ts"],
  },
  {
    name: "unreported-usage-is-nothing",
    from: "openai/openai-agents-js#995: the usage of an answer that broke off is lost, and counts as nothing",
    file: money,
    text: 'if (usage.source === "unknown") return unknownCost("the provider reported no usage", 0n);',
    bug: "",
    tests: ["test/llm/money.test.ts"],
  },
];
