import { ConfigurationError } from "../../llm/errors.ts";
import type { Proxy } from "../proxy.ts";
import type { Outgoing } from "../transport.ts";

/** Where a request goes, and the lines that say so. */
export interface RequestHead {
  readonly url: URL;
  readonly origin: string;
  readonly proxy: Proxy | undefined;
  /** The request's first lines; what follows is the length of its body. */
  readonly lines: string;
}

/** The heads of requests, made once for all the requests with the same address and headers. */
export class RequestHeads {
  readonly #proxyFor: (url: URL, origin: string) => Proxy | undefined;
  readonly #made = new WeakMap<
    Outgoing["headers"],
    { readonly address: string; readonly head: RequestHead }
  >();

  constructor(proxyFor: (url: URL, origin: string) => Proxy | undefined) {
    this.#proxyFor = proxyFor;
  }

  /** @throws ConfigurationError for a header that cannot be sent. */
  of({ url: address, headers }: Outgoing): RequestHead {
    const made = this.#made.get(headers);
    if (made?.address === address) return made.head;
    const url = new URL(address);
    const { origin } = url;
    const proxy = this.#proxyFor(url, origin);
    const head = { url, origin, proxy, lines: requestLines(url, headers, proxy) };
    this.#made.set(headers, { address, head });
    return head;
  }
}

/** Characters that would end a header's line, or that no header may hold (RFC 9110 section 5.5). */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const forbidden = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

function requestLines(url: URL, headers: Outgoing["headers"], proxy: Proxy | undefined): string {
  // Through a tunnel the proxy reads nothing; without one it must be told where to hand the request on.
  const forwarded = proxy !== undefined && url.protocol === "http:";
  const target = `${forwarded ? url.origin : ""}${url.pathname}${url.search}`;
  let lines = `POST ${target} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  if (forwarded && proxy.authorization !== undefined)
    lines += `proxy-authorization: ${proxy.authorization.reveal()}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    // These say how the request is sent, which only we know.
    if (/^(?:host|content-length|connection|transfer-encoding|proxy-authorization)$/i.test(name)) continue;
    if (forbidden.test(value) || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      // The value may be a key: it is not quoted.
      throw new ConfigurationError(
        "invalid-option",
        `the header ${JSON.stringify(name)} has a character no header may have`,
      );
    }
    lines += `${name}: ${value}\r\n`;
  }
  return `${lines}content-length: `;
}
