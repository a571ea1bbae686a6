import type { Socket } from "node:net";
import { ModelError } from "../../llm/errors.ts";
import type { Proxy } from "../proxy.ts";
import { ResponseParser } from "./response-parser.ts";
import { HttpSyntaxError } from "./syntax.ts";

/**
 * Asks a proxy, over an open socket, for a tunnel to a target (RFC 9110 section 9.3.6). `done` is called once, unless
 * the socket breaks before; then the socket is silent and nobody's but the caller's.
 */
export function openTunnel(
  socket: Socket,
  proxy: Proxy,
  target: URL,
  done: (error: ModelError | undefined) => void,
): void {
  const authority = `${target.hostname}:${target.port || "443"}`;
  let status = 0;
  const parser = new ResponseParser({
    head: (head) => {
      status = head.status;
    },
    data: () => undefined,
    end: () => undefined,
  });
  const onData = (bytes: Buffer): void => {
    let error: ModelError | undefined;
    try {
      const { length } = bytes;
      parser.push(bytes);
      if (status === 0) return;
      if (status >= 300) error = proxyRefused(proxy, status);
      // In TLS the client speaks first.
      else if (!bytes.subarray(0, length).toString("latin1").endsWith("\r\n\r\n"))
        error = proxyFailed(proxy, new Error("it sent bytes before the tunnel was used"));
    } catch (cause) {
      if (!(cause instanceof HttpSyntaxError)) throw cause;
      error = proxyFailed(proxy, cause);
    }
    socket.off("data", onData);
    socket.pause();
    done(error);
  };
  socket.on("data", onData);
  const credentials =
    proxy.authorization === undefined ? "" : `proxy-authorization: ${proxy.authorization.reveal()}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${credentials}\r\n`, "latin1");
}

/** The proxy gave its own answer instead of the target's. */
export function proxyRefused({ url }: Proxy, status: number): ModelError {
  const why = status === 407 ? ": it wants other credentials than its variable has" : "";
  return new ModelError(`the proxy ${url.origin} refused with HTTP ${status}${why}`, {
    kind: "connection",
    status,
    // A refusal stays one; a proxy that is overloaded or cannot reach the target may do so later.
    retryable: status >= 500,
  });
}

function proxyFailed({ url }: Proxy, cause: Error): ModelError {
  return new ModelError(`the proxy ${url.origin} does not speak HTTP: ${cause.message}`, {
    kind: "connection",
    retryable: false,
    cause,
  });
}
