import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Effort, Request } from "../../llm/request.ts";
import { withResultNames } from "../../llm/result-names.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { ReadRequest } from "../read-request.ts";
import { settings, thinkingSettings } from "./encode.ts";
import { invalidRequest } from "./errors.ts";
import { extras, sameJson } from "./json.ts";
import { cacheMark, vendor } from "./media.ts";
import { readMessages, readSystem } from "./read-messages.ts";
import { efforts, PROTOCOL } from "./wire.ts";
import type { Target } from "../protocol.ts";

/**
 * A request's body in neutral words. Encoding it again for the same model, without a dialect, gives an equal body:
 * whatever our own words would say otherwise is among the provider's options as it was, null where it was not there.
 *
 * @throws ModelError `invalid-request` for a body that is no request for chat completions.
 */
export function readRequest(body: JsonObject): ReadRequest {
  const { model, messages } = body;
  if (!Array.isArray(messages)) throw invalidRequest("`messages` is not a list");
  const list = (messages as readonly JsonValue[]).map((message) => {
    if (!isObject(message) || typeof message["role"] !== "string")
      throw invalidRequest("a message has no role");
    return message;
  });
  const first = list.findIndex(({ role }) => role !== "system" && role !== "developer");
  const leading = first === -1 ? list.length : first;
  const stream = body["stream"] === true;
  const named: Request = {
    ...(leading > 0 && { system: readSystem(list.slice(0, leading)) }),
    messages: withResultNames(readMessages(list.slice(leading))),
    ...namedSettings(body),
  };
  const options = unnamed(body, named, { model: "", stream, maxOutputTokens: 0, thinking: "adaptive" });
  const providerOptions = options.size > 0 && { providerOptions: Object.fromEntries(options) };
  return { model: typeof model === "string" ? model : "", stream, request: { ...named, ...providerOptions } };
}

/** What the body says otherwise than the neutral request would by itself. */
function unnamed(body: JsonObject, named: Request, target: Target): Map<string, JsonValue> {
  const ours = settings(named, target);
  const options = new Map<string, JsonValue>();
  for (const [key, value] of Object.entries(body)) {
    if (key === "model" || key === "messages" || key === "stream" || value === null) continue;
    // How a model is told to think depends on the model; what was said once is said the same way again.
    if (thinkingSettings.has(key) || !sameJson(own(ours, key), value)) options.set(key, value);
  }
  for (const key of Object.keys(ours)) {
    if (key !== "stream" && (own(body, key) ?? null) === null) options.set(key, null);
  }
  return options;
}

function namedSettings(body: JsonObject): Omit<Request, "messages"> {
  const { temperature, top_p, top_k, stop, tools } = body;
  const bound = body["max_tokens"] ?? body["max_completion_tokens"];
  const toolChoice = readChoice(body);
  const responseSchema = readSchema(body["response_format"]);
  const stopSequences = readStops(stop);
  const effort = Object.keys(efforts).find((each) => efforts[each as Effort] === body["reasoning_effort"]);
  return {
    ...(Array.isArray(tools) && tools.length > 0 && { tools: (tools as readonly JsonValue[]).map(readTool) }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(typeof bound === "number" && bound > 0 && { maxOutputTokens: bound }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof top_p === "number" && { topP: top_p }),
    ...(typeof top_k === "number" && { topK: top_k }),
    ...(stopSequences !== undefined && { stopSequences }),
    ...(effort !== undefined && { thinking: effort as Effort }),
    ...(responseSchema !== undefined && { responseSchema }),
  };
}

function readStops(stop: JsonValue | undefined): readonly string[] | undefined {
  if (typeof stop === "string") return [stop];
  if (!Array.isArray(stop)) return undefined;
  return stop.every((each) => typeof each === "string") ? stop : undefined;
}

function readTool(tool: JsonValue): ToolSpec | VendorTool {
  if (!isObject(tool)) throw invalidRequest("a tool is not an object");
  const declared = own(tool, "function");
  const name = isObject(declared) ? own(declared, "name") : undefined;
  if (!isObject(declared) || typeof name !== "string")
    return { type: "vendor", protocol: PROTOCOL, value: tool };
  const { description, parameters } = declared;
  const inner = {
    ...extras(declared, new Set(["name", "description", "parameters"])),
    ...(!isObject(parameters) && { parameters: parameters ?? null }),
    ...(typeof description !== "string" &&
      (description ?? null) !== null && { description: description ?? null }),
  };
  const outer = {
    ...extras(tool, new Set(["type", "function"])),
    ...(Object.keys(inner).length > 0 && { function: inner }),
    ...(tool["type"] !== "function" && { type: tool["type"] ?? null }),
  };
  return {
    name,
    ...(typeof description === "string" && { description }),
    inputSchema: isObject(parameters) ? parameters : { type: "object", properties: {} },
    ...cacheMark(tool["cache_control"]),
    ...vendor(outer),
  };
}

function readChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body["tool_choice"];
  const parallel = body["parallel_tool_calls"];
  const bounded = typeof parallel === "boolean" && { parallel };
  if (choice === "none") return { mode: "none" };
  if (choice === "auto") return { mode: "auto", ...bounded };
  if (choice === "required" || choice === "any") return { mode: "any", ...bounded };
  const named = isObject(choice) ? own(choice, "function") : undefined;
  const name = isObject(named) ? own(named, "name") : undefined;
  return typeof name === "string" ? { mode: "tool", name, ...bounded } : undefined;
}

function readSchema(format: JsonValue | undefined): Request["responseSchema"] {
  const declared = isObject(format) ? own(format, "json_schema") : undefined;
  if (!isObject(declared)) return undefined;
  const { schema, name } = declared;
  return isObject(schema) ? { schema, ...(typeof name === "string" && { name }) } : undefined;
}
