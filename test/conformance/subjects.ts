import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { anthropicError } from "./anthropic-errors.ts";
import { walkAnthropic } from "./anthropic-walk.ts";
import type { Subject } from "./walked.ts";

/** The protocols that are built, by their names in traces. */
export const subjects: Readonly<Record<string, Subject>> = {
  "anthropic-messages": { protocol: anthropicMessages, walk: walkAnthropic, error: anthropicError },
};
