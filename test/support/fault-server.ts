import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import type { JsonObject } from "../../src/llm/json.ts";
import { gate } from "./gate.ts";

/** One request that the server got, and the hand that answers it. The test decides when what is written. */
export class Call {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly body: Buffer;
  /** Resolves when the answer is over: ended, or the client closed the connection. */
  readonly closed: Promise<void>;
  /** The client went away before the answer was whole. */
  aborted = false;
  /** Connections are numbered from 0 in the order in which they were opened. */
  readonly connection: number;
  readonly #response: ServerResponse;
  readonly #socket: Socket;

  constructor(request: IncomingMessage, response: ServerResponse, body: Buffer, connection: number) {
    const { opened, open } = gate();
    this.headers = request.headers;
    this.url = request.url ?? "";
    this.body = body;
    this.connection = connection;
    this.closed = opened;
    this.#response = response;
    this.#socket = request.socket;
    response.on("error", () => undefined);
    response.on("close", () => {
      this.aborted = !response.writableFinished;
      open();
    });
  }

  get json(): JsonObject {
    return JSON.parse(this.body.toString()) as JsonObject;
  }

  head(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, { "request-id": "req_head", ...headers });
    this.#response.flushHeaders();
  }

  /** Resolves when the bytes are with the system; a client that is gone takes none. */
  write(piece: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#response.write(piece, () => resolve()));
  }

  end(piece: string | Uint8Array = ""): void {
    this.#response.end(piece);
  }

  /** Cuts the connection without a goodbye. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Sends these bytes past all HTTP, and closes the connection. */
  raw(bytes: string): void {
    this.#socket.end(bytes, "latin1");
  }

  /** Closes the connection as if the answer were over, whatever its length was to be. */
  hangUp(): void {
    this.#socket.destroy();
  }
}

/** How one request is answered. */
export type Plan = (call: Call) => void | Promise<void>;

/** A status with headers and a body. */
export const answer =
  (status: number, body: string | Uint8Array = "", headers: Readonly<Record<string, string>> = {}): Plan =>
  (call) => {
    call.head(status, headers);
    call.end(body);
  };

/** A JSON value. */
export const json = (value: JsonObject, status = 200, headers: Readonly<Record<string, string>> = {}): Plan =>
  answer(status, JSON.stringify(value), { "content-type": "application/json", ...headers });

/** A stream of events that is sent at once and ends. */
export const events = (text: string | Uint8Array): Plan =>
  answer(200, text, { "content-type": "text/event-stream" });

/** Nothing: the test answers the call itself. */
export const held: Plan = () => undefined;

/** The connection is cut before anything is answered. */
export const reset: Plan = (call) => call.reset();

/** A server on 127.0.0.1 that misbehaves to order. */
export class FaultServer {
  readonly calls: Call[] = [];
  readonly url: string;
  readonly #plans: Plan[];
  readonly #sockets: Set<Socket>;
  readonly #opened: () => number;
  #waiting: { readonly index: number; readonly resolve: (call: Call) => void }[] = [];

  constructor(url: string, plans: readonly Plan[], sockets: Set<Socket>, opened: () => number) {
    this.url = url;
    this.#plans = [...plans];
    this.#sockets = sockets;
    this.#opened = opened;
  }

  /** Connections that were ever opened. */
  get opened(): number {
    return this.#opened();
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Adds plans for the requests to come. */
  plan(...plans: readonly Plan[]): void {
    this.#plans.push(...plans);
  }

  /** The request of this number, from 0, as soon as it is there. */
  call(index: number): Promise<Call> {
    const call = this.calls[index];
    return call === undefined
      ? new Promise((resolve) => this.#waiting.push({ index, resolve }))
      : Promise.resolve(call);
  }

  /** Cuts all connections, also those that are idle. */
  async cut(): Promise<void> {
    const sockets = [...this.#sockets];
    const gone = sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of sockets) socket.destroy();
    await Promise.all(gone);
  }

  /** Resolves when no connection is open any more. */
  async idle(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
  }

  async take(call: Call): Promise<void> {
    const index = this.calls.push(call) - 1;
    for (const { resolve } of this.#waiting.filter((waiting) => waiting.index === index)) resolve(call);
    this.#waiting = this.#waiting.filter((waiting) => waiting.index !== index);
    const plan = this.#plans[index] ?? answer(418, "no plan for this request");
    await plan(call);
  }
}

/** Starts a server that answers the n-th request by the n-th plan; it closes with the test. */
export async function serve(t: TestContext, ...plans: readonly Plan[]): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  let opened = 0;
  const http = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("error", () => undefined);
    request.on("end", () => {
      const call = new Call(request, response, Buffer.concat(pieces), numbers.get(request.socket) ?? -1);
      void server.take(call);
    });
  });
  http.on("connection", (socket) => {
    numbers.set(socket, opened++);
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const server = new FaultServer(`http://127.0.0.1:${port}`, plans, sockets, () => opened);
  t.after(async () => {
    const closed = new Promise((resolve) => http.close(resolve));
    http.closeAllConnections();
    await closed;
  });
  return server;
}
