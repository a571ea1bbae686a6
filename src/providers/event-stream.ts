/** Why a reader who left its loop ends the exchange behind it. */
export class ReaderLeft extends Error {
  override readonly name = "AbortError";
  constructor() {
    super("the reader of the stream left");
  }
}

/**
 * Events that are pushed, as an async iterable. Nothing runs before the first read; leaving the loop aborts the run
 * and waits for its end; a failure is thrown after the events that came before it.
 */
export function eventStream<Event>(
  outer: AbortSignal | undefined,
  run: (emit: (event: Event) => void, signal: AbortSignal) => Promise<unknown>,
): AsyncIterable<Event> {
  return { [Symbol.asyncIterator]: () => new EventReader(outer, run) };
}

/** Hand-written instead of an async generator: a read of a waiting event costs one settled promise. */
class EventReader<Event> implements AsyncIterator<Event, undefined> {
  readonly #leave = new AbortController();
  readonly #run: (emit: (event: Event) => void, signal: AbortSignal) => Promise<unknown>;
  readonly #outer: AbortSignal | undefined;
  #queue: Event[] = [];
  #head = 0;
  #finished: Promise<void> | undefined;
  #ended = false;
  /** Nobody reads any more: what the run still says goes nowhere. */
  #left = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: {
    resolve: (result: IteratorResult<Event, undefined>) => void;
    reject: (error: unknown) => void;
  }[] = [];

  constructor(
    outer: AbortSignal | undefined,
    run: (emit: (event: Event) => void, signal: AbortSignal) => Promise<unknown>,
  ) {
    this.#outer = outer;
    this.#run = run;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#left) return Promise.resolve({ done: true, value: undefined });
    this.#start();
    if (this.#head < this.#queue.length) {
      const value = this.#queue[this.#head++] as Event;
      if (this.#head === this.#queue.length) {
        this.#queue = [];
        this.#head = 0;
      }
      return Promise.resolve({ done: false, value });
    }
    if (this.#ended) {
      const failure = this.#failure;
      this.#failure = undefined;
      return failure === undefined
        ? Promise.resolve({ done: true, value: undefined })
        : Promise.reject(failure.error);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<Event, undefined>> {
    this.#left = true;
    this.#queue = [];
    this.#head = 0;
    for (const waiting of this.#waiting.splice(0)) waiting.resolve({ done: true, value: undefined });
    if (this.#finished !== undefined && !this.#ended) {
      this.#leave.abort(new ReaderLeft());
      await this.#finished;
    }
    return { done: true, value: undefined };
  }

  #start(): void {
    if (this.#finished !== undefined) return;
    const outer = this.#outer;
    const abort = (): void => this.#leave.abort(outer?.reason);
    if (outer?.aborted === true) abort();
    else outer?.addEventListener("abort", abort, { once: true });
    // Async, so that a run which throws at once fails like any other.
    const run = async (): Promise<unknown> => this.#run((event) => this.#push(event), this.#leave.signal);
    this.#finished = run()
      .then(
        () => this.#end(undefined),
        (error: unknown) => this.#end({ error }),
      )
      .finally(() => outer?.removeEventListener("abort", abort));
  }

  #push(event: Event): void {
    if (this.#left) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(event);
    else waiting.resolve({ done: false, value: event });
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    this.#ended = true;
    this.#failure = failure;
    for (const waiting of this.#waiting.splice(0)) {
      if (this.#failure === undefined) waiting.resolve({ done: true, value: undefined });
      else {
        this.#failure = undefined;
        waiting.reject(failure?.error);
      }
    }
  }
}
