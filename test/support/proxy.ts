import { createServer, request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import { identity } from "./tls/index.ts";

/** One request that a proxy got. */
interface Proxied {
  readonly method: string;
  /** What was asked for: `host:port` of a tunnel, or a whole URL. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** A proxy on 127.0.0.1, and what it was asked. */
export interface TestProxy {
  readonly url: string;
  readonly asked: readonly Proxied[];
  /** Connections that are open now. */
  readonly open: number;
}

/** What a test proxy does; `port` is where it takes all requests, whatever host they name. */
export interface ProxyOptions {
  readonly port: number;
  readonly tls?: boolean;
  /** Refuses the first requests with these statuses. */
  readonly refuse?: readonly number[];
  /** What it says to CONNECT instead of HTTP. */
  readonly says?: string;
}

/** Starts a proxy for CONNECT and for absolute URLs; it closes with the test. */
export async function proxy(t: TestContext, options: ProxyOptions): Promise<TestProxy> {
  const { port, tls = false, refuse = [], says } = options;
  const asked: Proxied[] = [];
  const sockets = new Set<Duplex>();
  const refused = ({ method = "", url = "", headers }: IncomingMessage): number | undefined =>
    refuse[asked.push({ method, target: url, headers }) - 1];
  const track = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = tls ? createTlsServer({ ...identity }) : createServer();
  server.on("connection", track);
  server.on("request", (incoming: IncomingMessage, response) => {
    const status = refused(incoming);
    if (status !== undefined) {
      response.writeHead(status, { "content-type": "text/html" }).end("<html>no</html>");
      return;
    }
    const { pathname, search } = new URL(incoming.url ?? "");
    const { method = "POST", headers } = incoming;
    const onward = request({ host: "127.0.0.1", port, method, path: pathname + search, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  server.on("connect", (incoming: IncomingMessage, socket: Socket, first: Buffer) => {
    const status = refused(incoming);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-type: text/html\r\n\r\n<html>no</html>`);
      return;
    }
    if (says !== undefined) {
      socket.end(says);
      return;
    }
    const onward = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n");
      onward.write(first);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    track(onward);
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get open() {
      return sockets.size;
    },
  };
}
