import { formatCost, formatDollars, knownCost, unknownCost, type Cost } from "../../llm/money.ts";
import type { TotalUsage } from "../../llm/total.ts";
import { inputTokens, outputTokens } from "../../llm/usage.ts";

/** What a piece of work used. */
export interface Spent {
  readonly cost: Cost;
  /** In and out, of whatever cache. */
  readonly tokens: number;
  readonly responses: number;
}

/** What a conversation and all below it used since it had used so much. */
export function spentSince(before: TotalUsage, now: TotalUsage): Spent {
  return {
    cost: costSince(before.cost, now.cost),
    tokens: tokensOf(now) - tokensOf(before),
    responses: now.responses - before.responses,
  };
}

/** The same in a few words: `$0.0123, 4,512 tokens in 3 answers`. */
export function toldSpent({ cost, tokens, responses }: Spent): string {
  const answers = responses === 1 ? "1 answer" : `${responses} answers`;
  return `${toldCost(cost)}, ${tokens.toLocaleString("en-US")} tokens in ${answers}`;
}

function toldCost(cost: Cost): string {
  if (cost.known || cost.atLeast === 0n) return cost.known ? formatCost(cost) : `cost ${formatCost(cost)}`;
  return `at least ${formatDollars(cost.atLeast)} (${cost.why})`;
}

function costSince(before: Cost, now: Cost): Cost {
  const known = floorOf(now) - floorOf(before);
  return now.known ? knownCost(known) : unknownCost(now.why, known);
}

const floorOf = (cost: Cost): bigint => (cost.known ? cost.picodollars : cost.atLeast);
const tokensOf = (total: TotalUsage): number => inputTokens(total) + outputTokens(total);
