import type { KnownDifference } from "./known-difference.ts";
import { geminiDifferences } from "./known-gemini.ts";
import { chatDifferences } from "./known-openai-chat.ts";
import { responsesDifferences } from "./known-openai-responses.ts";
import type { Wire } from "./wire.ts";

/** By protocol. They are applied in this order. Anthropic's SDK and we agree on everything that was recorded. */
export const knownDifferences: Readonly<Record<Wire["protocol"], readonly KnownDifference[]>> = {
  "anthropic-messages": [],
  "openai-chat": chatDifferences,
  "openai-responses": responsesDifferences,
  gemini: geminiDifferences,
};
