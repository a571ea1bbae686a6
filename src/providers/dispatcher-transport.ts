import { inflate, type Body, type Packed } from "./http1/inflate.ts";
import { brokenOff, unreachable, type Transport } from "./transport.ts";

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
  return (outgoing, receiver, signal) =>
    new Promise((resolve, reject) => {
      const url = new URL(outgoing.url);
      let control: DispatchController | undefined;
      let answered = false;
      let settled = false;
      const settle = (failed: boolean, error?: unknown): void => {
        if (settled) return;
        settled = true;
        signal.removeEventListener("abort", onAbort);
        if (!failed) resolve();
        else {
          packed?.stop();
          reject(error);
          control?.abort(new Error("the exchange ended"));
        }
      };
      const guard = (action: () => void): void => {
        try {
          if (!settled) action();
        } catch (error) {
          settle(true, error);
        }
      };
      const onAbort = (): void => settle(true, signal.reason);
      const plain: Body = {
        data: (bytes) => guard(() => receiver.data(bytes)),
        end: () => settle(false),
      };
      let packed: Packed | undefined;
      let body = plain;
      const batch = new Batch((bytes) => body.data(bytes));
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", onAbort, { once: true });
      const length = outgoing.body.reduce((sum, piece) => sum + piece.length, 0);
      const request = {
        origin: url.origin,
        path: url.pathname + url.search,
        method: "POST",
        headers: { ...outgoing.headers, "content-length": String(length) },
        body: outgoing.body.length === 1 ? outgoing.body[0] : Buffer.concat(outgoing.body),
        // Our own timers are the only ones: a model may think longer than any default.
        headersTimeout: 0,
        bodyTimeout: 0,
      };
      dispatcher.dispatch(request, {
        onRequestStart: (controller: DispatchController) => {
          control = controller;
          if (settled) controller.abort(new Error("the exchange ended"));
          else guard(() => receiver.connected());
        },
        onResponseStart: (source: DispatchController, status: number, headers: Headers) => {
          if (status < 200) return;
          answered = true;
          const names = plainHeaders(headers);
          guard(() => {
            packed = inflate(names["content-encoding"], plain, source, (cause) =>
              settle(true, brokenOff(cause)),
            );
            body = packed ?? plain;
            receiver.head(status, names);
          });
        },
        onResponseData: (_: DispatchController, bytes: Uint8Array) => batch.add(bytes),
        onResponseEnd: () => {
          batch.flush();
          body.end();
        },
        onResponseError: (_: DispatchController, cause: unknown) => {
          batch.flush();
          settle(true, answered ? brokenOff(cause) : unreachable(url, cause));
        },
      });
    });
}

/** Hands on as one what arrives with one read of a socket: each piece costs a decode further up. */
class Batch {
  readonly #take: (bytes: Uint8Array) => void;
  #chunks: Uint8Array[] = [];

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take;
  }

  readonly add = (chunk: Uint8Array): void => {
    if (this.#chunks.push(chunk) === 1) queueMicrotask(this.flush);
  };

  readonly flush = (): void => {
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    this.#take(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks));
  };
}

function plainHeaders(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) plain[name] = typeof value === "string" ? value : value.join(", ");
  }
  return plain;
}
