/**
 * Time, as the engine sees it. Tests and simulations pass one of their own; the engine reaches for no other.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. */
  now(): number;
  /** Time that never jumps, in milliseconds from an arbitrary start. */
  monotonic(): number;
  /** Calls back once, after `ms` milliseconds. Returns what cancels it. */
  timer(ms: number, callback: () => void): () => void;
  /** The same, for what the process need not stay for; as {@link timer} where it is absent. */
  background?(ms: number, callback: () => void): () => void;
}

/** What the engine takes from the machine it runs on. */
export interface System {
  readonly clock: Clock;
  /** A random number from 0 up to, but not including, 1. */
  readonly random: () => number;
}

/** The longest delay that a platform timer takes; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own time and chance. */
export const system: System = {
  clock: {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timer: (ms, callback) => {
      const handle = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
      return () => clearTimeout(handle);
    },
    background: (ms, callback) => {
      const handle: unknown = setTimeout(callback, Math.min(ms, MAX_TIMER_MS));
      // Where timers are numbers nothing stays for them.
      if (typeof handle === "object" && handle !== null && "unref" in handle)
        (handle as NodeJS.Timeout).unref();
      return () => clearTimeout(handle as NodeJS.Timeout);
    },
  },
  random: () => Math.random(),
};

/** The environment variables of this process; none where there is no process. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return typeof process === "undefined" ? {} : process.env;
}

/** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it is aborted. */
export function wait(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.timer(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
