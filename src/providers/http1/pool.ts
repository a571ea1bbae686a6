import type { OnReadOpts, Socket } from "node:net";
import { proxyFor, type Proxy } from "../proxy.ts";
import { Connection } from "./connection.ts";
import { openTunnel } from "./tunnel.ts";

// Loaded when first used: importing the library must not pay for a network that is never reached.
const net = (): typeof import("node:net") => process.getBuiltinModule("node:net");
const tls = (): typeof import("node:tls") => process.getBuiltinModule("node:tls");

/** How long a connection may have been idle by the wall clock: the sockets' own timers stand still in sleep. */
const MAX_IDLE_MS = 10_000;

/** How a socket leads to its host. */
interface Way {
  /** The socket that it runs through. */
  readonly way?: Socket;
  /** What it reads into, where it runs on its own. */
  readonly reading?: OnReadOpts;
}

/** Connections by origin, kept open between requests. */
export class Pool {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #idle = new Map<string, Connection[]>();
  /** The last TLS session with each origin: going on with it spares a round trip. */
  readonly #sessions = new Map<string, Buffer>();
  readonly #proxies = new Map<string, Proxy | undefined>();

  /** @param env where proxies are named. */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** The proxy for an origin; what the environment says is read once. */
  proxy(url: URL, origin: string): Proxy | undefined {
    if (!this.#proxies.has(origin)) this.#proxies.set(origin, proxyFor(url, this.#env));
    return this.#proxies.get(origin);
  }

  /** A connection that is open and idle; the one used last, which is the least likely to be closing. */
  take(origin: string): Connection | undefined {
    const connection = this.#idle.get(origin)?.pop();
    if (connection === undefined) return undefined;
    const idle = Date.now() - connection.freedAt;
    if (idle >= 0 && idle <= MAX_IDLE_MS) return connection;
    connection.destroy();
    return this.take(origin);
  }

  /** A new connection; `onOpen` is called when it can carry a request. */
  open(url: URL, proxy: Proxy | undefined, onOpen: () => void): Connection {
    const connection = this.#connection(url.origin);
    const { reading } = connection;
    if (proxy === undefined) connection.use(this.#connect(url, { reading }, onOpen));
    else if (url.protocol === "http:") connection.use(this.#connect(proxy.url, { reading }, onOpen));
    else {
      const way = this.#connect(proxy.url, {}, () =>
        openTunnel(way, proxy, url, (error) => {
          if (error === undefined) connection.use(this.#connect(url, { way }, onOpen));
          else connection.fail(error);
        }),
      );
      connection.via(way);
    }
    return connection;
  }

  /** By itself: a function made where `onOpen` is would keep the first exchange as long as the connection. */
  #connection(origin: string): Connection {
    return new Connection(
      (free, idleMs) => this.#keep(origin, free, idleMs),
      (closed) => this.#drop(origin, closed),
    );
  }

  /** A socket to a host; through another one that leads there, or on its own. */
  #connect(url: URL, { way, reading }: Way, onOpen: () => void): Socket {
    // An IPv6 address stands in brackets in a URL only.
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const onread = reading && { onread: reading };
    if (url.protocol === "http:")
      return net().connect({ host, port: Number(url.port || 80), ...onread }, onOpen);
    const session = this.#sessions.get(url.origin);
    const socket = tls().connect(
      {
        host,
        port: Number(url.port || 443),
        ALPNProtocols: ["http/1.1"],
        // Server names must not be addresses (RFC 6066 section 3).
        ...(net().isIP(host) === 0 && { servername: host }),
        ...(session !== undefined && { session }),
        ...(way !== undefined && { socket: way }),
        ...onread,
      },
      onOpen,
    );
    socket.on("session", (fresh) => this.#sessions.set(url.origin, fresh));
    return socket;
  }

  #keep(origin: string, connection: Connection, idleMs: number): void {
    if (idleMs <= 0) {
      connection.destroy();
      return;
    }
    connection.freedAt = Date.now();
    connection.rest(idleMs);
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [connection]);
    else idle.push(connection);
  }

  #drop(origin: string, connection: Connection): void {
    const idle = this.#idle.get(origin);
    const at = idle?.indexOf(connection) ?? -1;
    if (at !== -1) idle?.splice(at, 1);
  }
}
