/**
 * Colloquy: a conversation engine for language models. Importing it does nothing but define names.
 */
export { createConversation, type Conversation } from "./conversation/conversation.ts";
export type { ConversationOptions, DerivedOptions, SendOptions, Settings } from "./conversation/options.ts";
export type { Budget, BudgetState, LimitState } from "./conversation/budget.ts";
export type {
  BudgetBrokenEvent,
  CompactionEvent,
  ConversationEvent,
  ErrorEvent,
  EventOrigin,
  MessageEvent,
  OutputEvent,
  OutputRetryEvent,
  ToolApprovalEvent,
  ToolEvent,
  ToolProgressEvent,
  ToolResultEvent,
  ToolStartEvent,
  TurnEndEvent,
} from "./conversation/event.ts";
export type * from "./conversation/journal.ts";
export type { InterruptedCall, Interruption } from "./conversation/recovery.ts";
export { logEvents } from "./conversation/log-events.ts";
export type { CompactionOptions } from "./conversation/compaction.ts";
export type { LoopLimits } from "./conversation/loop-guard.ts";
export type { TurnEnd } from "./conversation/next.ts";
export { repair } from "./conversation/repair.ts";
export { defineTool, noReply } from "./conversation/tool.ts";
export type {
  Tool,
  ToolAnswer,
  ToolContent,
  ToolContext,
  ToolDefinition,
  ToolInput,
  ToolOutput,
} from "./conversation/tool.ts";
export type { ToolPolicy, Verdict } from "./conversation/tool-batch.ts";
export { ToolTimeout } from "./conversation/tool-run.ts";
export type { TurnOptions, TurnOutcome } from "./conversation/turn.ts";
export type { OutputOptions, OutputResponse } from "./conversation/output.ts";
export type { ConversationJson, CostJson } from "./conversation/to-json.ts";
export { BudgetBroken, BudgetExceeded, ConfigurationError, ModelError, OutputError } from "./llm/errors.ts";
export type { BrokenFacts, BudgetFacts, BudgetLimit, ModelErrorFacts, ModelErrorKind } from "./llm/errors.ts";
export type * from "./llm/event.ts";
export { Fold, type Folded } from "./llm/fold.ts";
export { History } from "./llm/history.ts";
export { describeIssues, type Issue } from "./llm/issue.ts";
export type { JsonObject, JsonValue } from "./llm/json.ts";
export { messageText, text, toolCalls, userMessage } from "./llm/message.ts";
export type * from "./llm/message.ts";
export { addCost, cost, formatCost, formatDollars } from "./llm/money.ts";
export type { Cost, DollarsPerMillion, Picodollars, Prices, Rates } from "./llm/money.ts";
export type { RateLimit } from "./llm/rate-limit.ts";
export type * from "./llm/request.ts";
export { response } from "./llm/response.ts";
export type { Response, StopReason, Timing } from "./llm/response.ts";
export type * from "./llm/tool.ts";
export type { TotalUsage } from "./llm/total.ts";
export { inputTokens, outputTokens, usage } from "./llm/usage.ts";
export type { TokenClass, Tokens, Usage, UsageSource } from "./llm/usage.ts";
export { jsonLines, type JsonLinesOptions } from "./log/json-lines.ts";
export { silent, type Attributes, type Level, type Logger } from "./log/logger.ts";
export type { Dialect } from "./protocols/dialect.ts";
export type { ProtocolId } from "./protocols/protocol.ts";
export { catalogue } from "./providers/catalogue/index.ts";
export { CatalogueError } from "./providers/catalogue/shape.ts";
export { mergeCatalogue } from "./providers/catalogue/merge.ts";
export type { Caps } from "./providers/exchange.ts";
export { defineModel, type Model, type ModelInfo, type RunOptions, type Server } from "./providers/model.ts";
export type { EngineModel, LocalModel } from "./providers/llama-cpp/options.ts";
export type { LlamaLibrary } from "./providers/llama-cpp/library.ts";
export { openModel, type Endpoint, type ModelOptions } from "./providers/open-model.ts";
export type { Auth, Catalogue, ModelRecord, Provider } from "./providers/provider.ts";
export type { RetryPolicy } from "./providers/retry.ts";
export type { Clock, System } from "./providers/system.ts";
export type { Timeouts } from "./providers/timeouts.ts";
export type { Dispatcher } from "./providers/dispatcher-transport.ts";
export { checkValue, jsonSchemaOf, type Checked, type Schema, type SchemaValue } from "./schema/schema.ts";
