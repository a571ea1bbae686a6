import type { WireName } from "../support/validators/index.ts";

/** Rules that some servers do not enforce, as recorded. */
export interface Leniency {
  readonly wire: WireName;
  readonly providers: RegExp;
  readonly rules: ReadonlySet<string>;
  readonly why: string;
}

function lenient(wire: WireName, providers: RegExp, rules: string, why: string): Leniency {
  return { wire, providers, rules: new Set(rules.split(" ")), why };
}

/**
 * What was answered although the vendor's rules forbid it. The validators stay strict: what one server takes once,
 * another refuses.
 */
export const leniencies: readonly Leniency[] = [
  lenient(
    "anthropic-messages",
    /^anthropic$/,
    "blank-text",
    "one recording of an assistant's text of one blank; the same is refused elsewhere",
  ),
  lenient(
    "openai-chat",
    /^openai$/,
    "call-arguments",
    "one recording of arguments that are a plain text; OpenAI shows them to the model as they are",
  ),
  lenient(
    "openai-chat",
    /^(?!openai$|azure$)/,
    `unknown-field shape call-id tool-type piece-place empty-content empty-list media-type url name`,
    "those who copied the language have fields, pieces and tools of their own, and ids of any length",
  ),
  lenient("openai-responses", /^(?:deepseek|xai)$/, "item-id", "ids of their own form"),
  lenient(
    "openai-responses",
    /^openai$/,
    "result-uncalled",
    "one recording of an output for a call that the tool search made itself",
  ),
];
