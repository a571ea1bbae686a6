import type { Sequence, Token } from "./library.ts";

/**
 * The places of a context in which requests are answered, one at a time each. What was evaluated in a place stays
 * there for a request that begins the same. A request gets the free place where most is gained and least is lost by
 * it; where none is free it waits its turn.
 */
export class Places {
  /** The longest unused first. */
  readonly #free: Sequence[];
  readonly #waiting: { readonly give: (place: Sequence) => void }[] = [];

  constructor(places: readonly Sequence[]) {
    this.#free = [...places];
  }

  /** A place, held until it is released. @throws the signal's reason while waiting for one. */
  async take(tokens: readonly Token[], signal: AbortSignal): Promise<Sequence> {
    signal.throwIfAborted();
    return this.#best(tokens) ?? this.#wait(signal);
  }

  release(place: Sequence): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(place);
    else next.give(place);
  }

  #best(tokens: readonly Token[]): Sequence | undefined {
    let best = 0;
    let most = -Infinity;
    for (const [at, place] of this.#free.entries()) {
      const kept = place.compareContextTokens(tokens).firstDifferentIndex;
      const lost = place.nextTokenIndex - kept;
      if (kept - lost > most) [best, most] = [at, kept - lost];
    }
    return this.#free.splice(best, 1)[0];
  }

  #wait(signal: AbortSignal): Promise<Sequence> {
    return new Promise((resolve, reject) => {
      const waiting = {
        give: (place: Sequence): void => {
          signal.removeEventListener("abort", leave);
          resolve(place);
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
      };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
