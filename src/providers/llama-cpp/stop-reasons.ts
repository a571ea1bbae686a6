import type { StopReason } from "../../llm/response.ts";

/** Why the engine stopped, in its words and in ours: `LlamaChatResponse.metadata.stopReason` of node-llama-cpp. */
const reasons: Readonly<Record<string, StopReason>> = {
  eogToken: "end_turn",
  stopGenerationTrigger: "end_turn",
  functionCalls: "tool_use",
  maxTokens: "max_tokens",
  customStopTrigger: "stop_sequence",
};

/** `full`: the bound that ended the answer was the end of the context, and not one that was asked for. */
export function stopReason(raw: string, full: boolean): StopReason {
  const reason = Object.hasOwn(reasons, raw) ? (reasons[raw] as StopReason) : "unknown";
  return reason === "max_tokens" && full ? "context_overflow" : reason;
}
