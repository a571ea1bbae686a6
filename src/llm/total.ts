import { addCost, noCost, type Cost } from "./money.ts";
import { usage, type Tokens, type Usage } from "./usage.ts";

/** What a conversation and its descendants have used so far. */
export interface TotalUsage extends Tokens {
  readonly reasoning: number;
  readonly webSearches: number;
  /** Answers received. */
  readonly responses: number;
  /** Exchanges of which not all usage was reported, answers that were cut among them: tokens are missing here. */
  readonly unreported: number;
  /** How often each tool was called. */
  readonly toolUses: Readonly<Record<string, number>>;
  readonly cost: Cost;
}

/** The total before the first exchange. */
export const noUsage: TotalUsage = (() => {
  const { source: _, ...tokens } = usage({});
  return { ...tokens, responses: 0, unreported: 0, toolUses: {}, cost: noCost };
})();

/** A total and one answer more. */
export function addAnswer(total: TotalUsage, one: Usage, cost: Cost): TotalUsage {
  return add(total, one, cost, 1, one.source === "unknown" ? 1 : 0);
}

/** A total and what is known of an answer that was cut. */
export function addCut(total: TotalUsage, one: Usage, cost: Cost): TotalUsage {
  return add(total, one, cost, 0, 1);
}

/** A total and one call of a tool more. */
export function addToolUse(total: TotalUsage, name: string): TotalUsage {
  const before = Object.hasOwn(total.toolUses, name) ? (total.toolUses[name] ?? 0) : 0;
  return { ...total, toolUses: { ...total.toolUses, [name]: before + 1 } };
}

function add(total: TotalUsage, one: Usage, cost: Cost, responses: number, unreported: number): TotalUsage {
  return {
    input: total.input + one.input,
    cacheRead: total.cacheRead + one.cacheRead,
    cacheWrite5m: total.cacheWrite5m + one.cacheWrite5m,
    cacheWrite1h: total.cacheWrite1h + one.cacheWrite1h,
    output: total.output + one.output,
    inputAudio: total.inputAudio + one.inputAudio,
    outputAudio: total.outputAudio + one.outputAudio,
    outputImage: total.outputImage + one.outputImage,
    reasoning: total.reasoning + one.reasoning,
    webSearches: total.webSearches + one.webSearches,
    responses: total.responses + responses,
    unreported: total.unreported + unreported,
    toolUses: total.toolUses,
    cost: addCost(total.cost, cost),
  };
}
