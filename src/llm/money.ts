import { inputTokens, tokenClasses, type TokenClass, type Usage } from "./usage.ts";

/**
 * Money is counted in whole pico-dollars (10^-12 $): a price of one micro-dollar per million tokens is one
 * pico-dollar per token, so every price that vendors publish is a whole number and sums are exact.
 */
export type Picodollars = bigint;

/** Pico-dollars in a dollar. */
const PICODOLLARS_PER_DOLLAR = 1_000_000_000_000n;

/** What something cost. An unknown price is unknown, never zero; `atLeast` is the part that is known. */
export type Cost =
  | { readonly known: true; readonly picodollars: Picodollars; readonly dollars: number }
  | { readonly known: false; readonly why: string; readonly atLeast: Picodollars };

/** A decimal number of dollars per million tokens, as price lists print it: "3", "0.30", "18.75". */
export type DollarsPerMillion = string;

/** Prices for one range of context length. A class without a price must not be used, or the cost is unknown. */
export type Rates = Readonly<Partial<Record<TokenClass, DollarsPerMillion>>>;

/** A dated price list of one model. */
export interface Prices {
  /** In dollars per million tokens. */
  readonly rates: Rates;
  /**
   * Rates that replace `rates` for the whole exchange when its input, cached tokens included, is longer than
   * `above` tokens. The longest that applies wins.
   */
  readonly tiers?: readonly { readonly above: number; readonly rates: Rates }[];
  /** Dollars for one web search run by the vendor. */
  readonly webSearch?: string;
  /** The day the prices were read, as YYYY-MM-DD. */
  readonly date?: string;
  /** Where they were read. */
  readonly source?: string;
}

/** JSON has no whole numbers of this size: there a cost has its pico-dollars as a decimal text. */
const hiddenToJson = {
  value(this: Cost): object {
    return Object.fromEntries(
      Object.entries(this).map(([key, value]) => [key, typeof value === "bigint" ? String(value) : value]),
    );
  },
};

/** The cost of nothing. */
export const noCost: Cost = knownCost(0n);

/** A cost that is known. */
export function knownCost(picodollars: Picodollars): Cost {
  return writable({ known: true, picodollars, dollars: Number(picodollars) / 1e12 });
}

/** A cost that is not known, or not all of it. */
export function unknownCost(why: string, atLeast: Picodollars): Cost {
  return writable({ known: false, why, atLeast });
}

function writable<Any extends Cost>(cost: Any): Any {
  return Object.defineProperty(cost, "toJSON", hiddenToJson);
}

/** The sum of two costs; known only if both are. */
export function addCost(a: Cost, b: Cost): Cost {
  if (a.known && b.known) return a.picodollars === 0n ? b : knownCost(a.picodollars + b.picodollars);
  const why = a.known ? (b.known ? "" : b.why) : a.why;
  return unknownCost(why, floorOf(a) + floorOf(b));
}

function floorOf(cost: Cost): Picodollars {
  return cost.known ? cost.picodollars : cost.atLeast;
}

/**
 * A decimal number times 10^`scale` as a whole number. Exact: no floating point.
 * @throws RangeError when the text is no decimal number, is negative, or has more places than `scale`.
 */
export function decimal(text: string, scale: number): bigint {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  const fraction = (match?.[2] ?? "").replace(/0+$/, "");
  if (match === null || fraction.length > scale) {
    throw new RangeError(`not a decimal number with at most ${scale} places: ${JSON.stringify(text)}`);
  }
  return BigInt((match[1] as string) + fraction.padEnd(scale, "0"));
}

const parsed = new Map<string, bigint>();

/** A price as pico-dollars per token. */
export function perToken(price: DollarsPerMillion): Picodollars {
  let value = parsed.get(price);
  if (value === undefined) {
    value = decimal(price, 6);
    parsed.set(price, value);
  }
  return value;
}

/** The rates that apply to an exchange with this many input tokens. */
function ratesFor(prices: Prices, input: number): Rates {
  let rates = prices.rates;
  let above = -1;
  for (const tier of prices.tiers ?? []) {
    if (input > tier.above && tier.above > above) {
      rates = tier.rates;
      above = tier.above;
    }
  }
  return rates;
}

/**
 * What an exchange cost: what the vendor says it billed, else tokens times prices.
 * Unknown when the vendor reported no usage, or used a class of tokens that has no price.
 */
export function cost(usage: Usage, prices: Prices | undefined): Cost {
  if (usage.billed !== undefined) return knownCost(usage.billed);
  if (usage.source === "unknown") return unknownCost("the provider reported no usage", 0n);
  if (prices === undefined) return unknownCost("the model has no price", 0n);
  const rates = ratesFor(prices, inputTokens(usage));
  let sum = 0n;
  let missing: string | undefined;
  for (const name of tokenClasses) {
    const count = usage[name];
    if (count === 0) continue;
    const price = rates[name];
    if (price === undefined) missing ??= `the model has no price for ${name} tokens`;
    else sum += BigInt(count) * perToken(price);
  }
  if (usage.webSearches > 0) {
    if (prices.webSearch === undefined) missing ??= "the model has no price for web searches";
    else sum += BigInt(usage.webSearches) * decimal(prices.webSearch, 12);
  }
  return missing === undefined ? knownCost(sum) : unknownCost(missing, sum);
}

/** Whether a price list asks for nothing whatever is used. */
export function isFree({ rates, tiers = [], webSearch = "0" }: Prices): boolean {
  return isNothing({ webSearch }) && isNothing(rates) && tiers.every((tier) => isNothing(tier.rates));
}

function isNothing(list: Readonly<Record<string, string>>): boolean {
  for (const name in list) if (!/^[0.]*$/.test(list[name] as string)) return false;
  return true;
}

/** Dollars for people: every digit that is not zero, at least two places: `$0.00051`, `$1.50`. */
export function formatDollars(picodollars: Picodollars): string {
  const sign = picodollars < 0n ? "-" : "";
  const absolute = picodollars < 0n ? -picodollars : picodollars;
  const fraction = (absolute % PICODOLLARS_PER_DOLLAR).toString().padStart(12, "0").replace(/0+$/, "");
  return `${sign}$${absolute / PICODOLLARS_PER_DOLLAR}.${fraction.padEnd(2, "0")}`;
}

/** A cost for people; an unknown one says why. */
export function formatCost(cost: Cost): string {
  return cost.known ? formatDollars(cost.picodollars) : `unknown (${cost.why})`;
}
