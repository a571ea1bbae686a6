import { brokenOff, unreachable, type Halt, type Transport } from "./transport.ts";

/** A transport over a `fetch`: where there is no Node, and where the user gives one. */
export function fetchTransport(fetch: typeof globalThis.fetch): Transport {
  return async (outgoing, receiver, halt) => {
    if (halt.aborted) throw halt.reason;
    const { signal, abort } = abortable(halt);
    // A fetch doesn't say when its connection opens. What it waits for may be the model, which has longer.
    receiver.connected();
    // A redirect would carry the key to another host.
    const options = { method: "POST", redirect: "manual", headers: outgoing.headers, signal } as const;
    const body = new Blob(outgoing.body as Uint8Array<ArrayBuffer>[]);
    // A fetch of the user's need not listen to the signal; so we do, and a reader that is cancelled reads no further.
    const aborted = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        abort();
        reject(signal.reason);
        cancel();
      };
      halt.onAbort = onAbort;
    });
    let cancel = (): void => undefined;
    try {
      const response = await Promise.race([fetch(outgoing.url, { ...options, body }), aborted]).catch(
        (cause: unknown) => {
          signal.throwIfAborted();
          // A fetch that knows better than "the network failed" (a recording without this request) says so itself.
          if (cause instanceof Error && !(cause instanceof TypeError)) throw cause;
          throw unreachable(new URL(outgoing.url), cause);
        },
      );
      const reader = response.body?.getReader();
      cancel = () => void reader?.cancel(signal.reason).catch(() => undefined);
      receiver.head(response.status, Object.fromEntries(response.headers));
      for (;;) {
        const read = await reader?.read().catch((cause: unknown) => {
          signal.throwIfAborted();
          throw brokenOff(cause);
        });
        signal.throwIfAborted();
        if (read === undefined || read.done) return;
        receiver.data(read.value);
      }
    } catch (error) {
      cancel();
      throw error;
    } finally {
      halt.onAbort = undefined;
    }
  };
}

/** A real signal, which a fetch wants. */
function abortable(halt: Halt): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(halt.reason) };
}
