import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import { encodeTool } from "./encode.ts";
import { camelKeys } from "./names.ts";
import { same } from "./options.ts";
import { entry, PROTOCOL, schemaTypes } from "./wire.ts";

/** The tools of a request. A list that says nothing, and what is no list of tools, is left to the options. */
export function readTools(value: JsonValue | undefined): (ToolSpec | VendorTool)[] {
  const tools: (ToolSpec | VendorTool)[] = [];
  for (const each of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) {
    if (!isObject(each)) return [];
    const declared = tools.at(-1)?.type === "vendor" || tools.length === 0 ? declarations(each) : undefined;
    // Functions beside another tool, or apart from the functions before them, would not come back as they stood.
    if (declared === undefined) tools.push({ type: "vendor", protocol: PROTOCOL, value: each });
    else tools.push(...declared);
  }
  return tools;
}

/** The functions of a tool that has nothing but functions. */
function declarations(tool: JsonObject): ToolSpec[] | undefined {
  const { functionDeclarations, ...others } = camelKeys(tool);
  if (!Array.isArray(functionDeclarations) || Object.keys(others).length > 0) return undefined;
  const specs = (functionDeclarations as readonly JsonValue[]).map(readTool);
  const read = specs.filter((spec) => spec !== undefined);
  return read.length === specs.length && read.length > 0 ? read : undefined;
}

function readTool(value: JsonValue): ToolSpec | undefined {
  if (!isObject(value)) return undefined;
  const wire = camelKeys(value);
  const { name, description, parametersJsonSchema, parameters } = wire;
  if (typeof name !== "string") return undefined;
  const known = isObject(parametersJsonSchema)
    ? parametersJsonSchema
    : isObject(parameters) && jsonSchema(parameters);
  const spec: ToolSpec = {
    name,
    ...(typeof description === "string" && { description }),
    inputSchema: known === false ? { type: "object", properties: {} } : known,
  };
  // `parameters` keeps our schema from being sent; null, where there was none at all.
  const instead: JsonObject = isObject(parametersJsonSchema)
    ? { ...(parameters !== undefined && { parametersJsonSchema }) }
    : { parameters: parameters ?? null };
  const ours = encodeTool(spec);
  const others = Object.entries(wire).filter(([key, field]) => !same(own(ours, key), field));
  const fields = { ...instead, ...Object.fromEntries(others) };
  return Object.keys(fields).length === 0 ? spec : { ...spec, vendor: { protocol: PROTOCOL, fields } };
}

/** The members of a schema that hold a schema each, by name. */
const named: ReadonlySet<string> = new Set(["properties", "$defs", "definitions"]);

/** A schema in the API's own language as JSON Schema: its types have other names. The rest is a subset. */
export function jsonSchema(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).map(([key, value]): [string, JsonValue] => {
    if (key === "type") return [key, entry(schemaTypes, value) ?? value];
    if (named.has(key) && isObject(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, subschema(each)]))];
    }
    return [key, key === "items" || key === "anyOf" || key === "prefixItems" ? subschema(value) : value];
  });
  return Object.fromEntries(entries);
}

function subschema(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(subschema);
  return isObject(value) ? jsonSchema(value) : value;
}

/**
 * What a `toolConfig` asks for. Its own words may say more (`VALIDATED`, two functions to choose from); they come back
 * from the options.
 */
export function readToolChoice(config: JsonValue | undefined): ToolChoice | undefined {
  const calling = isObject(config) ? own(camelKeys(config), "functionCallingConfig") : undefined;
  if (!isObject(calling)) return undefined;
  const { mode, allowedFunctionNames } = camelKeys(calling);
  const word = typeof mode === "string" ? mode.toUpperCase() : undefined;
  if (word === "NONE") return { mode: "none" };
  if (word === "AUTO" || word === "VALIDATED") return { mode: "auto" };
  if (word !== "ANY") return undefined;
  const names: readonly JsonValue[] = Array.isArray(allowedFunctionNames) ? allowedFunctionNames : [];
  const [name] = names;
  return names.length === 1 && typeof name === "string" ? { mode: "tool", name } : { mode: "any" };
}
