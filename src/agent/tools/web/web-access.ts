/** How the web may be asked. */
export interface WebAccess {
  /**
   * Hosts that may be asked: `example.com` for itself, `*.example.com` for all below it, `*` for all. They are compared
   * as parsed, label by label.
   */
  readonly hosts: readonly string[];
  /** Asks; it must follow no redirect by itself when told `redirect: "manual"`. */
  readonly fetch: (url: string, init: WebRequest) => Promise<Response>;
  /**
   * The addresses of a host, which are looked at before it is asked. Where `fetch` looks them up by itself again, a name
   * that changes in between gets past this: give it a connection that looks again.
   */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
}

/** What is told to `fetch`. */
interface WebRequest {
  readonly method: "GET";
  readonly redirect: "manual";
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}
