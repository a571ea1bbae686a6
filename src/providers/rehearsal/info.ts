import type { ModelInfo } from "../model.ts";
import type { Prices } from "../../llm/money.ts";
import { tokenClasses } from "../../llm/usage.ts";

/** What a model in this process costs: nothing, and that is known. */
export const free: Prices = {
  rates: Object.fromEntries(tokenClasses.map((name) => [name, "0"])),
  webSearch: "0",
  date: "2026-11-21",
  source: "built in",
};

/** What is known of the rehearsal model before it is asked. */
export function rehearsalInfo(
  maxOutput: number = 8192,
  prices: Prices = free,
  window: number = 200_000,
): ModelInfo {
  return { name: "rehearsal", provider: "rehearsal", protocol: "none", window, maxOutput, prices };
}
