import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import { openaiResponses } from "../../src/protocols/openai-responses/index.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { canonicalAnthropic } from "./anthropic-canonical.ts";
import { anthropicError } from "./anthropic-errors.ts";
import { walkAnthropic } from "./anthropic-walk.ts";
import { canonicalGemini, geminiError, walkGemini } from "./gemini-walk.ts";
import { canonicalOpenaiChat } from "./openai-chat-canonical.ts";
import { openaiChatError } from "./openai-chat-errors.ts";
import { walkOpenaiChat } from "./openai-chat-walk.ts";
import { canonicalResponses, responsesError, walkResponses } from "./openai-responses-walk.ts";
import type { Subject } from "./walked.ts";

/** The protocols that are built, by their names in traces. */
export const subjects: Readonly<Record<string, Subject>> = {
  "anthropic-messages": {
    protocol: anthropicMessages,
    canonical: canonicalAnthropic,
    walk: walkAnthropic,
    error: anthropicError,
  },
  "openai-chat": {
    protocol: openaiChat,
    canonical: canonicalOpenaiChat,
    walk: walkOpenaiChat,
    error: openaiChatError,
    // Many servers forget the end mark now and then; these two do not.
    dialect: (provider) => (provider === "openai" || provider === "azure" ? {} : { endMark: "sometimes" }),
  },
  "openai-responses": {
    protocol: openaiResponses,
    canonical: canonicalResponses,
    walk: walkResponses,
    error: responsesError,
  },
  gemini: { protocol: gemini, canonical: canonicalGemini, walk: walkGemini, error: geminiError },
};
