import { ModelError } from "../llm/errors.ts";
import { follow } from "./follow.ts";
import type { Clock } from "./system.ts";
import type { Halt } from "./transport.ts";

/** How long we wait for what, in milliseconds. */
export interface Timeouts {
  /** For the way to the server to open. */
  readonly connect: number;
  /** For the first event of the answer, counted from then. */
  readonly firstEvent: number;
  /** For the next event. Bytes alone do not count: a server's pings keep a dead stream alive. */
  readonly idle: number;
}

export const defaultTimeouts: Timeouts = { connect: 10_000, firstEvent: 120_000, idle: 90_000 };

/** An answer that comes whole says nothing before it is finished, so it may take as long as a streamed one. */
export const wholeAnswerTimeouts: Timeouts = { ...defaultTimeouts, firstEvent: 600_000 };

/** How long a server may keep a body open after its answer has said that it is finished. */
const DRAIN_MS = 1000;

/** How often a wait looks at the wall clock. */
const LOOK_MS = 10_000;

/** So much more on the wall clock than on our own, and the machine has slept: nobody sets a clock by so much. */
const SLEPT_MS = 30_000;

/** How long an answer has after a sleep to show that its connection still stands. */
const WAKE_MS = 5000;

/**
 * Watches one exchange: halts it when too long nothing happened. One timer at a time, and it is set anew only for a
 * wait that ends sooner: most exchanges are over before their first one would have rung.
 *
 * Timers and the monotonic clock may stand still while a machine sleeps, but servers do not wait. So time asleep counts
 * as silence, down to a few seconds in which what has arrived meanwhile is read.
 */
export class Watch implements Halt {
  aborted = false;
  reason: unknown = undefined;
  onAbort: (() => void) | undefined = undefined;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  #cancel: (() => void) | undefined;
  #release: (() => void) | undefined = undefined;
  /** When the timer rings, by the monotonic clock. */
  #ringsAt = Infinity;
  #limit = 0;
  #what = "";
  /** When the silence began, by the monotonic clock. */
  #since = 0;
  /** When the wall clock was last looked at, and how far it was ahead of the monotonic one. */
  #lookedAt = 0;
  #ahead = 0;
  #wokeAt = -Infinity;
  #eventful = false;
  #draining = false;

  constructor(clock: Clock, timeouts: Timeouts) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#await(timeouts.connect, "the connection did not open");
  }

  /** Halts the exchange; the first reason counts. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.onAbort?.();
  }

  /** Has a signal halt the exchange, until it is over. */
  follow(signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.#release = follow(signal, (reason) => this.abort(reason));
  }

  connected(): void {
    this.#await(this.#timeouts.firstEvent, "no event of the answer came");
  }

  /** Events came. Costs a reading of the clock; the timer finds out by itself that it has to wait on. */
  progress(): void {
    if (!this.#eventful) {
      this.#eventful = true;
      this.#await(this.#timeouts.idle, "no further event of the answer came");
      return;
    }
    const now = this.#clock.monotonic();
    this.#since = now;
    // A sleep before this event is over and done with. Once a second is enough: it costs as much again.
    if (now - this.#lookedAt > 1000) this.#look(now);
  }

  /** The answer is finished; its body may still be open. Mostly its end came with the same bytes: then there is no timer. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => {
      if (this.onAbort !== undefined) this.#await(DRAIN_MS, "the body stayed open after the answer");
    });
  }

  /** The exchange is over. */
  stop(): void {
    this.#cancel?.();
    this.#release?.();
  }

  #await(ms: number, what: string): void {
    this.#limit = ms;
    this.#what = what;
    const now = this.#clock.monotonic();
    this.#since = now;
    this.#look(now);
    if (now + ms < this.#ringsAt) this.#arm(now, ms);
  }

  #arm(now: number, left: number): void {
    this.#cancel?.();
    const ms = Math.min(left, LOOK_MS);
    this.#ringsAt = now + ms;
    this.#cancel = this.#clock.timer(ms, () => this.#check());
  }

  #check(): void {
    const now = this.#clock.monotonic();
    const slept = this.#look(now);
    let left = this.#limit - (now - this.#since);
    if (slept > SLEPT_MS && left > WAKE_MS) {
      this.#wokeAt = now;
      this.#since -= Math.min(slept, left - WAKE_MS);
      left = this.#limit - (now - this.#since);
    }
    if (left > 0) this.#arm(now, left);
    else this.#fail();
  }

  /** By how much the wall clock has gained since the last look. */
  #look(now: number): number {
    const ahead = this.#clock.now() - now;
    const gained = ahead - this.#ahead;
    this.#lookedAt = now;
    this.#ahead = ahead;
    return gained;
  }

  #fail(): void {
    const slept = this.#since < this.#wokeAt ? ", the time that this machine slept included" : "";
    const message = `${this.#what} within ${this.#limit / 1000} s${slept}`;
    this.abort(new ModelError(message, { kind: "timeout" }));
  }
}
