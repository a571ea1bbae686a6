import { ConfigurationError } from "../llm/errors.ts";
import { follow } from "../providers/follow.ts";

type Stop = (cause: unknown) => void;

/**
 * What a conversation has under way: one thing at a time, which ends when its signal, the conversation's own, or an
 * ancestor says so. Where there is neither, nothing is made for it.
 */
export class UnderWay {
  readonly #parent: UnderWay | undefined;
  readonly #own: AbortSignal | undefined;
  #busy = false;
  /** What ends that which descendants have under way. */
  #descendants: Set<Stop> | undefined;

  /** @param own ends whatever is under way. */
  constructor(parent: UnderWay | undefined, own: AbortSignal | undefined) {
    this.#parent = parent;
    this.#own = own;
  }

  /**
   * Does something that nothing else may be done beside, with the signal that ends it.
   * @throws ConfigurationError `busy`; the signal's reason when it is aborted already.
   */
  async alone<Result>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal | undefined) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#busy) {
      throw new ConfigurationError(
        "busy",
        "this conversation is waiting for an answer; send after it, or fork",
      );
    }
    this.#busy = true;
    try {
      const bound = this.#parent !== undefined || this.#own !== undefined;
      return bound ? await this.#bound(signal, run) : await run(signal);
    } finally {
      this.#busy = false;
    }
  }

  /** Ends what descendants have under way. */
  stopDescendants(cause: unknown): void {
    for (const stop of this.#descendants ?? []) stop(cause);
  }

  async #bound<Result>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController();
    const stop: Stop = (cause) => controller.abort(cause);
    const releases = [signal, this.#own].map((each) => follow(each, stop));
    for (let at = this.#parent; at !== undefined; at = at.#parent) (at.#descendants ??= new Set()).add(stop);
    try {
      return await run(controller.signal);
    } finally {
      for (const release of releases) release();
      for (let at = this.#parent; at !== undefined; at = at.#parent) at.#descendants?.delete(stop);
    }
  }
}
