import { performServerHandshake, type ServerHttp2Session } from "node:http2";
import { duplexPair, pipeline, type Duplex } from "node:stream";
import type { EgressProxy } from "./egress-proxy.ts";

/** Where programs inside find the proxy. */
const PORT = 3128;

/**
 * The other half, inside: takes connections on the loopback of the sandbox and puts each into a stream of one HTTP/2
 * session over the descriptor that it was started with. It needs no socket that both sides could open. Closing its
 * output says that it listens.
 */
const FORWARDER = `
const net = require("node:net");
const fs = require("node:fs");
const socket = new net.Socket({ fd: Number(process.argv[1]) });
const session = require("node:http2").connect("http://bridge", { createConnection: () => socket });
session.on("error", () => process.exit());
session.on("close", () => process.exit());
net.createServer({ allowHalfOpen: true }, (connection) => {
  const stream = session.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  connection.on("error", () => stream.close());
  stream.on("error", () => connection.destroy());
  connection.pipe(stream).pipe(connection);
}).listen(${PORT}, "127.0.0.1", () => {
  fs.closeSync(1);
  // Or something else would come to have its number.
  fs.openSync("/dev/null", "w");
});
`;

/** Shell words that start the other half, wait until it listens, and leave the descriptor to it. */
export function bridgeWords(fd: number): string {
  return `: "$('${quoted(process.execPath)}' -e '${quoted(FORWARDER)}' ${fd} </dev/null 2>/dev/null &)"; exec ${fd}<&-`;
}

/** Within single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`);
}

/** By which names programs look for a proxy. */
export function proxyVariables(): Record<string, string> {
  const proxy = `http://127.0.0.1:${PORT}`;
  const direct = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    http_proxy: proxy,
    https_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    // Node's own fetch heeds the others only then.
    NODE_USE_ENV_PROXY: "1",
  };
}

/** Our end: hands each stream that comes out of a sandbox to the proxy as a connection. */
export class Bridge {
  readonly #session: ServerHttp2Session;

  constructor(socket: Duplex, proxy: EgressProxy) {
    socket.on("error", () => undefined);
    this.#session = performServerHandshake(socket, { settings: { maxConcurrentStreams: 256 } });
    this.#session.on("error", () => undefined);
    this.#session.on("stream", (stream) => {
      stream.respond({ ":status": 200 });
      // Between them, since HTTP writes texts, and a stream of HTTP/2 garbles the beginning of those (seen with Node 24).
      const [near, far] = duplexPair();
      pipeline(stream, far, stream, () => far.destroy());
      proxy.accept(near);
    });
  }

  close(): void {
    this.#session.destroy();
  }
}
