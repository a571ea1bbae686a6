import { ConfigurationError, ModelError } from "../../llm/errors.ts";

/** The context has no room left: the engine asks what it may forget, and it may forget nothing. */
export class ContextFull extends Error {}

/** The error of a request that the context cannot hold. */
export function overflow(tokens: number, window: number): ModelError {
  return new ModelError(
    `the request has ${tokens} tokens, and the context holds ${window} with the answer; shorten it, or open the model with a larger contextSize`,
    { kind: "context-overflow" },
  );
}

/** What the engine throws, as an error with a kind. Its errors have no codes: some are known by their words. */
export function explained(error: unknown): unknown {
  if (error instanceof ModelError || error instanceof ConfigurationError) return error;
  const why = error instanceof Error ? error.message : String(error);
  if (/parse grammar/i.test(why)) {
    return new ModelError(`the engine can make no grammar of a schema in this request: ${why}`, {
      kind: "invalid-request",
      cause: error,
    });
  }
  // Its grammar for numbers writes some that no JSON reader takes.
  if (error instanceof SyntaxError || (error instanceof Error && error.name.includes("FunctionCall"))) {
    return new ModelError(`the engine could not read its own call: ${why}`, {
      kind: "malformed",
      cause: error,
    });
  }
  return new ModelError(`the engine failed: ${why}`, { kind: "server", cause: error });
}
