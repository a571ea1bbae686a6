import { costJson, type ConversationJson } from "../conversation/to-json.ts";
import type { JsonValue } from "../llm/json.ts";
import type { Response, StopReason } from "../llm/response.ts";
import { noUsage, type TotalUsage } from "../llm/total.ts";
import { exitCode, exitCodes } from "./exit-code.ts";
import { errorJson, type ErrorJson } from "./explain.ts";

/** How a run ended. */
type Status = "done" | "error" | "limit" | "loop" | "cancelled";

/** What a run came to, for a program: printed for success and failure alike. */
export interface Result {
  /** What the conversation is kept as, or its own id; null when none could begin. */
  readonly sessionId: string | null;
  readonly model: string | null;
  readonly status: Status;
  /** The answer, or what came of it. */
  readonly text: string;
  /** Answers received; this, usage and cost are those of this run, whatever the session had before. */
  readonly steps: number;
  readonly usage: ConversationJson["usage"];
  /** Null when it is unknown, which is not the same as free. */
  readonly costUsd: number | null;
  readonly durationMs: number;
  /** Calls that the model made, in their order. */
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly input: JsonValue }[];
  readonly stopReason?: StopReason;
  readonly error?: ErrorJson;
}

/** What a result is made from. */
export interface Outcome {
  readonly sessionId: string | undefined;
  /** What was used in this run. */
  readonly usage: TotalUsage | undefined;
  /** The model that was asked, or was to be. */
  readonly model: string | undefined;
  readonly text: string;
  readonly durationMs: number;
  readonly response: Response | undefined;
  readonly toolCalls: Result["toolCalls"];
  /** Undefined when nothing failed. */
  readonly error: unknown;
}

/** Puts a result together. */
export function result({
  sessionId,
  usage = noUsage,
  model,
  text,
  durationMs,
  response,
  toolCalls,
  error,
}: Outcome): Result {
  return {
    sessionId: sessionId ?? null,
    model: model ?? null,
    status: error === undefined ? "done" : status(error),
    text,
    steps: usage.responses,
    usage: { ...usage, cost: costJson(usage.cost) },
    costUsd: usage.cost.known ? usage.cost.dollars : null,
    durationMs: Math.round(durationMs),
    toolCalls,
    ...(response !== undefined && { stopReason: response.stopReason }),
    ...(error !== undefined && { error: errorJson(error) }),
  };
}

function status(error: unknown): Status {
  const code = exitCode(error);
  if (code === exitCodes.loop) return "loop";
  return code === exitCodes.limit ? "limit" : code === exitCodes.cancelled ? "cancelled" : "error";
}
