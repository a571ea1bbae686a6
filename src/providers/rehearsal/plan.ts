import type { ModelErrorKind } from "../../llm/errors.ts";
import type { JsonObject, JsonValue } from "../../llm/json.ts";
import type { StopReason } from "../../llm/response.ts";
import type { Usage } from "../../llm/usage.ts";

/** One thing that an answer holds, before it is known to whom it is said. */
export type Said =
  | { readonly type: "text"; readonly text: string; readonly citations?: readonly JsonValue[] }
  | { readonly type: "thinking"; readonly text: string }
  /** Said where nothing in particular is asked for: this text, or a value of the schema that the request has. */
  | { readonly type: "answer"; readonly text: string }
  /** So many words, of these or of the seed's choice. */
  | { readonly type: "words"; readonly count: number; readonly from: readonly string[] }
  /** A call of the first of these tools that the request offers, or of the first one when it offers none. */
  | { readonly type: "call"; readonly names: ToolNames; readonly argumentsText: string; readonly id?: string }
  /** A call of every tool that the request offers. */
  | { readonly type: "every-tool" };

/** Names that one tool goes by, the preferred one first. */
export type ToolNames = readonly [string, ...string[]];

/** How an answer fails. */
export interface Failure {
  readonly kind: ModelErrorKind;
  readonly message: string;
  /** Stands where the kind alone would say otherwise. */
  readonly retryable?: boolean;
  /** Fails in the middle of the answer, after so many deltas; before the answer begins when absent. */
  readonly after?: number;
}

/** What to answer: a value without time, ids or tools in it. */
export interface Plan {
  readonly says: readonly Said[];
  /** `tool_use` after a call and `end_turn` otherwise, when absent. */
  readonly stop?: StopReason;
  /** Counts that replace the computed ones, or no report at all. */
  readonly usage?: Partial<Usage> | "none";
  /** Time before the answer begins, in milliseconds. */
  readonly delayMs?: number;
  /** Attempts that fail before the one that counts. */
  readonly retries?: { readonly count: number; readonly failure: Failure };
  readonly failure?: Failure;
}

/** The plan of a text, and nothing else. */
export function say(text: string): Plan {
  return { says: [{ type: "text", text }] };
}

/** The plan of what is said where nothing in particular is asked for. */
export function answer(text: string): Plan {
  return { says: [{ type: "answer", text }] };
}

/** The plan of a call with a word before it. */
export function sayAndCall(text: string, names: ToolNames, input: JsonObject): Plan {
  return { says: [{ type: "text", text }, call(names, input)] };
}

/** A call. */
export function call(names: ToolNames, input: JsonValue): Said {
  return { type: "call", names, argumentsText: JSON.stringify(input) };
}
