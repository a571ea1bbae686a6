import { ConfigurationError, ModelError } from "../llm/errors.ts";
import { OTHER_ERROR } from "./conventions.ts";

/**
 * An error as a word out of few: a `ModelError`'s kind, a `ConfigurationError`'s code, the name of any other error.
 * Messages never: they are without number, and may quote the conversation.
 */
export function errorType(error: unknown): string {
  if (error instanceof ModelError) return error.kind;
  if (error instanceof ConfigurationError) return error.code;
  const name = error instanceof Error ? error.name : "";
  return /^[A-Za-z_$][\w$.]{0,63}$/.test(name) ? name : OTHER_ERROR;
}
