/**
 * Where a usage comes from: `reported` by the vendor, `estimated` by us, or `unknown`: nothing was reported, and its
 * zeros mean nothing.
 */
export type UsageSource = "reported" | "estimated" | "unknown";

/** The classes of tokens that are priced. They are disjoint: no token is in two of them. */
export const tokenClasses = [
  "input",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "output",
  "inputAudio",
  "outputAudio",
  "outputImage",
] as const;

/** The name of one class of tokens. */
export type TokenClass = (typeof tokenClasses)[number];

/** Tokens by class. `input` leaves out what was read from or written to a cache, and audio. */
export type Tokens = Readonly<Record<TokenClass, number>>;

/** What one exchange used, as the vendor counts it. */
export interface Usage extends Tokens {
  /** The part of `output` that was thinking; 0 where the vendor does not say. */
  readonly reasoning: number;
  /** Web searches run by the vendor, priced by the piece. */
  readonly webSearches: number;
  readonly source: UsageSource;
  /** What the vendor itself says it charges, in pico-dollars, where it says so. */
  readonly billed?: bigint;
}

const zero: Usage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  inputAudio: 0,
  outputAudio: 0,
  outputImage: 0,
  reasoning: 0,
  webSearches: 0,
  source: "reported",
};

/** A usage from the classes that are not zero; `reported` unless it says otherwise. */
export function usage(counts: Partial<Usage>): Usage {
  return { ...zero, ...counts };
}

/** The usage of an exchange whose vendor reported none. */
export const unknownUsage: Usage = usage({ source: "unknown" });

/** All tokens that went in, from whatever cache: what fills the model's window. */
export function inputTokens(tokens: Tokens): number {
  return tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.inputAudio;
}

/** All tokens that came out. */
export function outputTokens(tokens: Tokens): number {
  return tokens.output + tokens.outputAudio + tokens.outputImage;
}
