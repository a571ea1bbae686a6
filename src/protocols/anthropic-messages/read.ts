import { isObject, own, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  CacheMark,
  FilePart,
  ImagePart,
  Message,
  Part,
  ResultPart,
  Source,
  TextPart,
} from "../../llm/message.ts";
import { withResultNames } from "../../llm/result-names.ts";
import type { Request, ResponseSchema, Thinking } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { ReadRequest } from "../read-request.ts";
import { formatSchema } from "./format.ts";
import { PROTOCOL } from "./wire.ts";

/**
 * A body of the Messages API, read back. What has a neutral name gets it; the rest stays in `providerOptions`, in vendor
 * fields and in opaque parts, so that encoding it again says the same.
 */
export function readRequest(body: JsonObject): ReadRequest {
  const { model, stream, messages, system, tools, ...settings } = body;
  const [known, providerOptions] = readSettings(settings);
  return {
    model: typeof model === "string" ? model : "",
    stream: stream === true,
    request: {
      ...known,
      ...(system !== undefined && { system: list(system).map(readText) }),
      messages: withResultNames(list(messages).map(readMessage)),
      ...(Array.isArray(tools) && { tools: tools.map(readTool) }),
      ...(Object.keys(providerOptions).length > 0 && { providerOptions }),
    },
  };
}

type Settings = Omit<Request, "messages" | "system" | "tools" | "providerOptions">;

/** How each setting is read; undefined for a value that says more than the neutral word can. */
const readers: Readonly<Record<string, (value: JsonValue) => Settings | undefined>> = {
  max_tokens: (value) => (typeof value === "number" && value > 0 ? { maxOutputTokens: value } : undefined),
  temperature: (value) => (typeof value === "number" ? { temperature: value } : undefined),
  top_p: (value) => (typeof value === "number" ? { topP: value } : undefined),
  top_k: (value) => (typeof value === "number" ? { topK: value } : undefined),
  stop_sequences: (value) => (isTexts(value) ? { stopSequences: value } : undefined),
  tool_choice: (value) => {
    const toolChoice = readChoice(value);
    return toolChoice && { toolChoice };
  },
  thinking: (value) => {
    const thinking = readThinking(value);
    return thinking && { thinking };
  },
  output_config: (value) => {
    const responseSchema = readFormat(value);
    return responseSchema && { responseSchema };
  },
};

function readSettings(settings: JsonObject): [Settings, JsonObject] {
  let known: Settings = {};
  const other: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(settings)) {
    const read = Object.hasOwn(readers, key) ? readers[key]?.(value) : undefined;
    if (read === undefined) other.push([key, value]);
    else known = { ...known, ...read };
  }
  return [known, Object.fromEntries(other)];
}

function readChoice(value: JsonValue): ToolChoice | undefined {
  if (!isObject(value)) return undefined;
  const { type, name, disable_parallel_tool_use: disabled, ...unknown } = value;
  if (Object.keys(unknown).length > 0) return undefined;
  const parallel = typeof disabled === "boolean" && { parallel: !disabled };
  if (type === "none" && disabled === undefined) return { mode: "none" };
  if (type === "tool" && typeof name === "string") return { mode: "tool", name, ...parallel };
  return type === "auto" || type === "any" ? { mode: type, ...parallel } : undefined;
}

function readThinking(value: JsonValue): Thinking | undefined {
  if (!isObject(value)) return undefined;
  const { type, budget_tokens: budgetTokens, ...unknown } = value;
  if (Object.keys(unknown).length > 0) return undefined;
  if (type === "disabled" && budgetTokens === undefined) return "off";
  return type === "enabled" && typeof budgetTokens === "number" ? { budgetTokens } : undefined;
}

function readFormat(value: JsonValue): ResponseSchema | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  const format = own(value, "format");
  if (!isObject(format) || Object.keys(format).length !== 2 || format["type"] !== "json_schema")
    return undefined;
  const schema = format["schema"];
  if (!isObject(schema)) return undefined;
  // One that we would word otherwise goes back as it came.
  const ours = formatSchema(schema) ?? schema;
  return JSON.stringify(ours) === JSON.stringify(schema) ? { schema } : undefined;
}

function readMessage(message: JsonValue): Message {
  const object = isObject(message) ? message : {};
  const { role, content, ...unknown } = object;
  // A role that we do not have goes along as a field, and stands in for ours when it is written again.
  const other = role !== "user" && role !== "assistant" && role !== undefined ? { role } : {};
  const fields = { ...other, ...unknown };
  return {
    role: role === "assistant" ? "assistant" : "user",
    parts: list(content).map(readPart),
    ...(Object.keys(fields).length > 0 && { vendor: { protocol: PROTOCOL, fields } }),
  };
}

/** A list, or the one text that may stand for a list of it. */
function list(value: JsonValue | undefined): JsonValue[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  return Array.isArray(value) ? [...(value as readonly JsonValue[])] : [];
}

