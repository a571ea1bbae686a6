import type { Socket } from "node:net";
import { Connection } from "./connection.ts";

// Loaded when first used: importing the library must not pay for a network that is never reached.
const net = (): typeof import("node:net") => process.getBuiltinModule("node:net");
const tls = (): typeof import("node:tls") => process.getBuiltinModule("node:tls");

/** Connections by origin, kept open between requests. */
export class Pool {
  readonly #idle = new Map<string, Connection[]>();
  /** The last TLS session with each origin: going on with it spares a round trip. */
  readonly #sessions = new Map<string, Buffer>();

  /** A connection that is open and idle; the one used last, which is the least likely to be closing. */
  take(origin: string): Connection | undefined {
    return this.#idle.get(origin)?.pop();
  }

  /** A new connection; `onOpen` is called when it can carry a request. */
  open(url: URL, onOpen: () => void): Connection {
    const { origin } = url;
    const socket = this.#connect(url, onOpen);
    return new Connection(
      socket,
      (connection, idleMs) => this.#keep(origin, connection, idleMs),
      (connection) => this.#drop(origin, connection),
    );
  }

  #connect(url: URL, onOpen: () => void): Socket {
    // An IPv6 address stands in brackets in a URL only.
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (url.protocol === "http:") return net().connect({ host, port: Number(url.port || 80) }, onOpen);
    const session = this.#sessions.get(url.origin);
    const socket = tls().connect(
      {
        host,
        port: Number(url.port || 443),
        ALPNProtocols: ["http/1.1"],
        // Server names must not be addresses (RFC 6066 section 3).
        ...(net().isIP(host) === 0 && { servername: host }),
        ...(session !== undefined && { session }),
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
    connection.socket.setTimeout(idleMs);
    // An idle connection is no reason for a process to go on.
    connection.socket.unref();
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
