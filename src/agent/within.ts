import type { Clock } from "../providers/system.ts";

/** Which came first: what was waited for, the end of the time, or the abort of a signal. */
export type Came = "done" | "time" | "aborted";

/** Waits for something at most so many milliseconds. What it rejects with counts as done. */
export function within(
  clock: Clock,
  awaited: Promise<unknown>,
  ms: number,
  signal?: AbortSignal,
): Promise<Came> {
  return new Promise((resolve) => {
    const settle = (came: Came): void => {
      cancel();
      signal?.removeEventListener("abort", aborted);
      resolve(came);
    };
    const aborted = (): void => settle("aborted");
    const cancel = clock.timer(ms, () => settle("time"));
    signal?.addEventListener("abort", aborted, { once: true });
    const done = (): void => settle("done");
    awaited.then(done, done);
    if (signal?.aborted === true) aborted();
  });
}
