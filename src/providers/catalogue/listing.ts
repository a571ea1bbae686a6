import type { Prices } from "../../llm/money.ts";

/** What the price list knows of a model; without rates it knows no price that can be said in our words. */
export interface Listing extends Partial<Pick<Prices, "rates" | "tiers" | "webSearch">> {
  readonly window?: number;
  /** The day from which it has another price, as YYYY-MM-DD, where that is known already. */
  readonly until?: string;
}
