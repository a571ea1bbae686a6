import type { Conversation } from "../conversation/conversation.ts";
import type { SendOptions } from "../conversation/options.ts";
import type { Response } from "../llm/response.ts";
import { Stopped } from "./exit-code.ts";

/** What came of asking. */
export interface Answer {
  /** Absent where a turn needed no further answer. */
  readonly response: Response | undefined;
  readonly text: string;
}

/** How a turn is run. */
export interface AskOptions extends SendOptions {
  readonly maxSteps?: number | undefined;
}

/**
 * Says a message, and goes on until rest; without one, goes on with the turn that was interrupted, or with the message
 * that has no answer.
 * @throws what the model fails with, the signal's reason, and Stopped for a turn that was ended for it.
 */
export async function ask(
  conversation: Conversation,
  message: string | undefined,
  { maxSteps, ...options }: AskOptions,
): Promise<Answer> {
  const limits = maxSteps === undefined ? {} : { maxSteps };
  const { end, response, text, steps, ...failed } = await conversation.turn(message, {
    ...options,
    ...limits,
  });
  if (end === "cancelled") throw failed.cause;
  if ("error" in failed) throw failed.error;
  if (end === "steps")
    throw new Stopped(
      "steps",
      `the turn took ${steps} steps, and may take no more; --max-steps allows others`,
    );
  if (end === "loop") throw new Stopped("loop", "the model went on doing the same, and was stopped");
  return { response, text };
}
