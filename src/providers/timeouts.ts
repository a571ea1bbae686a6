import { ModelError } from "../llm/errors.ts";
import type { Clock } from "./system.ts";

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

/** Watches one exchange: aborts its signal when too long nothing happened. One timer at a time. */
export class Watch {
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  #cancel: () => void;
  #lastEvent: number | undefined;
  #draining = false;

  constructor(clock: Clock, timeouts: Timeouts) {
    this.#clock = clock;
    this.#timeouts = timeouts;
    this.#cancel = this.#expire(timeouts.connect, "the connection did not open");
  }

  /** Aborted when time is up (with a ModelError) or by {@link abort}. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  connected(): void {
    this.#cancel();
    this.#cancel = this.#expire(this.#timeouts.firstEvent, "no event of the answer came");
  }

  /** Events came. Costs a reading of the clock; the timer finds out by itself that it has to wait on. */
  progress(): void {
    const first = this.#lastEvent === undefined;
    this.#lastEvent = this.#clock.monotonic();
    if (first) {
      this.#cancel();
      this.#cancel = this.#idle(this.#timeouts.idle);
    }
  }

  /** The answer is finished; its body may still be open. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#cancel();
    this.#cancel = this.#expire(DRAIN_MS, "the body stayed open after the answer");
  }

  stop(): void {
    this.#cancel();
  }

  #idle(ms: number): () => void {
    return this.#clock.timer(ms, () => {
      const silence = this.#clock.monotonic() - (this.#lastEvent ?? 0);
      const left = this.#timeouts.idle - silence;
      if (left > 0) this.#cancel = this.#idle(left);
      else this.#fail(this.#timeouts.idle, "no further event of the answer came");
    });
  }

  #expire(ms: number, what: string): () => void {
    return this.#clock.timer(ms, () => this.#fail(ms, what));
  }

  #fail(ms: number, what: string): void {
    this.#abort.abort(new ModelError(`${what} within ${ms / 1000} s`, { kind: "timeout" }));
  }
}
