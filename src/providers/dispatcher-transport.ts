import { Delivery } from "./delivery.ts";
import {
  brokenOff,
  unreachable,
  type Halt,
  type Outgoing,
  type Receiver,
  type Transport,
} from "./transport.ts";

/** What we use of undici's dispatcher (versions 7 and 8), so that undici itself is not needed here. */
export interface Dispatcher {
  // The handler's shape is undici's; its controller and errors are checked where they are used.
  dispatch(options: object, handler: object): boolean;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

interface DispatchController {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** A transport over a user's undici `Agent`, `Pool` or `ProxyAgent`: the quickest way, and any proxy. */
export function dispatcherTransport(dispatcher: Dispatcher): Transport {
  // A model has one address; parsing it is more than making the request.
  let place = placeOf("http://localhost");
  return (outgoing, receiver, halt) => {
    if (halt.aborted) return Promise.reject(halt.reason);
    if (place.given !== outgoing.url) place = placeOf(outgoing.url);
    return new Promise((resolve, reject) => {
      const handler = new Handler(place.url, receiver, halt, resolve, reject);
      dispatcher.dispatch(requestOf(place, outgoing), handler);
    });
  };
}

interface Place {
  readonly given: string;
  readonly url: URL;
  readonly origin: string;
  readonly path: string;
}

function placeOf(given: string): Place {
  const url = new URL(given);
  return { given, url, origin: url.origin, path: url.pathname + url.search };
}

function requestOf({ origin, path }: Place, { headers, body }: Outgoing): object {
  return {
    origin,
    path,
    method: "POST",
    headers,
    body: body.length === 1 ? body[0] : Buffer.concat(body),
    // Our own timers are the only ones: a model may think longer than any default.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/** One request and its answer, as undici's handler. */
class Handler {
  readonly #url: URL;
  readonly #delivery: Delivery;
  #control: DispatchController | undefined;
  #answered = false;
  /** Bytes of one read of the socket: each piece that is handed on costs a decode further up. */
  #chunks: Uint8Array[] = [];

  constructor(
    url: URL,
    receiver: Receiver,
    halt: Halt,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.#url = url;
    this.#delivery = new Delivery(receiver, halt, resolve, reject, () => this.#control?.abort(ended()));
  }

  onRequestStart(controller: DispatchController): void {
    this.#control = controller;
    if (this.#delivery.settled) controller.abort(ended());
    else this.#delivery.connected();
  }

  onResponseStart(source: DispatchController, status: number, headers: Headers): void {
    if (status < 200) return;
    this.#answered = true;
    this.#delivery.head(status, plainHeaders(headers), source);
  }

  onResponseData(_: DispatchController, bytes: Uint8Array): void {
    if (this.#chunks.push(bytes) === 1) queueMicrotask(() => this.#flush());
  }

  onResponseEnd(): void {
    this.#flush();
    this.#delivery.end();
  }

  onResponseError(_: DispatchController, cause: unknown): void {
    this.#flush();
    this.#delivery.fail(this.#answered ? brokenOff(cause) : unreachable(this.#url, cause));
  }

  #flush(): void {
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    this.#delivery.data(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks));
  }
}

function ended(): Error {
  return new Error("the exchange ended");
}

function plainHeaders(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) plain[name] = typeof value === "string" ? value : value.join(", ");
  }
  return plain;
}
