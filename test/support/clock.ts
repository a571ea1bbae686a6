import type { Clock, System } from "../../src/providers/system.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  #elapsed = 0;
  #shift: number;
  readonly #timers = new Set<Timer>();
  #watchers: (() => void)[] = [];

  /** @param start wall-clock time of the first moment, in milliseconds since 1970. */
  constructor(start: number = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#shift = start;
  }

  now(): number {
    return this.#shift + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  timer(ms: number, callback: () => void): () => void {
    const timer = { due: this.#elapsed + ms, callback };
    this.#timers.add(timer);
    for (const watcher of this.#watchers.splice(0)) watcher();
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set and have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How long the next timer still has; undefined when none is set. */
  get nextIn(): number | undefined {
    const next = this.#next(Infinity);
    return next === undefined ? undefined : next.due - this.#elapsed;
  }

  /** Lets time pass. Timers fire in the order in which they are due, those that others set meanwhile among them. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#elapsed = next.due;
      this.#timers.delete(next);
      next.callback();
    }
    this.#elapsed = end;
  }

  /** Sets the wall clock, as an administrator or a waking laptop does; intervals don't notice. */
  jump(ms: number): void {
    this.#shift += ms;
  }

  /** Resolves when a timer is set that is due in exactly `ms`. */
  async set(ms: number): Promise<void> {
    while (![...this.#timers].some(({ due }) => due === this.#elapsed + ms)) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    }
    return next;
  }
}

/** A system whose time stands still and whose chance is the seed's. */
export interface VirtualSystem extends System {
  readonly clock: VirtualClock;
}

/** Time that the test moves, and the same chance in each run. */
export function virtualSystem(seed = 1): VirtualSystem {
  return { clock: new VirtualClock(), random: seededRandom(seed) };
}

/** mulberry32: small, and good enough to tell one draw from the next. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
