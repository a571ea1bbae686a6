import { ModelError } from "../llm/errors.ts";
import type { StreamEvent } from "../llm/event.ts";
import { Fold, type Folded } from "../llm/fold.ts";
import type { RateLimit } from "../llm/rate-limit.ts";
import type { Decoder, Protocol, Target } from "../protocols/protocol.ts";
import { describeBody } from "../protocols/http-error.ts";
import { SseParser } from "../protocols/sse.ts";
import { rateLimits } from "./rate-limits.ts";
import { retryAfter } from "./retry.ts";
import type { Clock } from "./system.ts";
import { Watch, type Timeouts } from "./timeouts.ts";
import type { Outgoing, Receiver, Transport } from "./transport.ts";
import { Utf8 } from "./utf8.ts";

/** How much may be received before it is taken for an attack or a fault. */
export interface Caps {
  /** The longest event of a stream, in characters. */
  readonly event: number;
  /** The longest answer, in bytes. */
  readonly response: number;
}

export const defaultCaps: Caps = { event: 32 * 1024 * 1024, response: 256 * 1024 * 1024 };

/** Of an error's body, this much is read. */
const ERROR_BODY_BYTES = 64 * 1024;

/** What one attempt needs. */
export interface Attempt {
  readonly transport: Transport;
  readonly outgoing: Outgoing;
  readonly protocol: Protocol;
  readonly target: Target;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly caps: Caps;
  emit(event: StreamEvent): void;
  readonly signal: AbortSignal | undefined;
}

/** A finished answer, and what its headers say. */
export interface Answer extends Folded {
  readonly requestId?: string;
  readonly rateLimits?: readonly RateLimit[];
}

/**
 * One attempt: sends, reads, and folds the answer.
 * @throws ModelError with everything that is known, also what came before it failed; the signal's reason on abort.
 */
export async function exchange(attempt: Attempt): Promise<Answer> {
  const { outgoing } = attempt;
  const watch = new Watch(attempt.clock, attempt.timeouts);
  const reader = new AnswerReader(attempt, watch);
  watch.follow(attempt.signal);
  try {
    await attempt.transport(outgoing, reader, watch);
    return reader.end();
  } catch (error) {
    return reader.endWith(error);
  } finally {
    watch.stop();
  }
}

/** How a body is read, told by how it begins: servers' content types are not to be trusted. */
type Form = "unknown" | "events" | "json" | "text";

/** What reads a body. */
interface Reading {
  readonly utf8: Utf8;
  readonly decoder: Decoder;
  readonly fold: Fold;
}

class AnswerReader implements Receiver {
  readonly #attempt: Attempt;
  readonly #watch: Watch;
  /** Made when there is something to read: many may wait for an answer at once, and wait long. */
  #begun: Reading | undefined;
  #sse: SseParser | undefined;
  /** For a body that is read for people: whatever its bytes are. */
  #lenient: InstanceType<typeof TextDecoder> | undefined;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  #received = 0;
  #form: Form = "unknown";
  /** Whether the bytes at hand held an event. Pings keep a dead stream's socket busy, but decode to none. */
  #eventful = false;
  /** Whether the body has been a stream of events so far, and not merely no JSON. */
  #streamed = false;
  #pieces: string[] = [];

  constructor(attempt: Attempt, watch: Watch) {
    this.#attempt = attempt;
    this.#watch = watch;
  }

