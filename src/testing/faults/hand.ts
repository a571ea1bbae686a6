import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The hand that answers one request. What is written to a client that is gone is lost, and no error. */
export class Hand {
  /** Whether the client asked for a stream. */
  readonly streams: boolean;
  /** The text of a good answer. */
  readonly answer: string;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Headers of all answers. */
  readonly #headers: Readonly<Record<string, string>>;
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  #gone = false;
  /** Ends the wait that is going on. */
  #release: () => void = () => undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    wanted: {
      readonly streams: boolean;
      readonly answer: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly now: () => number;
    },
  ) {
    this.streams = wanted.streams;
    this.answer = wanted.answer;
    this.now = wanted.now;
    this.#headers = wanted.headers;
    this.#response = response;
    this.#socket = request.socket;
    response.on("error", () => undefined);
    response.on("close", () => {
      this.#gone = true;
      this.#release();
    });
  }

  head(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.writeHead(status, { ...this.#headers, ...headers });
    this.#response.flushHeaders();
  }

  /** Resolves when the bytes are on their way, or nobody wants them any more. */
  write(bytes: string | Uint8Array): Promise<void> {
    return this.#wait((done) =>
      this.#response.write(bytes, (error) => {
        if (error) this.#gone = true;
        done();
      }),
    );
  }

  end(bytes: string | Uint8Array = ""): void {
    this.#response.end(bytes);
  }

  /** Writes the next piece, and the next, until the client goes away. */
  async forever(next: () => string, everyMs = 0): Promise<void> {
    while (!this.#gone) {
      await this.write(next());
      // Also when there is nothing to wait for: that the client is gone must find its turn to be told.
      await this.pause(everyMs);
    }
  }

  /** Waits so long, or until the client goes away. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await this.#wait((done) => {
      timer = setTimeout(done, ms);
    });
    clearTimeout(timer);
  }

  #wait(begin: (done: () => void) => void): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
      begin(resolve);
    });
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
