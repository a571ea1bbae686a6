/** An event of a log. */
export interface Logged<Event> {
  /** Counts the events that are kept, from 0; of a passing one, that of the next which is kept. */
  readonly index: number;
  readonly event: Event;
}

/** So many of the newest events are left at least; fewer than twice as many are held. */
const KEPT = 4096;

/** So many passing events wait for a reader at most; one who is slower misses some of them. */
const WAITING = 1024;

/**
 * Events in their order, for any number of readers, each at its own pace: whoever writes waits for nobody. Events that
 * are kept are read by everybody, from any index on; passing ones only by readers who are there and keep up. The oldest
 * are let go, so that a long session takes no more memory: a reader who asks for them begins with the oldest that is
 * left, as its index tells.
 */
export class EventLog<Event> {
  readonly #kept: Event[] = [];
  /** The index of the first that is left. */
  #first = 0;
  readonly #readers = new Set<Reader<Event>>();
  #closed = false;

  /** How many events were added. */
  get length(): number {
    return this.#first + this.#kept.length;
  }

  /** The index of the oldest event that is left. */
  get first(): number {
    return this.#first;
  }

  /** An event that is left. */
  at(index: number): Event | undefined {
    return this.#kept[index - this.#first];
  }

  /** Adds an event that is kept. */
  add(event: Event): void {
    this.#kept.push(event);
    if (this.#kept.length >= 2 * KEPT) this.#first += this.#kept.splice(0, KEPT).length;
    for (const reader of this.#readers) reader.wake();
  }

  /** Shows an event to those who read now. */
  pass(event: Event): void {
    for (const reader of this.#readers) reader.pass({ index: this.length, event });
  }

  /** Ends all readers, once they have read what is kept. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.wake();
  }

  /** The events from this index on, and those to come; until the log is closed or the signal aborted. */
  read(from = 0, signal?: AbortSignal): AsyncIterableIterator<Logged<Event>> {
    const reader = new Reader<Event>(
      this,
      Math.max(0, from),
      () => this.#closed,
      () => this.#readers.delete(reader),
      signal,
    );
    this.#readers.add(reader);
    return reader;
  }
}

class Reader<Event> implements AsyncIterableIterator<Logged<Event>> {
  readonly #log: EventLog<Event>;
  readonly #closed: () => boolean;
  readonly #leave: () => void;
  readonly #signal: AbortSignal | undefined;
  #next: number;
  #passing: Logged<Event>[] = [];
  #wake: (() => void) | undefined;
  #done = false;

  constructor(
    log: EventLog<Event>,
    from: number,
    closed: () => boolean,
    leave: () => void,
    signal: AbortSignal | undefined,
  ) {
    this.#log = log;
    this.#next = from;
    this.#closed = closed;
    this.#leave = leave;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#end, { once: true });
    if (signal?.aborted === true) this.#end();
  }

  wake(): void {
    this.#wake?.();
  }

  pass(event: Logged<Event>): void {
    if (this.#passing.length >= WAITING) this.#passing.shift();
    this.#passing.push(event);
    this.wake();
  }

  async next(): Promise<IteratorResult<Logged<Event>, undefined>> {
    for (;;) {
      if (this.#done) return { done: true, value: undefined };
      const value = this.#take();
      if (value !== undefined) return { done: false, value };
      if (this.#closed()) this.#end();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  return(): Promise<IteratorResult<Logged<Event>, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What comes next: a passing event only where all that was kept before it was read. */
  #take(): Logged<Event> | undefined {
    this.#next = Math.max(this.#next, this.#log.first);
    const [passing] = this.#passing;
    if (passing !== undefined && passing.index <= this.#next) {
      this.#passing.shift();
      // What it was part of was read already, whole.
      return passing.index < this.#next ? this.#take() : passing;
    }
    if (this.#next >= this.#log.length) return undefined;
    const index = this.#next++;
    return { index, event: this.#log.at(index) as Event };
  }

  readonly #end = (): void => {
    this.#done = true;
    this.#passing = [];
    this.#signal?.removeEventListener("abort", this.#end);
    this.#leave();
    this.wake();
  };
}