function readPart(block: JsonValue): Part {
  if (!isObject(block)) return opaque({ type: "text", text: JSON.stringify(block) });
  switch (block["type"]) {
    case "thinking": {
      const { thinking, signature } = block;
      if (typeof thinking !== "string" || typeof signature !== "string") break;
      return {
        type: "thinking",
        text: thinking,
        signature,
        protocol: PROTOCOL,
        ...extras(block, "thinking", "signature"),
      };
    }
    case "redacted_thinking": {
      const { data } = block;
      if (typeof data !== "string") break;
      return { type: "thinking", text: "", encrypted: data, protocol: PROTOCOL, ...extras(block, "data") };
    }
    case "tool_use": {
      const { id, name, input } = block;
      if (typeof id !== "string" || typeof name !== "string" || !isObject(input)) break;
      const argumentsText = JSON.stringify(input);
      return { type: "tool-call", id, name, argumentsText, input, ...extras(block, "id", "name", "input") };
    }
    case "tool_result": {
      const { tool_use_id: callId, content, is_error: isError } = block;
      if (typeof callId !== "string" || (isError !== undefined && typeof isError !== "boolean")) break;
      return {
        type: "tool-result",
        callId,
        content: list(content).map(readResult),
        ...(isError === true && { isError }),
        ...extras(block, "tool_use_id", "content", "is_error"),
      };
    }
    default:
      return readResult(block);
  }
  return opaque(block);
}

function readResult(block: JsonValue): ResultPart {
  if (!isObject(block)) return opaque({ type: "text", text: JSON.stringify(block) });
  switch (block["type"]) {
    case "text":
      return typeof block["text"] === "string" && block["text"].trim() !== ""
        ? readText(block)
        : opaque(block);
    case "image": {
      const source = readSource(block["source"]);
      return source === undefined
        ? opaque(block)
        : ({ type: "image", source, ...extras(block, "source") } satisfies ImagePart);
    }
    case "document": {
      const source = readSource(block["source"]);
      const { title } = block;
      if (source === undefined || (title !== undefined && typeof title !== "string")) return opaque(block);
      const name = title !== undefined && { name: title };
      return { type: "file", source, ...name, ...extras(block, "source", "title") } satisfies FilePart;
    }
    default:
      return opaque(block);
  }
}

function readText(block: JsonValue): TextPart {
  if (!isObject(block)) return { type: "text", text: JSON.stringify(block) };
  const { text, citations } = block;
  const cited = Array.isArray(citations) && citations.length > 0;
  return {
    type: "text",
    text: typeof text === "string" ? text : "",
    ...(cited && { citations: citations as readonly JsonValue[] }),
    ...extras(block, "text", ...(cited ? ["citations"] : [])),
  };
}

/** Where the bytes are; undefined for a source that says more than we can. */
function readSource(source: JsonValue | undefined): Source | undefined {
  if (!isObject(source)) return undefined;
  const { type, media_type: mediaType, data, url, file_id: id, ...unknown } = source;
  if (Object.keys(unknown).length > 0) return undefined;
  if (type === "url" && typeof url === "string") return { kind: "url", url };
  if (type === "file" && typeof id === "string") return { kind: "file-id", id };
  if (typeof mediaType !== "string" || typeof data !== "string") return undefined;
  if (type === "base64") return { kind: "base64", mediaType, data };
  return type === "text" ? { kind: "text", mediaType, text: data } : undefined;
}

function readTool(tool: JsonValue): ToolSpec | VendorTool {
  const object = isObject(tool) ? tool : {};
  const { name, description, input_schema: inputSchema, type } = object;
  const plain = type === undefined || type === "custom";
  if (!plain || typeof name !== "string" || !isObject(inputSchema)) {
    return { type: "vendor", protocol: PROTOCOL, value: object };
  }
  return {
    name,
    ...(typeof description === "string" && { description }),
    inputSchema,
    // Unlike a block's, a tool's type says nothing of its own.
    ...extras({ ...object, type: "" }, "name", "description", "input_schema"),
  };
}

function opaque(value: JsonObject): ResultPart {
  return { type: "opaque", protocol: PROTOCOL, value };
}

/** The cache mark, and the fields that have no neutral name. */
function extras(block: JsonObject, ...known: string[]): Pick<Part, "cache" | "vendor"> {
  const mark = readMark(block["cache_control"]);
  const fields = rest(block, new Set(["type", ...known, ...(mark === undefined ? [] : ["cache_control"])]));
  return {
    ...(mark !== undefined && { cache: mark }),
    ...(fields !== undefined && { vendor: { protocol: PROTOCOL, fields } }),
  };
}

function readMark(value: JsonValue | undefined): CacheMark | undefined {
  if (!isObject(value) || value["type"] !== "ephemeral") return undefined;
  const { type: _, ttl, ...unknown } = value;
  if (Object.keys(unknown).length > 0) return undefined;
  if (ttl === undefined) return {};
  return ttl === "5m" || ttl === "1h" ? { ttl } : undefined;
}

function isTexts(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
