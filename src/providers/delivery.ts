import { inflate, type Body, type Packed, type Source } from "./http1/inflate.ts";
import { brokenOff, type Halt, type Receiver } from "./transport.ts";

/**
 * One answer on its way from a connection to its receiver. It ends once, whoever ends it: the connection, the halt, or
 * the receiver by what it throws; after that nothing reaches the receiver.
 */
export class Delivery {
  /** Whether it has ended. */
  settled = false;
  readonly #receiver: Receiver;
  readonly #halt: Halt;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  readonly #abandon: () => void;
  readonly #plain: Body = { data: (bytes) => this.#take(bytes), end: () => this.#finish() };
  #packed: Packed | undefined;

  /** @param abandon closes the connection: its answer is not wanted any more. */
  constructor(
    receiver: Receiver,
    halt: Halt,
    resolve: () => void,
    reject: (reason: unknown) => void,
    abandon: () => void,
  ) {
    this.#receiver = receiver;
    this.#halt = halt;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#abandon = abandon;
    const onAbort = (): void => this.fail(halt.reason);
    halt.onAbort = onAbort;
  }

  /** The way to the server is open. */
  connected(): void {
    if (this.settled) return;
    try {
      this.#receiver.connected();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The answer begins. Header names are in lower case. */
  head(status: number, headers: Readonly<Record<string, string>>, source: Source): void {
    if (this.settled) return;
    try {
      const encoding = headers["content-encoding"];
      if (encoding !== undefined)
        this.#packed = inflate(encoding, this.#plain, source, (cause) => this.fail(brokenOff(cause)));
      this.#receiver.head(status, headers);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Bytes of the body as they came. */
  data(bytes: Uint8Array): void {
    if (this.#packed === undefined) this.#take(bytes);
    else this.#packed.data(bytes);
  }

  /** The body came to its end. */
  end(): void {
    if (this.#packed === undefined) this.#finish();
    else this.#packed.end();
  }

  fail(error: unknown): void {
    if (!this.settle()) return;
    this.#packed?.stop();
    this.#abandon();
    this.#reject(error);
  }

  /** Ends it without a word; whether that was still to be done. */
  settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.#halt.onAbort = undefined;
    return true;
  }

  #take(bytes: Uint8Array): void {
    if (this.settled) return;
    try {
      this.#receiver.data(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  #finish(): void {
    if (this.settle()) this.#resolve();
  }
}
