import { History } from "../llm/history.ts";
import type { Request } from "../llm/request.ts";
import { beforeMessages, encode, type Protocol, type Target } from "../protocols/protocol.ts";

const encoder = new TextEncoder();

/** Short texts as bytes, side by side in one buffer: making a buffer for each is most of what a short request costs. */
class Slab {
  #free = new Uint8Array(0);

  bytes(text: string): Uint8Array {
    // Three bytes is the most that one UTF-16 unit becomes.
    const most = text.length * 3;
    if (most > SLAB_BYTES / 4) return encoder.encode(text);
    if (most > this.#free.length) this.#free = new Uint8Array(SLAB_BYTES);
    const { written } = encoder.encodeInto(text, this.#free);
    const bytes = this.#free.subarray(0, written);
    this.#free = this.#free.subarray(written);
    return bytes;
  }
}

const SLAB_BYTES = 64 * 1024;

/** Bytes that only grow. What was written is never touched again, so views of it may be sent while it grows. */
class Log {
  /** The bytes that these continue, when a history forked. */
  readonly base: Prefix | undefined;
  #buffer = new Uint8Array(0);
  length = 0;

  constructor(base: Prefix | undefined) {
    this.base = base;
  }

  append(text: string): void {
    this.#reserve(this.length + text.length * 3);
    this.length += encoder.encodeInto(text, this.#buffer.subarray(this.length)).written;
  }

  view(length: number): Uint8Array {
    return this.#buffer.subarray(0, length);
  }

  #reserve(length: number): void {
    if (length <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(4096, length, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.length));
    this.#buffer = grown;
  }
}

/** The encoded messages of one history: the beginning of a log that longer histories go on writing. */
class Prefix {
  readonly #log: Log;
  readonly #length: number;

  constructor(log: Log, length: number) {
    this.#log = log;
    this.#length = length;
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  append(piece: string): Prefix {
    if (piece === "") return this;
    if (this.empty) return Prefix.#first(piece);
    // Whoever comes second to the same place goes on in a log of his own.
    const log = this.#log.length === this.#length ? this.#log : new Log(this);
    log.append(`,${piece}`);
    return new Prefix(log, log.length);
  }

  /** Everybody's beginning, so nobody goes on in its log. */
  static #first(piece: string): Prefix {
    const log = new Log(undefined);
    log.append(piece);
    return new Prefix(log, log.length);
  }

  segments(): Uint8Array[] {
    const segments: Uint8Array[] = [];
    for (let at: Prefix | undefined = this; at !== undefined; at = at.#log.base)
      segments.unshift(at.#log.view(at.#length));
    return segments;
  }
}

const nothing = new Prefix(new Log(undefined), 0);

/** What stands before the messages, as text and as bytes. */
interface Head {
  readonly beside: Omit<Request, "messages">;
  readonly text: string;
  /** With what is between it and a message. */
  bytes?: Uint8Array;
}

/** A request beside its messages. Lists are kept as they are now: their owners may add to them. */
function withoutMessages(request: Request): Head["beside"] {
  const { messages: _, ...beside } = request;
  const kept = Object.entries(beside).map(([name, value]) => [
    name,
    Array.isArray(value) ? [...value] : value,
  ]);
  return Object.fromEntries(kept) as Head["beside"];
}

/** Whether two requests differ in nothing but their messages. What they hold is compared as it is, not by what it says. */
function sameBeside({ beside }: Head, request: Request): boolean {
  let keys = 0;
  for (const key in request) {
    if (key === "messages") continue;
    keys++;
    const name = key as Exclude<keyof Request, "messages">;
    if (!isSame(beside[name], request[name])) return false;
  }
  return keys === Object.keys(beside).length;
}

function isSame(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

/**
 * Request bodies for one model. A message of a {@link History} is encoded once, when it first appears, and its bytes
 * are shared by all requests and forks that hold it, and what stands before them is encoded anew only when it changes: a
 * request costs what is new in it, not what is old. The cost of a
 * turn thus does not grow with the length of the conversation.
 */
export class WireBodies {
  readonly #protocol: Protocol;
  readonly #target: Target;
  readonly #heads = new WeakMap<object, Head>();
  readonly #prefixes = new WeakMap<History, Prefix>();
  readonly #slab = new Slab();

  constructor(protocol: Protocol, target: Target) {
    this.#protocol = protocol;
    this.#target = target;
  }

  /** The body of a request, in pieces to be sent one after the other. */
  body(request: Request): Uint8Array[] {
    const { messages } = request;
    if (!(messages instanceof History) || messages.parent === undefined || messages.last === undefined) {
      return [this.#slab.bytes(encode(this.#protocol, request, this.#target))];
    }
    const head = this.#head(request);
    const last = this.#protocol.lastMessage(messages.last, request, this.#target);
    const prefix = this.#prefix(messages.parent);
    const { tail } = this.#protocol;
    if (prefix.empty) {
      const before = last === "" ? head.text : beforeMessages(head.text);
      return [this.#slab.bytes(before + last + tail)];
    }
    // By itself: it stays for as long as the conversation, and a slab with it would.
    head.bytes ??= encoder.encode(beforeMessages(head.text));
    return [head.bytes, ...prefix.segments(), this.#slab.bytes((last === "" ? "" : ",") + last + tail)];
  }

  /** The same for requests that follow one another; tools and instructions are what tells conversations apart. */
  #head(request: Request): Head {
    const place = request.tools ?? request.system ?? this;
    const known = this.#heads.get(place);
    if (known !== undefined && sameBeside(known, request)) return known;
    const head = { beside: withoutMessages(request), text: this.#protocol.head(request, this.#target) };
    this.#heads.set(place, head);
    return head;
  }

  #prefix(history: History): Prefix {
    const missing: History[] = [];
    let known: Prefix | undefined;
    for (let at = history; known === undefined; at = at.parent) {
      known = this.#prefixes.get(at);
      if (known !== undefined) break;
      if (at.parent === undefined) {
        known = nothing;
        break;
      }
      missing.push(at);
    }
    for (const at of missing.reverse()) {
      if (at.last !== undefined) known = known.append(this.#protocol.message(at.last, this.#target));
      this.#prefixes.set(at, known);
    }
    return known;
  }
}
