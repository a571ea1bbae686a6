import type { Socket } from "node:net";
import {
  HttpSyntaxError,
  ResponseParser,
  type ResponseHead,
  type ResponseListener,
} from "./response-parser.ts";

/** One request and its response on a connection. */
export interface Exchange {
  head(head: ResponseHead): void;
  data(bytes: Uint8Array): void;
  /** The response came to its end. */
  end(): void;
  /** The connection broke, or what came over it is no HTTP. */
  broken(cause: unknown): void;
}

/** A socket that exchanges follow one another on. */
export class Connection {
  readonly socket: Socket;
  /** How many exchanges it has carried before the present one. */
  carried = 0;
  readonly #onFree: (connection: Connection, idleMs: number) => void;
  readonly #onClosed: (connection: Connection) => void;
  #exchange: Exchange | undefined;
  #parser: ResponseParser | undefined;
  #head: ResponseHead | undefined;

  constructor(
    socket: Socket,
    onFree: (connection: Connection, idleMs: number) => void,
    onClosed: (connection: Connection) => void,
  ) {
    this.socket = socket;
    this.#onFree = onFree;
    this.#onClosed = onClosed;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#data(bytes));
    socket.on("error", (cause) => this.#closed(cause));
    socket.on("end", () => this.#closed(undefined));
    socket.on("close", () => this.#closed(undefined));
    // Set only while the connection is idle: what a model may take is not the socket's to judge.
    socket.on("timeout", () => this.destroy());
  }

  /** Sends a request; its response goes to the exchange. */
  begin(exchange: Exchange, head: string, body: readonly Uint8Array[]): void {
    this.#exchange = exchange;
    this.#head = undefined;
    this.#parser = new ResponseParser(this.#listener);
    this.socket.setTimeout(0);
    this.socket.ref();
    const { socket } = this;
    socket.cork();
    socket.write(head, "latin1");
    for (const piece of body) socket.write(piece);
    socket.uncork();
  }

  /** Closes it, and forgets the exchange on it. */
  destroy(): void {
    this.#exchange = undefined;
    this.socket.destroy();
    this.#onClosed(this);
  }

  readonly #listener: ResponseListener = {
    head: (head) => {
      this.#head = head;
      this.#exchange?.head(head);
    },
    data: (bytes) => this.#exchange?.data(bytes),
    end: () => {
      const exchange = this.#exchange;
      this.#exchange = undefined;
      // A request that is still being written was answered early; what is left of it must not meet the next one.
      if (this.#head?.keepAlive === true && this.socket.writableLength === 0 && !this.socket.destroyed) {
        this.carried++;
        this.#onFree(this, idleTime(this.#head.headers));
      } else this.destroy();
      exchange?.end();
    },
  };

  #data(bytes: Buffer): void {
    const parser = this.#parser;
    // Bytes that nobody asked for.
    if (parser === undefined || parser.done) {
      this.destroy();
      return;
    }
    try {
      if (parser.push(bytes) > 0) this.destroy();
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error;
      this.#closed(error);
    }
  }

  #closed(cause: unknown): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && cause === undefined && this.#parser?.close() === true) return;
    this.destroy();
    exchange?.broken(cause);
  }
}

/** Idle sockets are given up before usual servers close them, so that a request seldom meets a closing one. */
const IDLE_MS = 8000;

/** How long an idle connection is kept: a second less than the server says it will, where it says so. */
function idleTime(headers: Readonly<Record<string, string>>): number {
  const hint = /timeout=(\d+)/.exec(headers["keep-alive"] ?? "");
  return hint === null ? IDLE_MS : Math.min(IDLE_MS, Math.max(0, Number(hint[1]) - 1) * 1000);
}
