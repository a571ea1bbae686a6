import type { Conversation } from "../conversation/conversation.ts";
import type { SendOptions } from "../conversation/options.ts";
import type { Response } from "../llm/response.ts";

/** What came of asking. */
export interface Answer {
  /** Absent where a turn needed no further answer. */
  readonly response: Response | undefined;
  readonly text: string;
}

/**
 * Says a message; without one, goes on with the turn that was interrupted, or with the message that has no answer.
 * @throws what the model fails with, and the signal's reason.
 */
export async function ask(
  conversation: Conversation,
  message: string | undefined,
  options: SendOptions,
): Promise<Answer> {
  if (message !== undefined) {
    const response = await conversation.send(message, options);
    return { response, text: response.text };
  }
  const { end, response, text, ...failed } = await conversation.turn(undefined, options);
  if (end === "cancelled") throw failed.cause;
  if ("error" in failed) throw failed.error;
  return { response, text };
}
