import { check as anthropicMessages } from "./anthropic-messages.ts";
import { check as gemini } from "./gemini.ts";
import { check as openaiChat } from "./openai-chat.ts";
import { check as openaiResponses } from "./openai-responses.ts";

/** What is wrong with a request's body, by the rules of the wire format's own vendor. */
export const validators = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  gemini,
} as const;

/** The name of a wire format. */
export type WireName = keyof typeof validators;
