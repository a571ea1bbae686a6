import type { StreamEvent } from "../llm/event.ts";
import type { Prices } from "../llm/money.ts";
import type { Request } from "../llm/request.ts";
import type { Response } from "../llm/response.ts";
import { eventStream } from "./event-stream.ts";

/** What is known of a model before it is asked. */
export interface ModelInfo {
  /** The model's name at its provider. */
  readonly name: string;
  /** Who runs it: a provider's id, or the host of an endpoint given by URL. */
  readonly provider: string;
  /** The wire language it is asked in; `none` for a model in this process. */
  readonly protocol: string;
  /** How many tokens input and output may have together; absent when unknown. */
  readonly window?: number;
  /** The largest answer it can give, in tokens; absent when unknown. */
  readonly maxOutput?: number;
  /** The bound of an answer whose request names none, in tokens; absent when unknown. */
  readonly usualOutput?: number;
  /** How it is told to think: by effort, or as a budget of tokens; absent where it is not, or that is unknown. */
  readonly thinking?: "adaptive" | "budget";
  /** What it costs; absent when unknown, which is not the same as free. */
  readonly prices?: Prices;
  /** Where it is asked over the network; absent for a model in this process. */
  readonly server?: Server;
}

/** A server that answers for a model. */
export interface Server {
  /** Its name or address, an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether its answers are asked for as streams. */
  readonly streaming: boolean;
}

/** How one request is run. */
export interface RunOptions {
  /** Ends the exchange at once; what is thrown is the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each event as it happens. */
  readonly onEvent?: ((event: StreamEvent) => void) | undefined;
  /** Called after each `request` event; nothing is sent before what it returns settles. */
  readonly ready?: (() => void | Promise<void>) | undefined;
  /** The conversation that asks, for whoever observes; it is not sent. */
  readonly conversationId?: string | undefined;
}

/**
 * Something that answers requests. `complete` is the fold of what `stream` shows: both are the same exchange.
 *
 * @throws ModelError when the exchange fails, ConfigurationError when it could not begin, and the signal's reason
 * when it was aborted.
 */
export interface Model {
  readonly info: ModelInfo;
  /** Asks, and resolves to the whole answer. */
  complete(request: Request, options?: RunOptions): Promise<Response>;
  /** Asks, and yields events as they come; the last one is `response`. Leaving the loop aborts the exchange. */
  stream(
    request: Request,
    options?: { readonly signal?: AbortSignal | undefined },
  ): AsyncIterable<StreamEvent>;
}

/** A model from the function that asks it. */
export function defineModel(info: ModelInfo, complete: Model["complete"]): Model {
  return {
    info,
    complete,
    stream: (request, options) =>
      eventStream(options?.signal, (onEvent, signal) => complete(request, { signal, onEvent })),
  };
}
