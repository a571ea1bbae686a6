const nothing = (): void => undefined;

/** Has a signal's abort call something with its reason, at once where it is aborted already; returns what ends that. */
export function follow(signal: AbortSignal | undefined, stop: (reason: unknown) => void): () => void {
  if (signal === undefined) return nothing;
  const onAbort = (): void => stop(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}

/** The same promise, but rejected with the signal's reason as soon as it is aborted, for what does not look at it. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const release = follow(signal, reject);
    promise.then(resolve, reject).finally(release);
  });
}
