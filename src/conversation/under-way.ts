import { ConfigurationError } from "../llm/errors.ts";
import { follow } from "../providers/follow.ts";
import type { ConversationEvent } from "./event.ts";

/** Who hears of what is under way. */
export type Listener = (event: ConversationEvent) => void;

type Stop = (cause: unknown) => void;

/**
 * What a conversation has under way: one thing at a time, which ends when its signal, the conversation's own, or an
 * ancestor says so. Where there is neither, nothing is made for it.
 */
export class UnderWay {
  /** Who hears of it, besides those who hear of everything. */
  listener: Listener | undefined = undefined;
  readonly #parent: UnderWay | undefined;
  readonly #own: AbortSignal | undefined;
  #busy = false;
  #release: (() => void) | undefined = undefined;
  /** What ends that which descendants have under way. */
  #descendants: Set<Stop> | undefined = undefined;

  /** @param own ends whatever is under way. */
  constructor(parent: UnderWay | undefined, own: AbortSignal | undefined) {
    this.#parent = parent;
    this.#own = own;
  }

  /**
   * Something begins that nothing else may be done beside; {@link end} is to be called when it is over.
   * @returns the signal that ends it, where there is one.
   * @throws ConfigurationError `busy`; the signal's reason when it is aborted already. Then nothing has begun.
   */
  begin(signal: AbortSignal | undefined, listener: Listener | undefined): AbortSignal | undefined {
    signal?.throwIfAborted();
    if (this.#busy) {
      throw new ConfigurationError(
        "busy",
        "this conversation is waiting for an answer; send after it, or fork",
      );
    }
    const bound = this.#parent === undefined && this.#own === undefined ? signal : this.#bound(signal);
    this.#busy = true;
    this.listener = listener;
    return bound;
  }

  end(): void {
    this.#release?.();
    this.#release = undefined;
    this.listener = undefined;
    this.#busy = false;
  }

  /** Ends what descendants have under way. */
  stopDescendants(cause: unknown): void {
    for (const stop of this.#descendants ?? []) stop(cause);
  }

  /** A signal that is aborted by this one, by the conversation's own, and by ancestors. */
  #bound(signal: AbortSignal | undefined): AbortSignal {
    const controller = new AbortController();
    const stop: Stop = (cause) => controller.abort(cause);
    const releases = [signal, this.#own].map((each) => follow(each, stop));
    for (let at = this.#parent; at !== undefined; at = at.#parent) (at.#descendants ??= new Set()).add(stop);
    const release = (): void => {
      for (const each of releases) each();
      for (let at = this.#parent; at !== undefined; at = at.#parent) at.#descendants?.delete(stop);
    };
    this.#release = release;
    return controller.signal;
  }
}
