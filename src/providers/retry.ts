import type { ModelError } from "../llm/errors.ts";
import type { RateLimit } from "../llm/rate-limit.ts";

/** When to try again and when to stop. */
export interface RetryPolicy {
  /** How often a request is tried again at most; 0 for never. */
  readonly retries: number;
  /** The mean first wait in milliseconds; each later one is twice as long. */
  readonly baseMs: number;
  /** The longest wait that we choose ourselves; a provider may ask for more. */
  readonly maxMs: number;
  /** How long all attempts and waits may take together, in milliseconds. */
  readonly deadlineMs: number;
}

export const defaultRetries: RetryPolicy = { retries: 4, baseMs: 1000, maxMs: 30_000, deadlineMs: 300_000 };

/** What to do after a failed attempt. */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | { readonly retry: false; readonly why: "not-retryable" | "attempts" | "deadline" };

/**
 * Decides what follows a failure. Pure: `attempt` counts from 1, `elapsedMs` is the time since the first one began,
 * `random` is a number from 0 to 1.
 *
 * Waits grow twofold, with jitter over their upper half, so that children which failed together do not come back
 * together. A provider's own wait is a floor under that: jitter comes on top of it too, and a wait of nothing (a date
 * that has passed) does not bring everybody back at once.
 */
export function decideRetry(
  error: ModelError,
  attempt: number,
  elapsedMs: number,
  policy: RetryPolicy,
  random: number,
): RetryDecision {
  if (!error.retryable) return { retry: false, why: "not-retryable" };
  if (attempt > policy.retries) return { retry: false, why: "attempts" };
  const asked = error.retryAfterMs ?? 0;
  const grown = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  const delayMs = Math.ceil(Math.max(grown * (0.5 + random / 2), asked * (1 + random / 10)));
  if (elapsedMs + delayMs > policy.deadlineMs) return { retry: false, why: "deadline" };
  return { retry: true, delayMs };
}

/**
 * How long the provider asks us to wait, in milliseconds, from the headers of its answer (names in lower case) and the
 * limits that they tell of. `retry-after-ms` wins over `retry-after` (seconds or a date, RFC 9110 section 10.2.3);
 * without either, it is until the last of the limits that are used up is reset.
 */
export function retryAfter(
  headers: Readonly<Record<string, string>>,
  limits: readonly RateLimit[],
  now: number,
): number | undefined {
  const ms = Number(headers["retry-after-ms"] || Number.NaN);
  if (ms > 0 && Number.isFinite(ms)) return ms;
  const after = headers["retry-after"];
  if (after !== undefined) {
    const waitMs = /^\s*\d+(\.\d+)?\s*$/.test(after) ? Number(after) * 1000 : Date.parse(after) - now;
    if (Number.isFinite(waitMs)) return Math.max(0, waitMs);
  }
  const resets = limits.filter(({ remaining }) => remaining === 0).map(({ resetsAt }) => resetsAt);
  const known = resets.filter((reset) => reset !== undefined);
  return known.length === 0 ? undefined : Math.max(0, Math.max(...known) - now);
}
