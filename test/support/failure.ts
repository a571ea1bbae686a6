import assert from "node:assert/strict";
import { ModelError } from "../../src/llm/errors.ts";

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail("it did not fail");
}

/** The ModelError that a promise is rejected with. */
export async function modelError(promise: Promise<unknown>): Promise<ModelError> {
  const error = await rejection(promise);
  if (!(error instanceof ModelError)) throw error;
  return error;
}
