import type { FaultProtocol } from "../../src/testing/index.ts";

/** The languages that a fault server speaks. */
export const protocols: readonly FaultProtocol[] = [
  "anthropic-messages",
  "openai-chat",
  "openai-responses",
  "gemini",
];
