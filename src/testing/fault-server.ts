import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { answerWell, refuse } from "./faults/answer.ts";
import type { Fault, FaultStep } from "./faults/fault.ts";
import { Hand } from "./faults/hand.ts";
import { admission, type FaultLimit } from "./faults/limit.ts";
import { plays } from "./faults/play.ts";
import { wires, type FaultProtocol } from "./faults/wires.ts";

/** One request, as it arrived. */
export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body: a JSON value where it is one, and else its text. */
  readonly body: unknown;
}

/** How a {@link faultServer} answers. */
export interface FaultServerOptions {
  /** The wire language; `anthropic-messages` by default. */
  readonly protocol?: FaultProtocol;
  /** What good answers say. */
  readonly answer?: string;
  /** A limit that all requests share. Those beyond it are refused, as the vendor does it, and take no step of the plan. */
  readonly limit?: FaultLimit;
  /** The time by which limits and dates in headers go, in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number;
}

/** A server on 127.0.0.1 that misbehaves as it was told. */
export interface FaultServer extends AsyncDisposable {
  /** The base URL for `openModel`. */
  readonly url: string;
  /** The requests that were answered, for better or worse, oldest first. */
  readonly requests: readonly FaultRequest[];
  /** Cuts all connections and ends the server. */
  close(): Promise<void>;
}

/**
 * Starts a server that answers its first requests with the faults of a plan, one each and in this order, and all the
 * others well. The faults are made on a real socket, so that all of the client's code is under test.
 *
 * @example
 * const server = await faultServer(["overloaded", { fault: "rate-limit", retryAfterMs: 20 }]);
 * const model = openModel({ protocol: "anthropic-messages", baseUrl: server.url, model: "any" });
 * const { text } = await model.complete({ messages: [userMessage("hello")] }); // tried three times
 * await server.close();
 */
export async function faultServer(
  plan: readonly FaultStep[] = [],
  {
    protocol = "anthropic-messages",
    answer = "All is well.",
    limit,
    now = Date.now,
  }: FaultServerOptions = {},
): Promise<FaultServer> {
  const wire = wires[protocol];
  const requests: FaultRequest[] = [];
  const steps = plan.values();
  const tooEarly = limit === undefined ? () => 0 : admission(limit, now);
  const sockets = new Set<Socket>();
  const stale = new WeakSet<Socket>();

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers, socket } = request;
    if (stale.has(socket)) {
      socket.resetAndDestroy();
      return;
    }
    const body = await read(request);
    requests.push({ method, path: url, headers, body });
    const waitMs = tooEarly();
    const step = waitMs > 0 ? undefined : steps.next().value;
    const said = typeof step === "object" && "answer" in step ? step.answer : answer;
    const streams = wire.streams(url, body);
    const hand = new Hand(request, response, { streams, answer: said, headers: wire.headers, now });
    if (waitMs > 0) {
      refuse(hand, wire.usedUp(waitMs, now()));
      return;
    }
    if (step === undefined || (typeof step === "object" && "answer" in step)) {
      answerWell(hand, wire);
      return;
    }
    // All options are optional, so that a name alone is a fault.
    const fault = (typeof step === "string" ? { fault: step } : step) as Fault;
    if (fault.fault === "stale-socket") stale.add(socket);
    // The table has a function for the options of each name; that the two belong together, tsc cannot see.
    await plays[fault.fault](hand, wire, fault as never);
  };

  const http = createServer((request, response) => {
    // Only a client that goes away makes it fail.
    take(request, response).catch(() => request.socket.destroy());
  });
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(0, "127.0.0.1", resolve);
  });
  const close = async (): Promise<void> => {
    if (!http.listening) return;
    const closed = new Promise((resolve) => http.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

async function read(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
