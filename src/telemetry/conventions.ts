import type { StopReason } from "../llm/response.ts";

/*
 * The names of OpenTelemetry's semantic conventions for generative AI, version 1.41.0. They are under development:
 * this file is the one to change when they do.
 * Spans: https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-spans.md
 * Metrics: https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-metrics.md
 */

/** Who measures: the name of the tracer and of the meter. */
export const SCOPE = "colloquy";

/** The operation that all our requests are; that of a tool's call, and that of a turn. */
export const CHAT = "chat";
export const EXECUTE_TOOL = "execute_tool";
export const INVOKE_AGENT = "invoke_agent";

/** Attributes of the conventions, and below them our own. */
export const names = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  conversation: "gen_ai.conversation.id",
  outputType: "gen_ai.output.type",
  requestModel: "gen_ai.request.model",
  maxTokens: "gen_ai.request.max_tokens",
  temperature: "gen_ai.request.temperature",
  topP: "gen_ai.request.top_p",
  topK: "gen_ai.request.top_k",
  stopSequences: "gen_ai.request.stop_sequences",
  stream: "gen_ai.request.stream",
  responseId: "gen_ai.response.id",
  responseModel: "gen_ai.response.model",
  finishReasons: "gen_ai.response.finish_reasons",
  timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
  cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  tokenType: "gen_ai.token.type",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  systemInstructions: "gen_ai.system_instructions",
  agentName: "gen_ai.agent.name",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolDescription: "gen_ai.tool.description",
  toolCall: "gen_ai.tool.call.id",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  errorType: "error.type",
  serverAddress: "server.address",
  serverPort: "server.port",

  /** What it cost, in dollars. */
  cost: "colloquy.cost.dollars",
  /** The vendor's own word for why it stopped. */
  rawStopReason: "colloquy.response.stop_reason",
  /** The provider's id of the request. */
  requestId: "colloquy.request.id",
  /** What a turn ended with, and how many requests it took. */
  turnEnd: "colloquy.turn.end",
  turnSteps: "colloquy.turn.steps",
  /** True when a reader left the stream before its end, which is no error. */
  readerLeft: "colloquy.stream.left",
  /** The event of a wait between two attempts. */
  retry: "colloquy.retry",
  /** The attempt that failed, from 1. */
  retryAttempt: "colloquy.retry.attempt",
  /** The wait before the next one, in seconds. */
  retryDelay: "colloquy.retry.delay",
} as const;

/** Values of `error.type` where an error has no name that is fit for one. */
export const OTHER_ERROR = "_OTHER";

/** Value of `error.type` for a tool that told the model of its failure, and threw nothing. */
export const TOOL_FAILED = "tool_failed";

const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/** A histogram by the conventions. */
export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** The bounds that the conventions ask for. */
  readonly bounds: readonly number[];
}

/** What is measured of each call. */
export const metrics: Readonly<Record<"duration" | "timeToFirstChunk" | "tokens", Metric>> = {
  duration: {
    name: "gen_ai.client.operation.duration",
    description: "GenAI operation duration.",
    unit: "s",
    bounds: seconds,
  },
  timeToFirstChunk: {
    name: "gen_ai.client.operation.time_to_first_chunk",
    description: "Time to receive the first chunk of a streamed answer.",
    unit: "s",
    bounds: seconds,
  },
  tokens: {
    name: "gen_ai.client.token.usage",
    description: "Number of input and output tokens used.",
    unit: "{token}",
    bounds: Array.from({ length: 14 }, (_, power) => 4 ** power),
  },
};

const providers: ReadonlyMap<string, string> = new Map([
  ["azure", "azure.ai.openai"],
  ["bedrock", "aws.bedrock"],
  ["gemini", "gcp.gemini"],
  ["mistral", "mistral_ai"],
  ["vertex", "gcp.vertex_ai"],
  ["xai", "x_ai"],
]);

/** A provider as the conventions call it; those they do not know, or call as we do, keep our id. */
export function providerName(id: string): string {
  return providers.get(id) ?? id;
}

const finishReasons: Readonly<Record<StopReason, string | undefined>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  tool_use: "tool_call",
  max_tokens: "length",
  refusal: "content_filter",
  content_filter: "content_filter",
  pause: "pause",
  context_overflow: "context_overflow",
  unknown: undefined,
};

/** A stop reason as the conventions call it, or ours where they have none; undefined where it is unknown. */
export function finishReason(reason: StopReason): string | undefined {
  return finishReasons[reason];
}
