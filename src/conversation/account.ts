import { cost, isFree, noCost, unknownCost, type Cost, type Prices } from "../llm/money.ts";
import { addAnswer, addCut, addToolUse, noUsage, type TotalUsage } from "../llm/total.ts";
import type { Response } from "../llm/response.ts";
import type { Usage } from "../llm/usage.ts";
import { BudgetExceeded, ConfigurationError } from "../llm/errors.ts";

/** Limits of a conversation and all its descendants together. */
export interface Budget {
  /** Answers that may be received. */
  readonly responses?: number;
}

/** The account of one conversation: what it used, and through its parent what all ancestors used. */
export class Account {
  readonly #parent: Account | undefined;
  readonly #budget: Budget;
  #total: TotalUsage = noUsage;
  /** Answers that are being waited for: they count before they come, so that siblings cannot share the last one. */
  #pending = 0;

  constructor(parent: Account | undefined, budget: Budget) {
    const { responses } = budget;
    if (responses !== undefined && (!Number.isInteger(responses) || responses < 0)) {
      throw new ConfigurationError(
        "invalid-option",
        `budget.responses must be a whole number, not ${responses}`,
      );
    }
    this.#parent = parent;
    this.#budget = budget;
  }

  get total(): TotalUsage {
    return this.#total;
  }

  /**
   * Holds a place for one answer on the whole chain, or on none of it.
   * @throws BudgetExceeded when the conversation or an ancestor has none left.
   */
  reserve(): void {
    for (let at: Account | undefined = this; at !== undefined; at = at.#parent) {
      const allowed = at.#budget.responses;
      const used = at.#total.responses + at.#pending;
      if (allowed !== undefined && used >= allowed) throw new BudgetExceeded("responses", allowed, used);
    }
    for (let at: Account | undefined = this; at !== undefined; at = at.#parent) at.#pending++;
  }

  /** Gives the place back, and books the answer where one came. */
  settle(response: Response | undefined): void {
    for (let at: Account | undefined = this; at !== undefined; at = at.#parent) {
      at.#pending--;
      if (response !== undefined) at.#total = addAnswer(at.#total, response.usage, response.cost);
    }
  }

  /** Counts a call of a tool. */
  countTool(name: string): void {
    for (let at: Account | undefined = this; at !== undefined; at = at.#parent) {
      at.#total = addToolUse(at.#total, name);
    }
  }

  /** Books an answer that was cut: what was reported of it, at a cost that nobody knows unless the model is free. */
  bookCut(usage: Usage, prices: Prices | undefined): void {
    const charged = prices !== undefined && isFree(prices) ? noCost : cutCost(cost(usage, prices));
    for (let at: Account | undefined = this; at !== undefined; at = at.#parent) {
      at.#total = addCut(at.#total, usage, charged);
    }
  }
}

/** The provider charges for what it had done by then, which only it knows. */
function cutCost(reported: Cost): Cost {
  const atLeast = reported.known ? reported.picodollars : reported.atLeast;
  return unknownCost("an answer was cut off, and what it cost was not reported", atLeast);
}
