import type { JsonObject } from "./json.ts";
import { messageText, toolCalls, type Message, type ToolCallPart } from "./message.ts";
import type { Cost } from "./money.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Usage } from "./usage.ts";

/**
 * Why a model stopped. `pause`: it wants to go on after being sent its own message back. `context_overflow`: the
 * window is full. `unknown`: the vendor gave no reason, or one that we do not know; see the raw one.
 */
export type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "refusal"
  | "content_filter"
  | "pause"
  | "context_overflow"
  | "unknown";

/** When things happened in an exchange, in milliseconds from its start, waits for retries included. */
export interface Timing {
  /** Wall-clock time of the start, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The first event that a reader can see. */
  readonly firstEventMs: number;
  readonly totalMs: number;
}

/** A model's finished answer. Cut or failed answers are errors, never responses. */
export interface Response {
  /** The vendor's id of the answer; empty where it sent none. */
  readonly id: string;
  /** The model that answered, in the vendor's words; it need not be the one asked. */
  readonly model: string;
  readonly message: Message;
  /** The text of the message. */
  readonly text: string;
  /** The tool calls of the message, in order. */
  readonly toolCalls: readonly ToolCallPart[];
  readonly stopReason: StopReason;
  /** The vendor's own word for it; null where it sent none. */
  readonly rawStopReason: string | null;
  /** The stop sequence that was met. */
  readonly stopSequence?: string;
  readonly usage: Usage;
  readonly cost: Cost;
  readonly timing: Timing;
  /** The provider's id of the request, to quote in a support case. */
  readonly requestId?: string;
  /** What was left of the provider's limits after this request, where it says so. */
  readonly rateLimits?: readonly RateLimit[];
  /** Fields of the answer that have no neutral name, as received. */
  readonly vendor?: JsonObject;
}

/** A response with what can be read off its message filled in. */
export function response(facts: Omit<Response, "text" | "toolCalls">): Response {
  return { ...facts, text: messageText(facts.message), toolCalls: toolCalls(facts.message) };
}
