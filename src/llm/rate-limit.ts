/** How much of a provider's limit is left, as its last answer said. */
export interface RateLimit {
  /** What is counted: `requests`, `tokens`, `input-tokens`, `output-tokens`, or the provider's own word. */
  readonly limit: "requests" | "tokens" | "input-tokens" | "output-tokens" | (string & {});
  /** How many there may be. */
  readonly allowed?: number;
  readonly remaining?: number;
  /** When the limit is whole again, in milliseconds since 1970. */
  readonly resetsAt?: number;
}
