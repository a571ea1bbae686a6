import { lookup, type LookupAddress } from "node:dns";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect, isIPv4, type LookupFunction, type Socket } from "node:net";
import { pipeline, type Duplex } from "node:stream";
import { describeRule, parseHost, parseHostRule, ruleFor, type HostRule } from "./host-rule.ts";
import { isPublic } from "./public-address.ts";

/** One wish to leave the sandbox, and what was said to it. `host` as it was asked for, which may be anything. */
export type EgressDecision =
  | {
      readonly allowed: true;
      readonly host: string;
      readonly port: number;
      readonly addresses: readonly string[];
    }
  | { readonly allowed: false; readonly host: string; readonly port: number; readonly reason: string };

/** Finds all addresses of a host. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

type Checked = { readonly refused: string } | { readonly addresses: readonly LookupAddress[] };

const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * The one way out: an HTTP proxy (CONNECT, and requests in absolute form) that listens nowhere. It lets through to hosts
 * that the user named; looks a name up once, and connects to what it found then.
 */
export class EgressProxy {
  /** What is open, in words. */
  readonly allowed: readonly string[];
  readonly #rules: readonly HostRule[];
  readonly #resolve: Resolve;
  readonly #onDecision: (decision: EgressDecision) => void;
  readonly #server: Server;

  /** @throws SandboxError `invalid` for a host that cannot be one. */
  constructor(
    hosts: readonly string[],
    onDecision: (decision: EgressDecision) => void = () => undefined,
    resolve: Resolve = resolveAll,
  ) {
    this.#rules = hosts.map(parseHostRule);
    this.allowed = this.#rules.map(describeRule);
    this.#resolve = resolve;
    this.#onDecision = onDecision;
    this.#server = createServer({ maxHeaderSize: 32 * 1024 });
    this.#server.on("request", (from, to) => void this.#forward(from, to));
    this.#server.on("connect", (from, socket: Duplex, head) => void this.#tunnel(from, socket, head));
    this.#server.on("upgrade", (_, socket: Duplex) => refuse(socket, 501, "use CONNECT for that"));
    this.#server.on("clientError", (_, socket: Duplex) => refuse(socket, 400, "that is no request"));
  }

  /** Serves one connection from inside. */
  accept(connection: Duplex): void {
    connection.on("error", () => connection.destroy());
    this.#server.emit("connection", connection);
  }

  async #tunnel(from: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const [, host = "", port = ""] = /^([^:]*):(\d{1,5})$/.exec(from.url ?? "") ?? [];
    const checked = await this.#check(host === "" ? (from.url ?? "") : host, Number(port));
    if ("refused" in checked) {
      refuse(socket, 403, checked.refused);
      return;
    }
    const there = reach(host, Number(port), checked.addresses);
    there.once("connect", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      there.write(head);
      pipeline(socket, there, () => there.destroy());
      pipeline(there, socket, () => socket.destroy());
    });
    there.once("error", (error) => refuse(socket, 502, error.message));
    socket.once("close", () => there.destroy());
  }

  async #forward(from: IncomingMessage, to: ServerResponse): Promise<void> {
    // Taken apart by hand: a URL parser would turn what is no host into one.
    const [, host = "", port = "80", rest = ""] =
      /^http:\/\/([^/?#:@\\]*)(?::(\d{1,5}))?([/?].*)?$/i.exec(from.url ?? "") ?? [];
    const checked = await this.#check(host === "" ? (from.url ?? "") : host, Number(port));
    if ("refused" in checked) {
      answer(to, 403, checked.refused);
      return;
    }
    const named = (from.headers.connection ?? "").toLowerCase().split(/\s*,\s*/);
    const headers = Object.fromEntries(
      Object.entries(from.headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !named.includes(name)),
    );
    const there = request({
      host,
      port: Number(port),
      method: from.method,
      path: rest.startsWith("/") ? rest : `/${rest}`,
      // Who is asked is who was checked, whatever the client says.
      headers: { ...headers, host: port === "80" ? host : `${host}:${port}`, connection: "close" },
      createConnection: () => reach(host, Number(port), checked.addresses),
      setHost: false,
    });
    there.once("response", (back) => {
      const kept = Object.entries(back.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
      to.writeHead(back.statusCode ?? 502, Object.fromEntries(kept));
      pipeline(back, to, () => undefined);
    });
    there.on("error", (error) => (to.headersSent ? to.destroy() : answer(to, 502, error.message)));
    pipeline(from, there, () => undefined);
    to.once("close", () => there.destroy());
  }

  async #check(asked: string, port: number): Promise<Checked> {
    const checked = await this.#judge(asked, port);
    this.#onDecision(
      "refused" in checked
        ? { allowed: false, host: asked, port, reason: checked.refused }
        : { allowed: true, host: asked, port, addresses: checked.addresses.map(({ address }) => address) },
    );
    return checked;
  }

  async #judge(asked: string, port: number): Promise<Checked> {
    const host = parseHost(asked);
    if (host === undefined) return { refused: "that is no name of a host" };
    const rule = ruleFor(this.#rules, host, port);
    if (rule === undefined)
      return { refused: `${host}:${port} is not open; its user opens hosts with --allow-host` };
    if (rule.type === "address") return { addresses: [{ address: rule.address, family: 4 }] };
    if (isIPv4(host)) return { refused: "an address is open only where it was named with its port" };
    try {
      const addresses = await this.#resolve(host);
      if (addresses.length === 0) return { refused: `${host} has no address` };
      const inner = addresses.find(({ address }) => !isPublic(address));
      // One is enough: names that lead both ways are how somebody gets in.
      return inner === undefined
        ? { addresses }
        : { refused: `${host} leads to ${inner.address}, which is not public` };
    } catch (error) {
      return { refused: `${host} cannot be found: ${(error as Error).message}` };
    }
  }
}

function resolveAll(host: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });
}

/** Connects to one of the addresses that were checked, whichever answers first. */
function reach(host: string, port: number, addresses: readonly LookupAddress[]): Socket {
  return connect({ host, port, lookup: only(addresses), autoSelectFamily: true });
}

/** A look-up that finds what was found before. */
function only(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, found) => {
    const [first] = addresses;
    if (options.all === true) found(null, [...addresses]);
    else found(null, first?.address ?? "", first?.family);
  };
}

function answer(to: ServerResponse, status: number, why: string): void {
  to.writeHead(status, { "content-type": "text/plain", connection: "close" });
  to.end(`colloquy sandbox: ${why}\n`);
}

function refuse(socket: Duplex, status: number, why: string): void {
  if (socket.destroyed) return;
  const text = `colloquy sandbox: ${why}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${status === 403 ? "Forbidden" : "Failed"}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
