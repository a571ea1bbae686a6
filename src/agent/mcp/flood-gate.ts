import type { Clock } from "../../providers/system.ts";
import { McpError } from "./error.ts";
import type { McpLimits } from "./limits.ts";

/** Counts what a server writes in a window of time, so that one that writes without end is noticed. */
export class FloodGate {
  readonly #server: string;
  readonly #limits: McpLimits;
  readonly #clock: Clock;
  #since: number;
  #messages = 0;
  #bytes = 0;

  constructor(server: string, limits: McpLimits, clock: Clock) {
    this.#server = server;
    this.#limits = limits;
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** @throws McpError `flood` */
  count(messages: number, bytes: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#since >= this.#limits.windowMs) {
      this.#since = now;
      this.#messages = 0;
      this.#bytes = 0;
    }
    this.#messages += messages;
    this.#bytes += bytes;
    const { windowMessages, windowBytes, windowMs } = this.#limits;
    if (this.#messages <= windowMessages && this.#bytes <= windowBytes) return;
    const what = this.#messages > windowMessages ? `${windowMessages} messages` : `${windowBytes} bytes`;
    throw new McpError(
      "flood",
      this.#server,
      `the server ${this.#server} was ended: it wrote more than ${what} in ${windowMs / 1000} s`,
    );
  }
}
