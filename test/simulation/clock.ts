import type { Clock } from "../../src/providers/system.ts";
import type { Random } from "./random.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
  readonly engine: boolean;
}

/** Time that goes on only when it is told to; which of several timers that are due at once fires first, chance says. */
export class SimulatedClock implements Clock {
  readonly #random: Random;
  readonly #timers: Timer[] = [];
  #elapsed = 0;
  #engine = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  now(): number {
    return Date.UTC(2026, 0, 2) + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** A timer of the engine's. */
  timer(ms: number, callback: () => void): () => void {
    this.#engine++;
    return this.#set(ms, callback, true);
  }

  /** Calls back when nothing else is on its way: before whatever else has come due at the same moment goes on. */
  quiet(callback: () => void): void {
    this.#set(0, callback, false);
  }

  /** A wait of the world's around it. */
  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.#set(ms, resolve, false));
  }

  /** Timers of the engine that have neither fired nor been cancelled. */
  get engineTimers(): number {
    return this.#engine;
  }

  /** Has one of the next timers fire; false where there is none, or none at this moment where `now` is asked for. */
  fire(now = false): boolean {
    let at = -1;
    let due = now ? this.#elapsed : Infinity;
    let alike = 0;
    for (let index = 0; index < this.#timers.length; index++) {
      const timer = this.#timers[index] as Timer;
      if (timer.due > due || (timer.due === due && at >= 0 && !this.#random.chance(1 / ++alike))) continue;
      if (timer.due < due || at < 0) alike = 1;
      at = index;
      due = timer.due;
    }
    const timer = this.#timers[at];
    if (timer === undefined) return false;
    this.#remove(at);
    this.#elapsed = timer.due;
    timer.callback();
    return true;
  }

  #set(ms: number, callback: () => void, engine: boolean): () => void {
    const timer: Timer = { due: this.#elapsed + ms, callback, engine };
    this.#timers.push(timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#remove(at);
    };
  }

  #remove(at: number): void {
    if (this.#timers[at]?.engine === true) this.#engine--;
    // Their order means nothing.
    const last = this.#timers.pop();
    if (last !== undefined && at < this.#timers.length) this.#timers[at] = last;
  }
}
