import type { OnReadOpts, Socket } from "node:net";
import { ResponseParser, type ResponseHead, type ResponseListener } from "./response-parser.ts";
import { HttpSyntaxError } from "./syntax.ts";

/** One request and its response on a connection. After `end`, `broken` or `destroy` it hears nothing more. */
export interface Exchange {
  head(head: ResponseHead): void;
  data(bytes: Uint8Array): void;
  /** The response came to its end. */
  end(): void;
  /** The connection broke, or what came over it is no HTTP. `begun`: some bytes of a response had come. */
  broken(cause: unknown, begun: boolean): void;
}

/**
 * What all sockets are read into, one after the other: what was read is used up before anything else is read. A buffer
 * for each read, which is what sockets do by themselves, is a good part of what a short answer costs.
 */
let scratch: Buffer | undefined;

const SCRATCH_BYTES = 64 * 1024;

/** What exchanges follow one another on: a socket, as soon as there is one. */
export class Connection {
  /** How many exchanges it has carried before the present one. */
  carried = 0;
  /** Since when it is idle, by the wall clock. */
  freedAt = 0;
  readonly #onFree: (connection: Connection, idleMs: number) => void;
  readonly #onClosed: (connection: Connection) => void;
  /** What the carrying socket runs through. */
  #under: Socket | undefined;
  #socket: Socket | undefined;
  #waiting: { readonly head: string; readonly body: readonly Uint8Array[] } | undefined;
  #exchange: Exchange | undefined;
  #parser: ResponseParser | undefined;
  #head: ResponseHead | undefined;
  #begun = false;
  #destroyed = false;

  constructor(
    onFree: (connection: Connection, idleMs: number) => void,
    onClosed: (connection: Connection) => void,
  ) {
    this.#onFree = onFree;
    this.#onClosed = onClosed;
  }

  /** How the socket that carries is to read, unless it runs through another one: then it cannot be told. */
  get reading(): OnReadOpts {
    scratch ??= Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    // Runtimes other than Node may read elsewhere.
    const callback = (length: number, { buffer, byteOffset }: Uint8Array): boolean => {
      this.#data(Buffer.from(buffer, byteOffset, length));
      return true;
    };
    return { buffer: scratch, callback };
  }

  /** A socket on the way: the one that will carry runs through it. */
  via(socket: Socket): void {
    this.#under = socket;
    socket.on("error", (cause) => this.fail(cause));
    socket.on("close", () => this.fail(undefined));
  }

  /** The socket that carries; a request that waits for it is sent. */
  use(socket: Socket): void {
    if (this.#destroyed) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.setNoDelay(true);
    if (this.#under !== undefined) socket.on("data", (bytes) => this.#data(bytes));
    socket.on("error", (cause) => this.fail(cause));
    socket.on("end", () => this.fail(undefined));
    socket.on("close", () => this.fail(undefined));
    // Set only while the connection is idle: what a model may take is not the socket's to judge.
    socket.on("timeout", () => this.destroy());
    if (this.#waiting !== undefined) send(socket, this.#waiting.head, this.#waiting.body);
    this.#waiting = undefined;
  }

  /** Sends a request; its response goes to the exchange. */
  begin(exchange: Exchange, head: string, body: readonly Uint8Array[]): void {
    this.#exchange = exchange;
    this.#head = undefined;
    this.#begun = false;
    this.#parser = new ResponseParser(this.#listener);
    if (this.#socket === undefined) {
      this.#waiting = { head, body };
      return;
    }
    this.#socket.setTimeout(0);
    this.#socket.ref();
    this.#under?.ref();
    send(this.#socket, head, body);
  }

  /** Waits idle for the next request, for so long, and is no reason for a process to go on. */
  rest(idleMs: number): void {
    this.#socket?.setTimeout(idleMs);
    this.#socket?.unref();
    this.#under?.unref();
  }

  /** Reads no further for now: who unpacks the body is behind. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** Closes it, and forgets the exchange on it. */
  destroy(): void {
    this.#exchange = undefined;
    this.#parser = undefined;
    this.#waiting = undefined;
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#socket?.destroy();
    this.#under?.destroy();
    this.#onClosed(this);
  }

  /** It broke: its exchange is told, unless the close was the response's end. */
  fail(cause: unknown): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && cause === undefined && this.#parser?.close() === true) return;
    const begun = this.#begun;
    this.destroy();
    exchange?.broken(cause, begun);
  }

  readonly #listener: ResponseListener = {
    head: (head) => {
      this.#head = head;
      this.#exchange?.head(head);
    },
    data: (bytes) => this.#exchange?.data(bytes),
    end: () => {
      const exchange = this.#exchange;
      const head = this.#head;
      // Kept open, it keeps nothing of what it carried.
      this.#exchange = undefined;
      this.#head = undefined;
      const socket = this.#socket;
      // A request that is still being written was answered early; what is left of it must not meet the next one.
      if (head?.keepAlive === true && socket?.writableLength === 0 && !socket.destroyed) {
        this.carried++;
        if (socket.isPaused()) socket.resume();
        this.#onFree(this, idleTime(head.headers));
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
    this.#begun = true;
    try {
      // Bytes behind the end are nobody's: least of all the next exchange's, which may have begun when this one ended.
      if (parser.push(bytes) > 0) this.fail(undefined);
    } catch (error) {
      if (!(error instanceof HttpSyntaxError)) throw error;
      this.fail(error);
    }
  }
}

function send(socket: Socket, head: string, body: readonly Uint8Array[]): void {
  socket.cork();
  socket.write(head, "latin1");
  for (const piece of body) socket.write(piece);
  socket.uncork();
}

/** Idle sockets are given up before usual servers close them, so that a request seldom meets a closing one. */
const IDLE_MS = 8000;

/** How long an idle connection is kept: a second less than the server says it will, where it says so. */
function idleTime(headers: Readonly<Record<string, string>>): number {
  const hint = /timeout=(\d+)/.exec(headers["keep-alive"] ?? "");
  return hint === null ? IDLE_MS : Math.min(IDLE_MS, Math.max(0, Number(hint[1]) - 1) * 1000);
}
