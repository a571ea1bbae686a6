import { ConfigurationError } from "../llm/errors.ts";
import { decimal, isFree, perToken, type Prices, type Rates } from "../llm/money.ts";
import type { Request } from "../llm/request.ts";
import type { TokenClass } from "../llm/usage.ts";
import type { ModelInfo } from "../providers/model.ts";
import type { InputBound } from "./input-bound.ts";
import type { Amounts } from "./ledger.ts";
import { schemaBound, valueBound } from "./token-bound.ts";
import { refuseOptions, searchesOf, unbounded } from "./unbounded.ts";

/** The bound of an answer's length where nobody names one, in tokens. */
const DEFAULT_MAX_OUTPUT_TOKENS = 16_384;

/**
 * An answer is not asked for with less room than this, in tokens, unless the request itself asks for less: what is cut
 * after a few words costs its whole input, and is of no use.
 */
const LEAST_OUTPUT_TOKENS = 256;

/**
 * The most that a call can use. What it rests on: the provider keeps to the bound of the output, thinking included; its
 * window and its prices are not above those that are known of it; the input has no more tokens than bytes, or than its
 * provider counted before. Recorded answers of real providers are held against this by a test: only Qwen's thinking
 * passes the bound of the output.
 */
export interface WorstCase {
  /** The most input tokens, what the provider's own tools read again and again among them. */
  readonly input: number;
  /** The bound of the output that the request itself would have, in tokens. */
  readonly output: number;
  /** The bound below which no answer is asked for, in tokens. */
  readonly least: number;
  /** Pico-dollars of the input and of fees; undefined where nobody limits dollars. */
  readonly fixed: bigint | undefined;
  /** Pico-dollars of a token of the output. */
  readonly perOutput: bigint;
}

/** Which of the limits a worst case is made for. */
export interface Limited {
  readonly dollars: boolean;
  readonly tokens: boolean;
}

/**
 * The worst case of a request.
 * @throws ConfigurationError `unbounded` when there is none: no price, a file of unknown length for a model of unknown
 * window, tools that the provider runs without end, options of the provider that change what is charged.
 */
export function worstCase(
  request: Request,
  model: ModelInfo,
  bound: InputBound,
  limited: Limited,
): WorstCase {
  const { prices } = model;
  if (limited.dollars && prices === undefined) {
    throw unbounded(
      `the price of ${model.name} is not known`,
      'give it: openModel(name, { prices: { rates: { input: "3", output: "15" } } }), in dollars per million tokens',
    );
  }
  const free = prices?.rates.input !== undefined && prices.rates.output !== undefined && isFree(prices);
  const output = request.maxOutputTokens ?? usualOutput(model);
  if (!Number.isSafeInteger(output) || output < 1) {
    throw new ConfigurationError(
      "invalid-option",
      `maxOutputTokens must be a whole number from 1, not ${output}`,
    );
  }
  const least = Math.min(output, LEAST_OUTPUT_TOKENS);
  if (free && !limited.tokens) return { input: 0, output, least, fixed: 0n, perOutput: 0n };
  refuseOptions(request);
  const searched = searchesOf(request, model, limited.dollars);
  const { window = Infinity } = model;
  const once = Math.min(window, bound.tokens + schemaBound(request) + optionsBound(request));
  // Each search is read by a sampling of its own, which has the window to fill.
  const input = searched === 0 ? once : window * (searched + 1);
  if (!Number.isFinite(input)) {
    throw unbounded(
      "it holds a file or a link whose length in tokens does not follow from its bytes, and the model's window is not known",
      "open the model with its `window`, or leave the file out",
    );
  }
  if (!limited.dollars || prices === undefined)
    return { input, output, least, fixed: undefined, perOutput: 0n };
  const fees = searched === 0 ? 0n : BigInt(searched) * decimal(prices.webSearch ?? "0", 12);
  const hour =
    bound.kinds?.hour === true ||
    request.cache?.ttl === "1h" ||
    (request.providerOptions !== undefined && JSON.stringify(request.providerOptions).includes('"1h"'));
  const classes = inputClasses[hour ? "hour" : "short"][bound.kinds?.audio === true ? "audio" : "silent"];
  const perInput = dearest(prices, input, classes);
  const perOutput = dearest(prices, input, outputClasses);
  if (perInput === undefined || perOutput === undefined) {
    throw unbounded(
      `${model.name} has no price for ${perInput === undefined ? "input" : "output"} tokens`,
      "give it",
    );
  }
  return { input, output, least, fixed: BigInt(input) * perInput + fees, perOutput };
}

const text: readonly TokenClass[] = ["input", "cacheRead", "cacheWrite5m"];

/** The classes that an input can be charged as, by the cache that it may be written to and whether it has audio. */
const inputClasses = {
  short: { silent: text, audio: [...text, "inputAudio"] },
  hour: { silent: [...text, "cacheWrite1h"], audio: [...text, "cacheWrite1h", "inputAudio"] },
} as const;

const outputClasses: readonly TokenClass[] = ["output", "outputAudio", "outputImage"];

/** What to reserve for a call with this bound of its output. */
export function amountsFor({ input, fixed, perOutput }: WorstCase, output: number): Amounts {
  return {
    responses: 1n,
    tokens: BigInt(input + output),
    ...(fixed !== undefined && { dollars: fixed + BigInt(output) * perOutput }),
  };
}

/** The largest bound of the output that is wanted and can be paid; the least one where not even that can. */
export function longestPayable(
  { input, output, least, fixed, perOutput }: WorstCase,
  left: { readonly dollars: bigint | undefined; readonly tokens: bigint | undefined },
): number {
  let most = BigInt(output);
  if (left.tokens !== undefined) most = min(most, left.tokens - BigInt(input));
  if (left.dollars !== undefined && fixed !== undefined) {
    const rest = left.dollars - fixed;
    most = min(most, perOutput > 0n || rest < 0n ? rest / (perOutput || 1n) : most);
  }
  return Math.max(least, Number(most));
}

const min = (one: bigint, other: bigint): bigint => (one < other ? one : other);

function usualOutput({ usualOutput: usual = 0, maxOutput }: ModelInfo): number {
  return usual > 0 ? usual : Math.min(maxOutput ?? DEFAULT_MAX_OUTPUT_TOKENS, DEFAULT_MAX_OUTPUT_TOKENS);
}

/** The dearest price of a class that the call can meet, in pico-dollars, in any tier that it can reach. */
function dearest(prices: Prices, input: number, classes: readonly TokenClass[]): bigint | undefined {
  const lists: Rates[] = [prices.rates];
  for (const { above, rates } of prices.tiers ?? []) if (input > above) lists.push(rates);
  let most: bigint | undefined;
  for (const rates of lists) {
    // Without its main price a class is not priced at all.
    if (rates[classes[0] as TokenClass] === undefined) return undefined;
    for (const name of classes) {
      const price = rates[name];
      if (price === undefined) continue;
      const picodollars = perToken(price);
      if (most === undefined || picodollars > most) most = picodollars;
    }
  }
  return most;
}

function optionsBound({ providerOptions }: Request): number {
  return providerOptions === undefined ? 0 : valueBound(providerOptions);
}
