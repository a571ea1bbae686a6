import { knownCost, unknownCost, type Cost } from "../llm/money.ts";
import type { Usage } from "../llm/usage.ts";
import type { AmountsJson, UsageJson } from "./journal.ts";
import type { Amounts } from "./ledger.ts";
import type { CostJson } from "./to-json.ts";

/* Whole numbers of any size are decimal texts in JSON: both ways. */

export function amountsJson(amounts: Amounts): AmountsJson {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]));
}

export function readAmounts(json: AmountsJson = {}): Amounts {
  return Object.fromEntries(Object.entries(json).map(([name, amount]) => [name, BigInt(amount)]));
}

export function usageJson({ billed, ...usage }: Usage): UsageJson {
  return billed === undefined ? usage : { ...usage, billed: String(billed) };
}

export function readUsage({ billed, ...usage }: UsageJson): Usage {
  return billed === undefined ? usage : { ...usage, billed: BigInt(billed) };
}

export function readCost(json: CostJson): Cost {
  return json.known ? knownCost(BigInt(json.picodollars)) : unknownCost(json.why, BigInt(json.atLeast));
}
