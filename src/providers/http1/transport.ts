import { ConfigurationError, ModelError } from "../../llm/errors.ts";
import type { Proxy } from "../proxy.ts";
import { brokenOff, unreachable, type Outgoing, type Receiver, type Transport } from "../transport.ts";
import { inflate, type Body, type Packed } from "./inflate.ts";
import { Pool } from "./pool.ts";
import { proxyRefused } from "./tunnel.ts";

/** Names of environment variables, and their values. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The transport of Node: HTTP/1.1 over sockets of our own, kept open between requests. Its cost beside `node:http` and
 * `fetch` is measured by the benchmark and argued in docs/decisions. Proxies are those that `env` names.
 */
export function nodeTransport(env: Environment = {}): Transport {
  const pool = new Pool(env);
  return (outgoing, receiver, signal) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      attempt(pool, outgoing, receiver, signal, true, resolve, reject);
    });
}

function attempt(
  pool: Pool,
  outgoing: Outgoing,
  receiver: Receiver,
  signal: AbortSignal,
  mayReuse: boolean,
  resolve: () => void,
  reject: (reason: unknown) => void,
): void {
  const url = new URL(outgoing.url);
  const { origin } = url;
  const proxy = pool.proxy(url, origin);
  const head = requestHead(url, outgoing, proxy);
  let settled = false;
  let answered = false;
  let over = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    signal.removeEventListener("abort", onAbort);
    return true;
  };
  const fail = (error: unknown): void => {
    if (!settle()) return;
    packed?.stop();
    // Once its response is over, the connection may be carrying the next one, though ours is still being unpacked.
    if (!over) connection.destroy();
    reject(error);
  };
  const onAbort = (): void => fail(signal.reason);
  const guard = (action: () => void): void => {
    try {
      if (!settled) action();
    } catch (error) {
      fail(error);
    }
  };
  const plain: Body = {
    data: (bytes) => guard(() => receiver.data(bytes)),
    end: () => settle() && resolve(),
  };
  let packed: Packed | undefined;
  let body = plain;
  const reused = mayReuse ? pool.take(origin) : undefined;
  const connection = reused ?? pool.open(url, proxy, () => guard(() => receiver.connected()));
  signal.addEventListener("abort", onAbort, { once: true });
  if (reused !== undefined) guard(() => receiver.connected());
  if (settled) return;
  connection.begin(
    {
      head: ({ status, headers }) => {
        answered = true;
        guard(() => {
          if (status === 407 && proxy !== undefined) throw proxyRefused(proxy, status);
          packed = inflate(headers["content-encoding"], plain, connection, (cause) => fail(brokenOff(cause)));
          body = packed ?? plain;
          receiver.head(status, headers);
        });
      },
      data: (bytes) => body.data(bytes),
      end: () => {
        over = true;
        body.end();
      },
      broken: (cause, begun) => {
        if (cause instanceof ModelError) fail(cause);
        else if (answered || begun) fail(brokenOff(cause));
        else if (connection.carried > 0) {
          // The server closed a kept connection just as it was used again. Nothing was answered: once more, on a new one.
          if (settle()) attempt(pool, outgoing, receiver, signal, false, resolve, reject);
        } else {
          const why = cause ?? new Error("the connection was closed without an answer");
          fail(unreachable(url, why, proxy?.url));
        }
      },
    },
    head,
    outgoing.body,
  );
}

/** Characters that would end a header's line, or that no header may hold (RFC 9110 section 5.5). */
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const forbidden = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

function requestHead(url: URL, { headers, body }: Outgoing, proxy: Proxy | undefined): string {
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  // Through a tunnel the proxy reads nothing; without one it must be told where to hand the request on.
  const forwarded = proxy !== undefined && url.protocol === "http:";
  const target = `${forwarded ? url.origin : ""}${url.pathname}${url.search}`;
  let lines = `POST ${target} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-length: ${length}\r\n`;
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
  return `${lines}\r\n`;
}
