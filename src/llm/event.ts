import type { JsonObject, JsonValue } from "./json.ts";
import type { Part } from "./message.ts";
import type { Response, StopReason } from "./response.ts";
import type { Usage } from "./usage.ts";
import type { ModelError } from "./errors.ts";

/*
 * What can happen while a model is asked. One stream has: `wait` where other requests go first, one `request` for each
 * attempt, `retry` before each wait between attempts, `start`, then parts, each as `part-start`, any number of
 * `part-delta` and one `part-end`, `usage` as often as the vendor reports it (the last one counts), `stop`, and at the
 * end one `response`, or an error that is thrown. Parts are numbered from 0 and may overlap. Events are facts: none
 * changes after it was emitted.
 */

/** An attempt is being sent. */
export interface RequestEvent {
  readonly type: "request";
  /** Counts from 1. */
  readonly attempt: number;
  /** The model asked, as `provider/name`. */
  readonly model: string;
}

/** An attempt failed, and another will follow after `delayMs`. */
export interface RetryEvent {
  readonly type: "retry";
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: ModelError;
}

/**
 * The request waits before it is sent, because another request of the same model was refused with `error`: for
 * `delayMs` at least, and longer where others go first.
 */
export interface WaitEvent {
  readonly type: "wait";
  readonly delayMs: number;
  readonly error: ModelError;
}

/** The answer begins. */
export interface StartEvent {
  readonly type: "start";
  readonly id: string;
  readonly model: string;
  readonly vendor?: JsonObject;
}

/** A part begins; `part` is what is known of it: its kind, a call's id and name, text that came at once. */
export interface PartStartEvent {
  readonly type: "part-start";
  readonly index: number;
  readonly part: Part;
}

/** More text for a part. `arguments` is a piece of a tool call's JSON. */
export interface TextDelta {
  readonly type: "part-delta";
  readonly index: number;
  readonly kind: "text" | "thinking" | "arguments" | "signature";
  readonly text: string;
}

/** More of a part that is no text: a source of a text, or a vendor's own delta. */
export interface DataDelta {
  readonly type: "part-delta";
  readonly index: number;
  readonly kind: "citation" | "vendor";
  readonly data: JsonValue;
}

/** More of a part. */
export type PartDeltaEvent = TextDelta | DataDelta;

/** A part is finished, and this is all of it. */
export interface PartEndEvent {
  readonly type: "part-end";
  readonly index: number;
  readonly part: Part;
}

/** The usage as far as it is known. A later one replaces it. */
export interface UsageEvent {
  readonly type: "usage";
  readonly usage: Usage;
}

/** The model stopped. */
export interface StopEvent {
  readonly type: "stop";
  readonly reason: StopReason;
  readonly raw: string | null;
  readonly sequence?: string;
  readonly vendor?: JsonObject;
}

/** The answer is complete. */
export interface ResponseEvent {
  readonly type: "response";
  readonly response: Response;
}

/** What a model emits while it is asked. */
export type StreamEvent =
  | RequestEvent
  | RetryEvent
  | WaitEvent
  | StartEvent
  | PartStartEvent
  | PartDeltaEvent
  | PartEndEvent
  | UsageEvent
  | StopEvent
  | ResponseEvent;

/** A part's end as a decoder says it: the part itself is given only where deltas do not add up to it. */
export interface DecodedPartEnd {
  readonly type: "part-end";
  readonly index: number;
  readonly part?: Part;
}

/** What a decoder reads off the wire: one answer, without the attempts around it. */
export type DecodedEvent =
  | StartEvent
  | PartStartEvent
  | PartDeltaEvent
  | DecodedPartEnd
  | UsageEvent
  | StopEvent;
