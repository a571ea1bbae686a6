import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The hand that answers one request. What is written to a client that is gone is lost, and no error. */
export class Hand {
  /** Whether the client asked for a stream. */
  readonly streams: boolean;
  /** The text of a good answer. */
  readonly answer: string;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  readonly #gone: Promise<void>;
  #isGone = false;

  constructor(request: IncomingMessage, response: ServerResponse, streams: boolean, answer: string) {
    this.streams = streams;
    this.answer = answer;
    this.#response = response;
    this.#socket = request.socket;
    response.on("error", () => undefined);
    this.#gone = new Promise((resolve) => {
      response.on("close", () => {
        this.#isGone = true;
        resolve();
      });
    });
  }

  head(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, { "request-id": "req_fault", ...headers });
    this.#response.flushHeaders();
  }

  /** Resolves when the bytes are on their way, or nobody wants them any more. */
  async write(bytes: string | Uint8Array): Promise<void> {
    const written = new Promise<void>((resolve) => this.#response.write(bytes, () => resolve()));
    await Promise.race([written, this.#gone]);
  }

  end(bytes: string | Uint8Array = ""): void {
    this.#response.end(bytes);
  }

  /** Writes what `piece` gives, again and again, until the client goes away. */
  async forever(piece: string | Uint8Array, everyMs?: number): Promise<void> {
    while (!this.#isGone) {
      await this.write(piece);
      if (everyMs !== undefined) await this.pause(everyMs);
    }
  }

  /** Waits so long, or until the client goes away. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([passed, this.#gone]);
    clearTimeout(timer);
  }

  /** Sends bytes that are no HTTP, and closes. */
  raw(bytes: string): void {
    this.#socket.end(bytes, "latin1");
  }

  /** Cuts the connection without a goodbye. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
