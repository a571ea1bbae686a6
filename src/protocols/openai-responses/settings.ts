import { ConfigurationError } from "../../llm/errors.ts";
import { isObject, type JsonObject } from "../../llm/json.ts";
import type { Effort, Request, Thinking } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { Target } from "../protocol.ts";
import { strictSchema } from "../strict-schema.ts";
import { efforts, objectAt, ownFields, PROTOCOL, withoutNulls } from "./wire.ts";

/**
 * The fields of a request beside model, stream and input. `providerOptions` win; null among them leaves a field out;
 * those of `reasoning` and `text`, of which we fill a part only, go beside ours.
 */
export function encodeSettings(request: Request, target: Target): JsonObject {
  refuse(request);
  const { providerOptions = {}, temperature, topP, tools = [], toolChoice } = request;
  const maxTokens = request.maxOutputTokens ?? target.maxOutputTokens;
  const encodedTools = tools.map(tool).filter((each) => each !== undefined);
  const settings = {
    ...(maxTokens > 0 && { max_output_tokens: maxTokens }),
    ...(encodedTools.length > 0 && { tools: encodedTools }),
    // The request's tools may all be another vendor's, and then there is nothing to choose from.
    ...(toolChoice !== undefined && (encodedTools.length > 0 || tools.length === 0) && choice(toolChoice)),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...format(request, target),
    ...reasoning(request.thinking, target),
    ...stateless(target),
  };
  const merged: JsonObject = { ...settings, ...providerOptions };
  const both = ["reasoning", "text"].filter((key) => isObject(merged[key]));
  return withoutNulls({
    ...merged,
    ...Object.fromEntries(both.map((key) => [key, { ...objectAt(settings, key), ...objectAt(merged, key) }])),
  });
}

/** What this wire cannot say is refused: an answer that ignores a setting looks like one that follows it. */
function refuse({ stopSequences = [], topK, providerOptions = {} }: Request): void {
  const invalid = (message: string): never => {
    throw new ConfigurationError("invalid-option", message);
  };
  if (Object.hasOwn(providerOptions, "input"))
    invalid("providerOptions must not hold `input`: use the request's messages");
  if (stopSequences.length > 0) invalid("the Responses API has no stop sequences: leave out `stopSequences`");
  if (topK !== undefined) invalid("the Responses API has no top-k: leave out `topK`");
}

function tool(spec: ToolSpec | VendorTool): JsonObject | undefined {
  if (spec.type === "vendor") return spec.protocol === PROTOCOL ? spec.value : undefined;
  return withoutNulls({
    type: "function",
    name: spec.name,
    ...(spec.description !== undefined && { description: spec.description }),
    parameters: spec.inputSchema,
    // Strict is the API's default, and refuses most schemas that are not written for it.
    strict: false,
    ...ownFields(spec.vendor),
  });
}

function choice(toolChoice: ToolChoice): JsonObject {
  if (toolChoice.mode === "none") return { tool_choice: "none" };
  const parallel = toolChoice.parallel !== undefined && { parallel_tool_calls: toolChoice.parallel };
  if (toolChoice.mode === "tool")
    return { tool_choice: { type: "function", name: toolChoice.name }, ...parallel };
  return { tool_choice: toolChoice.mode === "any" ? "required" : "auto", ...parallel };
}

/** `text.format`. Strict where the schema is one that strict mode takes. */
function format({ responseSchema }: Request, { dialect }: Target): JsonObject {
  if (responseSchema === undefined) return {};
  if (dialect?.structuredOutput === "json-object") return { text: { format: { type: "json_object" } } };
  const { name = "response", schema } = responseSchema;
  const strict = strictSchema(schema);
  return {
    text: {
      format: { type: "json_schema", name, schema: strict ?? schema, strict: strict !== undefined },
    },
  };
}

function reasoning(thinking: Thinking | undefined, target: Target): JsonObject {
  if (thinking === undefined || target.thinking === "none") return {};
  const asked = typeof thinking === "string" ? thinking : nearest(thinking.budgetTokens);
  const least = target.dialect?.leastThinking ?? "off";
  const effort = upwards.indexOf(asked) < upwards.indexOf(least) ? least : asked;
  return { reasoning: { effort: efforts[effort] } };
}

const upwards: readonly Effort[] = ["off", "minimal", "low", "medium", "high", "max"];

/** The effort nearest to a budget in tokens, which this wire cannot say. */
function nearest(budget: number): Effort {
  if (budget <= 1024) return "minimal";
  if (budget <= 4096) return "low";
  return budget <= 12_288 ? "medium" : "high";
}

/** The history is ours: nothing is left with the provider, and thinking comes in a form that can be sent back. */
function stateless({ dialect, thinking }: Target): JsonObject {
  if (dialect?.stateless === false) return {};
  // Models that do not think refuse to be asked for it.
  return { store: false, ...(thinking !== "none" && { include: ["reasoning.encrypted_content"] }) };
}
