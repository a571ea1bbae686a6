import { ConfigurationError } from "../../llm/errors.ts";
import { writeJson, type JsonObject } from "../../llm/json.ts";
import type { Message, TextPart } from "../../llm/message.ts";
import type { Request } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { Target } from "../protocol.ts";
import { block, blocks, cacheControl, mark, vendorFields } from "./encode-blocks.ts";
import { thinking } from "./encode-thinking.ts";
import { PROTOCOL, type WireBlock, type WireCacheControl } from "./wire.ts";

/** The body up to and with `"messages":[`. */
export function encodeHead(request: Request, target: Target): string {
  const maxTokens = request.maxOutputTokens ?? target.maxOutputTokens;
  const { providerOptions = {} } = request;
  if (Object.hasOwn(providerOptions, "messages")) {
    throw new ConfigurationError(
      "invalid-option",
      "providerOptions must not hold `messages`: use the request's",
    );
  }
  const system = systemBlocks(request);
  const tools = toolBlocks(request);
  const head = {
    // Vertex has the model in its path.
    ...(target.model !== "" && { model: target.model }),
    ...(maxTokens > 0 && { max_tokens: maxTokens }),
    ...(target.stream && { stream: true }),
    ...(system.length > 0 && { system }),
    ...(tools.length > 0 && { tools }),
    // The request's tools may all be another vendor's, and then there is nothing to choose from.
    ...(request.toolChoice !== undefined &&
      (tools.length > 0 || (request.tools ?? []).length === 0) && {
        tool_choice: toolChoice(request.toolChoice),
      }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...(request.topK !== undefined && { top_k: request.topK }),
    ...(request.stopSequences !== undefined && { stop_sequences: request.stopSequences }),
    ...thinking(request, target, maxTokens),
    ...providerOptions,
  };
  const fields = writeJson(head).slice(0, -1);
  return `${fields}${fields === "{" ? "" : ","}"messages":[`;
}

/** A message as JSON; empty when nothing of it can be sent here. */
export function encodeMessage(message: Message): string {
  return stringify(message, blocks(message));
}

/** The last message: the request's cache mark goes on its last block that can carry one. */
export function encodeLastMessage(message: Message, request: Request): string {
  const content = blocks(message);
  if (request.cache !== undefined) {
    const last = content.findLast(isMarkable);
    if (last !== undefined) last.cache_control ??= cacheControl(request.cache);
  }
  return stringify(message, content);
}

/** Thinking and texts of nothing carry no mark. */
function isMarkable({ type, text }: WireBlock): boolean {
  if (type === "text") return typeof text === "string" && text.trim() !== "";
  return type !== "thinking" && type !== "redacted_thinking";
}

function stringify(message: Message, content: WireBlock[]): string {
  if (content.length === 0) return "";
  return writeJson({ role: message.role, content, ...vendorFields(message.vendor) });
}

/** The items, the last one with the request's cache mark unless it has its own. */
function markLast<Item extends { cache_control?: WireCacheControl }>(
  items: Item[],
  request: Request,
): Item[] {
  const last = items.at(-1);
  if (request.cache !== undefined && last !== undefined) last.cache_control ??= cacheControl(request.cache);
  return items;
}

function systemBlocks(request: Request): WireBlock[] {
  const texts = (request.system ?? []).map((part: TextPart) => block(part));
  return markLast(
    texts.filter((each) => each !== undefined),
    request,
  );
}

type WireTool = { cache_control?: WireCacheControl } & { [key: string]: unknown };

function toolBlocks(request: Request): WireTool[] {
  const tools = (request.tools ?? []).map(tool).filter((each) => each !== undefined);
  return markLast(tools, request);
}

function tool(spec: ToolSpec | VendorTool): WireTool | undefined {
  if (spec.type === "vendor") return spec.protocol === PROTOCOL ? { ...spec.value } : undefined;
  return {
    name: spec.name,
    ...(spec.description !== undefined && { description: spec.description }),
    input_schema: spec.inputSchema,
    ...vendorFields(spec.vendor),
    ...mark(spec.cache),
  };
}

function toolChoice(choice: ToolChoice): JsonObject {
  if (choice.mode === "none") return { type: "none" };
  const parallel = choice.parallel !== undefined && { disable_parallel_tool_use: !choice.parallel };
  if (choice.mode === "tool") return { type: "tool", name: choice.name, ...parallel };
  return { type: choice.mode, ...parallel };
}
