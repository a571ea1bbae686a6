import type { ModelError } from "../llm/errors.ts";
import type { Clock } from "./system.ts";

/** A place in the gate, for one request. Each of its methods counts once. */
export interface Place {
  /** The provider answers: others may follow. */
  answered(): void;
  /** The request is over, however it ended. */
  leave(): void;
}

/**
 * Where the requests of one model pass, so that not all of them run into a limit that one has met. It is open while
 * nobody is refused, and then costs nothing. A refusal shuts it for as long as the provider asks for. After that one
 * request goes first; when it is answered two go, then four: rounds that double, as TCP's slow start has them (RFC 5681
 * section 3.1), until nobody waits.
 */
export class Gate {
  readonly #clock: Clock;
  /** How many may go in this round. */
  #room = Infinity;
  /** How many have gone, and how many of them have no answer yet. */
  #gone = 0;
  #under = 0;
  /** Whether anybody of this round was answered. */
  #answered = false;
  #opensAt = -Infinity;
  #refusal: ModelError | undefined;
  /** What lets those in who wait, in their order. */
  readonly #waiting = new Set<() => void>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether requests pass without a place. */
  get open(): boolean {
    return this.#room === Infinity;
  }

  /** A request was refused: nobody else goes for so long. */
  shut(refusal: ModelError, ms: number): void {
    this.#room = 1;
    this.#gone = this.#under;
    this.#answered = false;
    this.#refusal = refusal;
    this.#opensAt = Math.max(this.#opensAt, this.#clock.monotonic() + ms);
    if (this.#waiting.size > 0) this.#arm();
  }

  /**
   * Waits for a place, first come, first served, for `mostMs` at most; then it asks all the same. A wait that is known to
   * be longer is not begun.
   *
   * @param onWait told, before a wait, how long it takes at least, and which refusal is its reason.
   * @throws the signal's reason when it is aborted meanwhile.
   */
  async enter(
    signal: AbortSignal | undefined,
    mostMs: number,
    onWait: (leastMs: number, refusal: ModelError) => void,
  ): Promise<Place> {
    const least = Math.max(0, this.#opensAt - this.#clock.monotonic());
    const mayGo = least === 0 && this.#gone < this.#room && this.#waiting.size === 0;
    if (!mayGo && least <= mostMs && this.#refusal !== undefined) {
      onWait(least, this.#refusal);
      await this.#turn(signal, mostMs);
    } else this.#go();
    return this.#place();
  }

  #turn(signal: AbortSignal | undefined, mostMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(enter);
        if (this.#waiting.size === 0) this.#disarm();
        cancel();
        signal?.removeEventListener("abort", abort);
      };
      const enter = (): void => {
        stop();
        this.#go();
        resolve();
      };
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const cancel = this.#clock.timer(mostMs, enter);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.add(enter);
      if (this.#cancelTimer === undefined) this.#arm();
    });
  }

  #go(): void {
    this.#under++;
    this.#gone++;
  }

  #place(): Place {
    let there = true;
    const leave = (answered: boolean): void => {
      if (!there) return;
      there = false;
      this.#under--;
      if (answered) this.#answered = true;
      if (this.#under === 0) this.#nextRound();
    };
    return { answered: () => leave(true), leave: () => leave(false) };
  }

  /** All who went are answered, or gone. */
  #nextRound(): void {
    this.#gone = 0;
    if (this.#clock.monotonic() < this.#opensAt) {
      if (this.#waiting.size > 0) this.#arm();
      return;
    }
    if (this.#answered) this.#room *= 2;
    this.#answered = false;
    this.#admit();
    if (this.#room > 1 && this.#waiting.size === 0) {
      this.#room = Infinity;
      this.#refusal = undefined;
    }
  }

  /** Lets in whom there is room for. */
  #admit(): void {
    for (const enter of this.#waiting) {
      if (this.#gone >= this.#room) return;
      enter();
    }
  }

  #arm(): void {
    this.#disarm();
    const left = this.#opensAt - this.#clock.monotonic();
    // Time goes on between two looks at the clock: what was not yet open may be so now.
    if (left <= 0) {
      this.#admit();
      return;
    }
    this.#cancelTimer = this.#clock.timer(left, () => {
      this.#cancelTimer = undefined;
      this.#admit();
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