  /** Whether the answer said that it is finished. */
  get #complete(): boolean {
    return this.#begun?.fold.stopped === true;
  }

  connected(): void {
    this.#watch.connected();
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    this.#status = status;
    this.#headers = headers;
    if (this.#refused) this.#form = "text";
  }

  data(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#received > this.#attempt.caps.response) {
      throw new ModelError(`the answer is longer than ${this.#attempt.caps.response} bytes`, {
        kind: "too-large",
      });
    }
    if (this.#form === "text") {
      this.#lenient ??= new TextDecoder();
      this.#pieces.push(this.#lenient.decode(bytes, { stream: true }));
      // Nobody reads more of it, and there need not be an end.
      if (this.#received > ERROR_BODY_BYTES) throw this.#noModel();
      return;
    }
    const text = this.#reading.utf8.push(bytes);
    if (this.#form === "unknown") this.#sniff(text);
    if (this.#form === "events") (this.#sse ??= this.#events()).push(text);
    // Kept to be shown, should it turn out to be no stream.
    if (!this.#streamed) this.#pieces.push(text);
    if (this.#complete) this.#watch.drain();
    else if (this.#eventful) this.#watch.progress();
    this.#eventful = false;
  }

  end(): Answer {
    if (this.#refused || this.#form === "text") throw this.#noModel();
    const { utf8, decoder, fold } = this.#reading;
    if (utf8.open && !this.#complete) throw this.#noAnswer("truncated", "the answer ends inside a character");
    if (this.#form === "json") decoder.whole(this.#pieces.join("").replace(/^\uFEFF/, ""));
    else if (this.#form === "events" && !this.#streamed && !beginsEvents(this.#pieces.join("")))
      throw this.#noModel();
    else if (this.#form === "unknown") {
      throw this.#noAnswer("truncated", "the answer is empty");
    }
    decoder.end();
    const requestId = this.#requestId();
    const limits = rateLimits(this.#headers, this.#attempt.clock.now());
    return {
      ...fold.result(),
      ...(requestId !== undefined && { requestId }),
      ...(limits.length > 0 && { rateLimits: limits }),
    };
  }

  /**
   * The exchange failed.
   * @throws the error, unless the answer is whole: then what broke afterwards is only the way it came.
   */
  endWith(error: unknown): Answer {
    const { signal } = this.#attempt;
    if (signal?.aborted === true) throw signal.reason;
    // What a listener threw is not ours to read.
    if (!(error instanceof ModelError)) throw error;
    if (this.#complete) return this.end();
    throw this.#explained(error);
  }

  /** An error with all that this exchange knows about it. */
  #explained(failure: ModelError): ModelError {
    // An error's body may break off: the status has said what it is about.
    const error = this.#refused ? this.#noModel() : failure;
    const { message, usage } = this.#reading.fold.result();
    const requestId = error.requestId ?? this.#requestId();
    const now = this.#attempt.clock.now();
    const limits = rateLimits(this.#headers, now);
    const wait = error.retryAfterMs ?? retryAfter(this.#headers, limits, now);
    return error.with({
      ...(this.#status !== 0 && { status: this.#status }),
      ...(requestId !== undefined && { requestId }),
      ...(wait !== undefined && error.retryable && { retryAfterMs: wait }),
      ...(limits.length > 0 && { rateLimits: limits }),
      ...(message.parts.length > 0 && { partial: message }),
      ...(usage.source !== "unknown" && { usage }),
    });
  }

  get #reading(): Reading {
    if (this.#begun !== undefined) return this.#begun;
    const attempt = this.#attempt;
    const fold = new Fold();
    const decoder = attempt.protocol.decoder((event) => {
      this.#eventful = true;
      attempt.emit(fold.push(event));
    }, attempt.target);
    this.#begun = { utf8: new Utf8(), decoder, fold };
    return this.#begun;
  }

  #events(): SseParser {
    const { decoder } = this.#reading;
    return new SseParser((data, event) => {
      this.#streamed = true;
      // Some servers keep the line open with events that have neither a name nor data.
      if (data === "" && event === "") return;
      decoder.push(data, event);
    }, this.#attempt.caps.event);
  }

  #sniff(text: string): void {
    const first = /[^\s\uFEFF]/.exec(text)?.[0];
    if (first === undefined) {
      this.#form = "unknown";
      return;
    }
    this.#form = first === "{" || first === "[" ? "json" : first === "<" ? "text" : "events";
  }

  #requestId(): string | undefined {
    return this.#headers["request-id"] ?? this.#headers["x-request-id"];
  }

  /** Whether the status says that there is no answer. */
  get #refused(): boolean {
    return this.#status !== 0 && (this.#status < 200 || this.#status >= 300);
  }

  /** Not a model speaks, but its provider's refusal, or something in between. */
  #noModel(): ModelError {
    const body = this.#pieces.join("");
    if (this.#refused) return this.#attempt.protocol.decodeError(this.#status, this.#headers, body);
    const what = describeBody(this.#headers["content-type"], body);
    return this.#noAnswer(
      "malformed",
      `this is no model's answer but ${what}; check the base URL and any proxy`,
    );
  }

  #noAnswer(kind: "truncated" | "malformed", message: string): ModelError {
    return new ModelError(message, { kind, body: this.#pieces.join("").slice(0, 2048) });
  }
}

const fields = ["data:", "event:", "id:", "retry:", "error:", ":"];

/** Whether a body that held no event is the beginning of one, cut off, and not something else altogether. */
function beginsEvents(body: string): boolean {
  const start = body.replace(/^[\s\uFEFF]+/, "");
  return fields.some((field) => start.startsWith(field) || field.startsWith(start));
}
