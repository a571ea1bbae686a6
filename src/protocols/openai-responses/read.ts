import { ModelError } from "../../llm/errors.ts";
import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { TextPart } from "../../llm/message.ts";
import { withResultNames } from "../../llm/result-names.ts";
import type { Request, ResponseSchema } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { ReadRequest } from "../read-request.ts";
import type { Target } from "../protocol.ts";
import { MessageReader, readSystem } from "./read-items.ts";
import { encodeSettings } from "./settings.ts";
import { effortsBack, objectAt, PROTOCOL, vendor } from "./wire.ts";

/** A wire request in neutral words. What they cannot say, or would say otherwise, stands in `providerOptions`. */
export function readRequest(body: JsonObject, _path: string): ReadRequest {
  const { model, stream, instructions, input, ...settings } = body;
  const items = inputItems(input);
  const system: TextPart[] = typeof instructions === "string" ? [{ type: "text", text: instructions }] : [];
  let at = 0;
  for (let parts = lead(items[at]); parts !== undefined; parts = lead(items[++at])) system.push(...parts);
  const messages = new MessageReader();
  for (const item of items.slice(at)) messages.push(item);
  const request: Request = {
    ...(system.length > 0 && { system }),
    messages: withResultNames(messages.end()),
    ...readSettings(settings),
  };
  const odd = instructions !== undefined && typeof instructions !== "string" && { instructions };
  return {
    model: typeof model === "string" ? model : "",
    stream: stream === true,
    request: { ...request, providerOptions: { ...odd, ...otherSettings(settings, request) } },
  };
}

function lead(item: JsonObject | undefined): TextPart[] | undefined {
  return item && readSystem(item);
}

function inputItems(input: JsonValue | undefined): readonly JsonObject[] {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") return [{ role: "user", content: input }];
  if (Array.isArray(input) && input.every(isObject)) return input;
  throw new ModelError("`input` must be a text or a list of items", { kind: "invalid-request" });
}

function readSettings(body: JsonObject): Omit<Request, "messages"> {
  const { max_output_tokens, temperature, top_p, tools } = body;
  const effort = own(objectAt(body, "reasoning"), "effort");
  const thinking =
    typeof effort === "string" && Object.hasOwn(effortsBack, effort) ? effortsBack[effort] : undefined;
  const toolChoice = readChoice(body);
  const responseSchema = readSchema(body);
  return {
    ...(Array.isArray(tools) && tools.every(isObject) && tools.length > 0 && { tools: tools.map(readTool) }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(typeof max_output_tokens === "number" && { maxOutputTokens: max_output_tokens }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof top_p === "number" && { topP: top_p }),
    ...(thinking !== undefined && { thinking }),
    ...(responseSchema !== undefined && { responseSchema }),
  };
}

/** Without anything that depends on the model asked or on its provider. */
const plain: Target = {
  model: "",
  stream: false,
  maxOutputTokens: 0,
  thinking: "none",
  dialect: { stateless: false },
};

/** The fields that neutral words do not give back. */
function otherSettings(body: JsonObject, request: Request): JsonObject {
  const said = encodeSettings(request, plain);
  const others = Object.entries(body).filter(([key, value]) => !sameJson(own(said, key), value));
  const missing = ["store", "include", ...Object.keys(said)].filter((key) => !Object.hasOwn(body, key));
  return { ...Object.fromEntries(missing.map((key) => [key, null])), ...Object.fromEntries(others) };
}

function readTool(tool: JsonObject): ToolSpec | VendorTool {
  const { type, name, description, parameters, strict, ...extra } = tool;
  const odd = description !== undefined && typeof description !== "string";
  if (type !== "function" || typeof name !== "string" || !isObject(parameters) || odd) {
    return { type: "vendor", protocol: PROTOCOL, value: tool };
  }
  const fields = { ...(strict !== false && { strict: strict ?? null }), ...extra };
  return {
    name,
    ...(description !== undefined && { description }),
    inputSchema: parameters,
    ...vendor(fields),
  };
}

function readChoice(body: JsonObject): ToolChoice | undefined {
  const { tool_choice, parallel_tool_calls } = body;
  const parallel = typeof parallel_tool_calls === "boolean" && { parallel: parallel_tool_calls };
  if (tool_choice === "none") return { mode: "none" };
  if (tool_choice === "auto") return { mode: "auto", ...parallel };
  if (tool_choice === "required") return { mode: "any", ...parallel };
  if (!isObject(tool_choice)) return undefined;
  const { type, name } = tool_choice;
  return type === "function" && typeof name === "string" ? { mode: "tool", name, ...parallel } : undefined;
}

function readSchema(body: JsonObject): ResponseSchema | undefined {
  const { type, name, schema } = objectAt(objectAt(body, "text"), "format");
  if (type !== "json_schema" || !isObject(schema)) return undefined;
  return { schema, ...(typeof name === "string" && { name }) };
}

/** Equal as values, whatever the order of keys. */
function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => sameJson(each, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameJson(own(a, key), own(b, key)));
}
