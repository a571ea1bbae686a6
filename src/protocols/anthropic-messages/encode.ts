import { ConfigurationError } from "../../llm/errors.ts";
import { isObject, own, writeJson, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  CacheMark,
  Message,
  Part,
  ResultPart,
  Source,
  TextPart,
  VendorFields,
} from "../../llm/message.ts";
import type { Effort, Request } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { Target } from "../protocol.ts";
import { formatSchema } from "./format.ts";
import type { WireBlock, WireCacheControl, WireSource } from "./wire.ts";

export const PROTOCOL = "anthropic-messages";

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
    ...(request.toolChoice !== undefined && { tool_choice: toolChoice(request.toolChoice) }),
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
    const last = content.findLast(({ type }) => type !== "thinking" && type !== "redacted_thinking");
    if (last !== undefined) last.cache_control ??= cacheControl(request.cache);
  }
  return stringify(message, content);
}

function stringify(message: Message, content: WireBlock[]): string {
  if (content.length === 0) return "";
  return writeJson({ role: message.role, content, ...vendorFields(message.vendor) });
}

function blocks(message: Message): WireBlock[] {
  return message.parts.map(block).filter((each) => each !== undefined);
}

/** The block of a part; undefined for one that this wire cannot carry or that means nothing to it. */
function block(part: Part): WireBlock | undefined {
  const base = { ...vendorFields(part.vendor), ...mark(part.cache) };
  switch (part.type) {
    case "text": {
      // The API refuses text of nothing but blanks for the rest of the conversation, so none is ever sent.
      if (part.text.trim() === "") return undefined;
      const citations = part.citations?.filter(isOurs) ?? [];
      return { type: "text", text: part.text, ...(citations.length > 0 && { citations }), ...base };
    }
    case "thinking":
      if (part.protocol !== PROTOCOL) return undefined;
      if (part.encrypted !== undefined) return { type: "redacted_thinking", data: part.encrypted, ...base };
      // Thinking without its signature is refused: it was cut, or is not the vendor's own.
      if (part.signature === undefined) return undefined;
      return { type: "thinking", thinking: part.text, signature: part.signature, ...base };
    case "image":
      return { type: "image", source: source(part.source), ...base };
    case "file": {
      const title = part.name !== undefined && { title: part.name };
      return { type: "document", source: source(part.source), ...title, ...base };
    }
    case "tool-call":
      return { type: "tool_use", id: part.id, name: part.name, input: toolInput(part), ...base };
    case "tool-result": {
      const content = resultContent(part.content);
      return {
        type: "tool_result",
        tool_use_id: part.callId,
        ...(content !== undefined && { content }),
        ...(part.isError === true && { is_error: true }),
        ...base,
      };
    }
    case "opaque":
      return part.protocol === PROTOCOL ? ({ ...part.value, ...mark(part.cache) } as WireBlock) : undefined;
  }
}

/** Each kind of this API's citations is called some `_location`; another vendor's would be refused. */
function isOurs(citation: JsonValue): boolean {
  const type = isObject(citation) ? own(citation, "type") : undefined;
  return typeof type === "string" && type.endsWith("_location");
}

/** The API takes objects only; arguments that are none are shown to the model as the text they were. */
function toolInput(part: Extract<Part, { type: "tool-call" }>): JsonObject {
  return isObject(part.input) ? part.input : { invalid_json: part.argumentsText };
}

function resultContent(parts: readonly ResultPart[]): string | WireBlock[] | undefined {
  const [first] = parts;
  if (parts.length === 1 && first?.type === "text" && isPlain(first)) {
    return first.text === "" ? undefined : first.text;
  }
  const content = parts.map(block).filter((each) => each !== undefined);
  return content.length === 0 ? undefined : content;
}

/** Whether a text is all there is to a part. */
function isPlain({ cache, vendor, citations }: TextPart): boolean {
  return cache === undefined && vendor === undefined && citations === undefined;
}

function source(from: Source): WireSource {
  switch (from.kind) {
    case "base64":
      return { type: "base64", media_type: from.mediaType, data: from.data };
    case "url":
      return { type: "url", url: from.url };
    case "text":
      return { type: "text", media_type: from.mediaType, data: from.text };
    case "file-id":
      return { type: "file", file_id: from.id };
  }
}

function vendorFields(vendor: VendorFields | undefined): JsonObject | undefined {
  return vendor?.protocol === PROTOCOL ? vendor.fields : undefined;
}

function cacheControl({ ttl }: CacheMark): WireCacheControl {
  return ttl === undefined ? { type: "ephemeral" } : { type: "ephemeral", ttl };
}

function mark(cache: CacheMark | undefined): { cache_control: WireCacheControl } | undefined {
  return cache === undefined ? undefined : { cache_control: cacheControl(cache) };
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

/** Budgets in tokens for models that are told one; the API's least is 1,024. */
const budgets: Readonly<Record<Exclude<Effort, "off">, number>> = {
  minimal: 1024,
  low: 2048,
  medium: 8192,
  high: 16_384,
  max: 32_768,
};

/** Efforts for models that think adaptively; `minimal` has no word of its own there. */
const efforts = { minimal: "low", low: "low", medium: "medium", high: "high", max: "max" } as const;

/** `output_config.format`. The API has no JSON mode without a schema. */
function outputFormat({ responseSchema }: Request, { dialect }: Target): JsonObject | undefined {
  if (responseSchema === undefined || dialect?.structuredOutput === "json-object") return undefined;
  const { schema } = responseSchema;
  return { type: "json_schema", schema: formatSchema(schema) ?? schema };
}

/** `thinking` and `output_config`, in which effort and the answer's schema stand. */
function thinking(request: Request, target: Target, maxTokens: number): JsonObject {
  const format = outputFormat(request, target);
  const config: JsonObject = format === undefined ? {} : { output_config: { format } };
  const asked = request.thinking;
  if (asked === undefined || target.thinking === "none") return config;
  if (asked === "off") return { ...config, thinking: { type: "disabled" } };
  if (typeof asked === "string" && target.thinking === "adaptive") {
    const output_config = { ...(format !== undefined && { format }), effort: efforts[asked] };
    return { thinking: { type: "adaptive" }, output_config };
  }
  const wanted = typeof asked === "string" ? budgets[asked] : asked.budgetTokens;
  // The budget must leave room for an answer; where it cannot, the model answers without thinking.
  const budget = Math.min(wanted, maxTokens - 1);
  if (budget < 1024) return config;
  return { ...config, thinking: { type: "enabled", budget_tokens: budget } };
}
