/** The result of some work on telemetry; undefined where it threw. What only watches must never break what it watches. */
export function quietly<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
