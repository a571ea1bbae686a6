/** A rate limit that all who ask share: so many requests in each window of so many milliseconds. */
export interface FaultLimit {
  readonly requests: number;
  readonly perMs: number;
}

/**
 * Admits requests. What it returns takes the next one, and tells how many milliseconds it is too early, 0 for not at
 * all. The first window begins with the first request, each later one with the first after the last was over.
 */
export function admission({ requests, perMs }: FaultLimit, now: () => number): () => number {
  let ends = -Infinity;
  let left = 0;
  return () => {
    const time = now();
    if (time >= ends) {
      ends = time + perMs;
      left = requests;
    }
    if (left === 0) return ends - time;
    left--;
    return 0;
  };
}
