import { McpError } from "./error.ts";
import type { FloodGate } from "./flood-gate.ts";
import type { JSONRPCMessage, Transport } from "./sdk.ts";

/** Deeper than anything sensible, and far from where code that walks it runs out of stack. */
const MAX_DEPTH = 64;

/** What becomes of what a server sends by itself. */
export interface GuardRoom {
  readonly server: string;
  readonly gate: FloodGate;
  readonly onFailure: (error: McpError) => void;
  readonly onClosed: () => void;
  /** The server asked us for something: a sampled answer, a form, a page to be opened. It is declined. */
  readonly onAsked: (method: string) => void;
  readonly onListChanged: () => void;
}

/** A transport with somebody at the door: what comes in is counted and looked at before the client sees it. */
export class GuardedTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: NonNullable<Transport["onmessage"]>;
  readonly #inner: Transport;
  readonly #room: GuardRoom;
  readonly #unanswered = new Set<unknown>();

  constructor(inner: Transport, room: GuardRoom) {
    this.#inner = inner;
    this.#room = room;
    const onmessage: Transport["onmessage"] = (message, extra) => {
      if (!this.#admits(message)) return;
      // The client handles what is told a moment later than answers, and forgets whose progress it is with the answer.
      if ("method" in message) this.onmessage?.(message, extra);
      else queueMicrotask(() => this.onmessage?.(message, extra));
    };
    Object.assign(inner, {
      onclose: () => {
        room.onClosed();
        this.onclose?.();
      },
      onerror: (error: Error) => this.onerror?.(error),
      onmessage,
    });
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  send(message: JSONRPCMessage, options?: Parameters<Transport["send"]>[1]): Promise<void> {
    const id = "method" in message && "id" in message ? message.id : undefined;
    if (id === undefined) {
      // Of what was cancelled no answer is missed.
      if ("method" in message && message.method === "notifications/cancelled") {
        this.#unanswered.delete(message.params?.["requestId"]);
      }
      return this.#inner.send(message, options);
    }
    this.#unanswered.add(id);
    return this.#inner.send(message, { ...options, onRequestStreamEnd: () => this.#streamEnded(id) });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion?.(version);
  }

  /** Over HTTP an answer may come as a stream; one that ends before it would be waited for. */
  #streamEnded(id: string | number): void {
    if (!this.#unanswered.has(id)) return;
    const { server, onFailure } = this.#room;
    onFailure(new McpError("closed", server, `the server ${server} hung up before it had answered`));
  }

  #admits(message: JSONRPCMessage): boolean {
    const { server, gate, onFailure, onAsked, onListChanged } = this.#room;
    try {
      gate.count(1, 0);
    } catch (error) {
      onFailure(error as McpError);
      return false;
    }
    if (isDeeper(message, MAX_DEPTH)) {
      const what = `the server ${server} was ended: it sent what is nested more than ${MAX_DEPTH} levels deep`;
      onFailure(new McpError("protocol", server, what));
      return false;
    }
    if (!("method" in message)) {
      this.#unanswered.delete(message.id);
      return true;
    }
    if ("id" in message && message.method !== "ping") onAsked(message.method);
    if (message.method === "notifications/tools/list_changed") onListChanged();
    return true;
  }
}

/** Whether a value is nested deeper; it may be deeper than a stack. */
function isDeeper(value: unknown, levels: number): boolean {
  let row: unknown[] = [value];
  for (let depth = 0; row.length > 0; depth++) {
    if (depth > levels) return true;
    row = row.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}
