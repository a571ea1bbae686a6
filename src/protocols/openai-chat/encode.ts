import { ConfigurationError } from "../../llm/errors.ts";
import { writeJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Message } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import { systemMessages, wireMessages } from "./messages.ts";
import { withFields } from "./json.ts";
import { cacheControl } from "./media.ts";
import { strictTool } from "./strict.ts";
import { efforts, PROTOCOL } from "./wire.ts";
import type { Target } from "../protocol.ts";
import { strictSchema } from "../strict-schema.ts";

/** The body up to the first message that is not an instruction, without a comma before it. */
export function encodeHead(request: Request, target: Target): string {
  const { providerOptions = {} } = request;
  if (Object.hasOwn(providerOptions, "messages")) {
    throw new ConfigurationError(
      "invalid-option",
      "providerOptions must not hold `messages`: use the request's",
    );
  }
  const head = withFields(settings(request, target), providerOptions);
  const system = systemMessages(markedSystem(request), target).map((message) => writeJson(message));
  const named = writeJson({ ...(target.model !== "" && { model: target.model }), ...head }).slice(0, -1);
  return `${named}${named === "{" ? "" : ","}"messages":[${system.join(",")}`;
}

/** A message as JSON values joined by commas; empty when nothing of it can be sent here. */
export function encodeMessage(message: Message, target: Target): string {
  return wireMessages(message, target)
    .map((each) => writeJson(each))
    .join(",");
}

/** The last message, with the request's cache mark where the provider takes one. */
export function encodeLastMessage(message: Message, request: Request, target: Target): string {
  return encodeMessage(markedLast(message, request), target);
}

/** The request's own mark, after the last part that has none; it is written only where the dialect marks caches. */
function markedLast(message: Message, { cache }: Request): Message {
  const at =
    cache === undefined
      ? -1
      : message.parts.findLastIndex(({ type }) => type === "text" || type === "tool-result");
  const part = message.parts[at];
  if (cache === undefined || part === undefined || part.cache !== undefined) return message;
  return { ...message, parts: message.parts.with(at, { ...part, cache }) };
}

function markedSystem({ system = [], cache }: Request): NonNullable<Request["system"]> {
  const last = system.at(-1);
  if (cache === undefined || last === undefined || last.cache !== undefined) return system;
  return [...system.slice(0, -1), { ...last, cache }];
}

/** The settings of a request that have neutral names, in this wire's words. */
export function settings(request: Request, target: Target): JsonObject {
  const { dialect = {} } = target;
  const bound = request.maxOutputTokens ?? target.maxOutputTokens;
  const tools = declarations(request, target);
  // The request's tools may all be another vendor's, and then there is nothing to choose from.
  const choice = tools.length > 0 || (request.tools ?? []).length === 0 ? request.toolChoice : undefined;
  return {
    // Zero: nobody set a bound, and the provider has its own.
    ...(bound > 0 && { [dialect.maxTokens ?? "max_tokens"]: bound }),
    ...(target.stream && { stream: true }),
    ...(target.stream && dialect.usageOnRequest !== false && { stream_options: { include_usage: true } }),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: toolChoice(choice, dialect.anyTool ?? "required") }),
    ...(choice !== undefined &&
      choice.mode !== "none" &&
      choice.parallel !== undefined && { parallel_tool_calls: choice.parallel }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.topK !== undefined && { top_k: request.topK }),
    ...(request.stopSequences !== undefined && { stop: request.stopSequences }),
    ...(request.responseSchema !== undefined && {
      response_format: responseFormat(request.responseSchema, target),
    }),
    ...thinking(request, target),
  };
}

function declarations({ tools = [], cache }: Request, target: Target): JsonObject[] {
  const marks = target.dialect?.cacheMarks !== undefined;
  return tools
    .map((each, at) => declaration(each, marks && at === tools.length - 1 && cache !== undefined, marks))
    .map((each) => (each !== undefined && target.dialect?.strict === true ? strictTool(each) : each))
    .filter((each) => each !== undefined);
}

function declaration(spec: ToolSpec | VendorTool, last: boolean, marks: boolean): JsonObject | undefined {
  if (spec.type === "vendor") return spec.protocol === PROTOCOL ? spec.value : undefined;
  const marked = last || (marks && spec.cache !== undefined);
  const { function: inner, ...outer } =
    (spec.vendor?.protocol === PROTOCOL ? spec.vendor.fields : undefined) ?? {};
  const declared = {
    name: spec.name,
    ...(spec.description !== undefined && { description: spec.description }),
    parameters: spec.inputSchema,
  };
  return withFields(
    {
      type: "function",
      function: withFields(declared, inner as JsonObject | undefined),
      ...(marked && { cache_control: cacheControl(spec.cache?.ttl) }),
    },
    outer,
  );
}

function toolChoice(choice: ToolChoice, any: string): JsonValue {
  switch (choice.mode) {
    case "auto":
    case "none":
      return choice.mode;
    case "any":
      return any;
    case "tool":
      return { type: "function", function: { name: choice.name } };
  }
}

/** Strict where the schema is one that strict mode takes; the answer then satisfies it, says the provider. */
function responseFormat(
  { schema, name = "response" }: NonNullable<Request["responseSchema"]>,
  { dialect }: Target,
): JsonObject {
  if (dialect?.structuredOutput === "json-object") return { type: "json_object" };
  const strict = strictSchema(schema);
  return {
    type: "json_schema",
    json_schema: { name, strict: strict !== undefined, schema: strict ?? schema },
  };
}

/** The settings by which thinking is asked for; where one is among the provider's options, we add none. */
export const thinkingSettings: ReadonlySet<string> = new Set([
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "chat_template_kwargs",
]);

function thinking({ thinking: asked, providerOptions = {} }: Request, target: Target): JsonObject {
  const means = target.dialect?.effort ?? "reasoning_effort";
  if (asked === undefined || target.thinking === "none" || means === "none") return {};
  if (Object.keys(providerOptions).some((name) => thinkingSettings.has(name))) return {};
  const { leastThinking = "off" } = target.dialect ?? {};
  const effort = asked === "off" ? leastThinking : asked;
  switch (means) {
    case "reasoning_effort":
      return {
        reasoning_effort: typeof effort === "string" ? efforts[effort] : effortFor(effort.budgetTokens),
      };
    case "enable_thinking":
      return {
        enable_thinking: effort !== "off",
        ...(typeof effort !== "string" && { thinking_budget: effort.budgetTokens }),
      };
    case "thinking_type":
      return { thinking: { type: effort === "off" ? "disabled" : "enabled" } };
  }
}

/** Effort for a budget, for providers that take no budget. */
function effortFor(budgetTokens: number): string {
  return budgetTokens <= 2048 ? "low" : budgetTokens <= 8192 ? "medium" : "high";
}
