import { setImmediate } from "node:timers/promises";

/** So much is done before others get their turn: about two milliseconds, where looking at a file costs 1. */
const SLICE = 300;

/**
 * Parts long work into slices, so that what else the process does goes on. Calls that a local file system answers in
 * microseconds are made at once: handing each of them to a thread and back takes several times as long in all.
 */
export class Slices {
  readonly #signal: AbortSignal | undefined;
  #spent = 0;

  /** @param signal ends the work at the end of a slice */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Adds what was done; resolves when it may go on. @throws the signal's reason */
  async spend(cost: number): Promise<void> {
    this.#spent += cost;
    if (this.#spent < SLICE) return;
    this.#spent = 0;
    await setImmediate();
    this.#signal?.throwIfAborted();
  }
}
