import { ModelError } from "../../llm/errors.ts";
import { Delivery } from "../delivery.ts";
import {
  brokenOff,
  unreachable,
  type Halt,
  type Outgoing,
  type Receiver,
  type Transport,
} from "../transport.ts";
import type { Connection, Exchange } from "./connection.ts";
import { Pool } from "./pool.ts";
import { RequestHeads, type RequestHead } from "./request-head.ts";
import type { ResponseHead } from "./response-parser.ts";
import { proxyRefused } from "./tunnel.ts";

/** Names of environment variables, and their values. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The transport of Node: HTTP/1.1 over sockets of our own, kept open between requests. Its cost beside `node:http` and
 * `fetch` is measured by the benchmark and argued in docs/decisions. Proxies are those that `env` names.
 */
export function nodeTransport(env: Environment = {}): Transport {
  const pool = new Pool(env);
  const heads = new RequestHeads((url, origin) => pool.proxy(url, origin));
  return (outgoing, receiver, halt) =>
    new Promise((resolve, reject) => {
      if (halt.aborted) throw halt.reason;
      const head = heads.of(outgoing);
      new Attempt({ pool, head, body: outgoing.body, receiver, halt, resolve, reject }, true).start();
    });
}

interface Sending {
  readonly pool: Pool;
  readonly head: RequestHead;
  readonly body: Outgoing["body"];
  readonly receiver: Receiver;
  readonly halt: Halt;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** A request on one connection, and its answer. */
class Attempt implements Exchange {
  readonly #sending: Sending;
  readonly #delivery: Delivery;
  readonly #connection: Connection;
  readonly #reused: Connection | undefined;
  #answered = false;
  #over = false;

  constructor(sending: Sending, mayReuse: boolean) {
    const { pool, head, receiver, halt, resolve, reject } = sending;
    this.#sending = sending;
    this.#delivery = new Delivery(receiver, halt, resolve, reject, () => this.#abandon());
    this.#reused = mayReuse ? pool.take(head.origin) : undefined;
    this.#connection = this.#reused ?? pool.open(head.url, head.proxy, () => this.#delivery.connected());
  }

  start(): void {
    const { head, body } = this.#sending;
    if (this.#reused !== undefined) this.#delivery.connected();
    if (!this.#delivery.settled) this.#connection.begin(this, `${head.lines}${lengthOf(body)}\r\n\r\n`, body);
  }

  head({ status, headers }: ResponseHead): void {
    this.#answered = true;
    const { proxy } = this.#sending.head;
    if (status === 407 && proxy !== undefined) this.#delivery.fail(proxyRefused(proxy, status));
    else this.#delivery.head(status, headers, this.#connection);
  }

  data(bytes: Uint8Array): void {
    this.#delivery.data(bytes);
  }

  end(): void {
    this.#over = true;
    this.#delivery.end();
  }

  broken(cause: unknown, begun: boolean): void {
    if (cause instanceof ModelError) this.#delivery.fail(cause);
    else if (this.#answered || begun) this.#delivery.fail(brokenOff(cause));
    else if (this.#connection.carried > 0) {
      // The server closed a kept connection just as it was used again. Nothing was answered: once more, on a new one.
      if (this.#delivery.settle()) new Attempt(this.#sending, false).start();
    } else {
      const { url, proxy } = this.#sending.head;
      const why = cause ?? new Error("the connection was closed without an answer");
      this.#delivery.fail(unreachable(url, why, proxy?.url));
    }
  }

  #abandon(): void {
    // Once its response is over, the connection may be carrying the next one, though ours is still being unpacked.
    if (!this.#over) this.#connection.destroy();
  }
}

function lengthOf(body: Outgoing["body"]): number {
  let length = 0;
  for (const piece of body) length += piece.length;
  return length;
}
