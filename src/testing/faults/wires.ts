import { anthropicMessages } from "./anthropic-messages.ts";
import { gemini } from "./gemini.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";
import type { Wire } from "./wire.ts";

/** The languages that a fault server speaks. */
export type FaultProtocol = "anthropic-messages" | "openai-chat" | "openai-responses" | "gemini";

export const wires: Readonly<Record<FaultProtocol, Wire>> = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openAiChat,
  "openai-responses": openAiResponses,
  gemini,
};
