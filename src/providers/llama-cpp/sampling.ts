import { ModelError } from "../../llm/errors.ts";
import type { Request } from "../../llm/request.ts";
import type { Sampling } from "./library.ts";

/** How a request wants its tokens chosen; what it leaves open is the engine's choice. */
export function sampling(request: Request, random: () => number): Sampling {
  const { temperature, topP, topK, stopSequences, thinking } = request;
  const thoughts = typeof thinking === "object" ? thinking.budgetTokens : thinking === "off" ? 0 : undefined;
  return {
    seed: Math.floor(random() * 2 ** 32),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stopSequences !== undefined && { customStopTriggers: stopSequences }),
    ...(thoughts !== undefined && { budgets: { thoughtTokens: thoughts } }),
  };
}

/** The longest answer that a request allows, in tokens. @throws ModelError `invalid-request` for a bound that is none. */
export function longestAnswer(request: Request, usual: number = Infinity): number {
  const { maxOutputTokens: most = usual } = request;
  if (most === Infinity || (Number.isSafeInteger(most) && most >= 1)) return most;
  throw new ModelError(`maxOutputTokens must be a whole number from 1, not ${most}`, {
    kind: "invalid-request",
  });
}
