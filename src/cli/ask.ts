import type { Agent } from "../agent/agent.ts";
import type { Response } from "../llm/response.ts";
import { follow } from "../providers/follow.ts";
import { Stopped } from "./exit-code.ts";

/** What came of asking. */
export interface Answer {
  /** Absent where a turn needed no further answer. */
  readonly response: Response | undefined;
  readonly text: string;
}

/**
 * Says a message, and goes on until rest; without one, goes on with the turn that was interrupted, or with the message
 * that has no answer.
 * @throws what the model fails with, the signal's reason, and Stopped for a turn that was ended for it.
 */
export async function ask(agent: Agent, message: string | undefined, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const release = follow(signal, (cause) => agent.cancel(cause));
  try {
    if (message === undefined) agent.goOn();
    else agent.say(message);
    const outcome = await agent.rest();
    if (outcome === undefined) return { response: undefined, text: "" };
    const { end, response, text, steps, ...failed } = outcome;
    if (end === "cancelled") throw failed.cause;
    if ("error" in failed) throw failed.error;
    if (end === "steps")
      throw new Stopped(
        "steps",
        `the turn took ${steps} steps, and may take no more; --max-steps allows others`,
      );
    if (end === "loop") throw new Stopped("loop", "the model went on doing the same, and was stopped");
    return { response, text };
  } finally {
    release();
  }
}
