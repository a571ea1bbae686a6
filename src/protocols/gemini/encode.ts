import { ConfigurationError } from "../../llm/errors.ts";
import { writeJson, type JsonObject } from "../../llm/json.ts";
import type { Message } from "../../llm/message.ts";
import type { Effort, Request } from "../../llm/request.ts";
import type { ToolChoice, ToolSpec, VendorTool } from "../../llm/tool.ts";
import type { Target } from "../protocol.ts";
import { encodePart, mediaOfResult, vendorFields, withMedia } from "./encode-parts.ts";
import { withOptions } from "./options.ts";
import { FOREIGN_CALL_SIGNATURE, PROTOCOL, roles } from "./wire.ts";

/** The body up to and with `"contents":[`. */
export function encodeHead(request: Request, target: Target): string {
  const { providerOptions = {} } = request;
  if (Object.hasOwn(providerOptions, "contents")) {
    throw new ConfigurationError(
      "invalid-option",
      "providerOptions must not hold `contents`: use the request's messages",
    );
  }
  const head = writeJson(withOptions(headFields(request, target), providerOptions)).slice(0, -1);
  return `${head}${head === "{" ? "" : ","}"contents":[`;
}

/** What a request says beside its messages, in the API's words. */
export function headFields(request: Request, target: Target): JsonObject {
  const system = (request.system ?? []).map(encodePart).filter((each) => each !== undefined);
  const tools = encodeTools(request.tools ?? []);
  const config = generationConfig(request, target);
  return {
    ...(system.length > 0 && { systemInstruction: { parts: system } }),
    ...(tools.length > 0 && { tools }),
    ...(request.toolChoice !== undefined && { toolConfig: toolConfig(request.toolChoice) }),
    ...(Object.keys(config).length > 0 && { generationConfig: config }),
  };
}

/** A message as JSON; empty when nothing of it can be sent here. */
export function encodeMessage(message: Message, target: Target): string {
  const parts: JsonObject[] = [];
  const after: JsonObject[] = [];
  let calls = 0;
  for (const part of message.parts) {
    let encoded = encodePart(part);
    if (part.type === "tool-result" && encoded !== undefined) {
      const media = mediaOfResult(part);
      if (target.dialect?.resultMedia === "inside") encoded = withMedia(encoded, media);
      else after.push(...media.map(encodePart).filter((each) => each !== undefined));
    }
    if (
      part.type === "tool-call" &&
      encoded !== undefined &&
      calls++ === 0 &&
      target.dialect?.markForeignCalls === true
    ) {
      encoded = { thoughtSignature: FOREIGN_CALL_SIGNATURE, ...encoded };
    }
    if (encoded !== undefined) parts.push(encoded);
  }
  parts.push(...after);
  const fields = vendorFields(message.vendor);
  if (parts.length === 0 && fields === undefined) return "";
  return writeJson({ role: roles[message.role], ...(parts.length > 0 && { parts }), ...fields });
}

/** The last message is as any other: there are no cache marks to place on it. */
export function encodeLastMessage(message: Message, _request: Request, target: Target): string {
  return encodeMessage(message, target);
}

/** Functions that follow one another are declared together, as the API wants them. */
function encodeTools(tools: readonly (ToolSpec | VendorTool)[]): JsonObject[] {
  const encoded: JsonObject[] = [];
  let declared: JsonObject[] | undefined;
  for (const tool of tools) {
    if (tool.type !== "vendor") {
      if (declared === undefined) encoded.push({ functionDeclarations: (declared = []) });
      declared.push(encodeTool(tool));
    } else if (tool.protocol === PROTOCOL) {
      declared = undefined;
      encoded.push(tool.value);
    }
  }
  return encoded;
}

/** A function's declaration. `parameters` is the API's own schema language: where that was received, it is sent. */
export function encodeTool(spec: ToolSpec): JsonObject {
  const { parameters, ...fields } = vendorFields(spec.vendor) ?? {};
  return {
    name: spec.name,
    ...(spec.description !== undefined && { description: spec.description }),
    ...(parameters === undefined && { parametersJsonSchema: spec.inputSchema }),
    ...(parameters !== undefined && parameters !== null && { parameters }),
    ...fields,
  };
}

const modes = { auto: "AUTO", any: "ANY", none: "NONE", tool: "ANY" } as const;

/** One call at most (`parallel: false`) cannot be asked for here. */
function toolConfig(choice: ToolChoice): JsonObject {
  const only = choice.mode === "tool" && { allowedFunctionNames: [choice.name] };
  return { functionCallingConfig: { mode: modes[choice.mode], ...only } };
}

function generationConfig(request: Request, target: Target): JsonObject {
  const maxOutputTokens = request.maxOutputTokens ?? target.maxOutputTokens;
  const schema =
    target.dialect?.structuredOutput === "json-object" ? undefined : request.responseSchema?.schema;
  const thinkingConfig = thinking(request, target);
  return {
    ...(maxOutputTokens > 0 && { maxOutputTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { topP: request.topP }),
    ...(request.topK !== undefined && { topK: request.topK }),
    ...(request.stopSequences !== undefined && { stopSequences: request.stopSequences }),
    ...(request.responseSchema !== undefined && { responseMimeType: "application/json" }),
    // https://ai.google.dev/gemini-api/docs/structured-output: keywords that it does not know are passed over.
    ...(schema !== undefined && { responseJsonSchema: schema }),
    ...(thinkingConfig !== undefined && { thinkingConfig }),
  };
}

/** Budgets in tokens for models that are told one (Gemini 2.5); 24,576 is the most that all of them take. */
const budgets: Readonly<Record<Effort, number>> = {
  off: 0,
  minimal: 512,
  low: 2048,
  medium: 8192,
  high: 16_384,
  max: 24_576,
};

/** Levels for models that are told one (Gemini 3), which cannot be told not to think. */
const levels: Readonly<Record<Effort, string>> = {
  off: "minimal",
  minimal: "minimal",
  low: "low",
  medium: "medium",
  high: "high",
  max: "high",
};

const weakest: readonly Effort[] = ["off", "minimal", "low"];

function thinking({ thinking: asked }: Request, target: Target): JsonObject | undefined {
  if (asked === undefined || target.thinking === "none") return undefined;
  if (typeof asked !== "string") return { includeThoughts: true, thinkingBudget: asked.budgetTokens };
  const least = target.dialect?.leastThinking ?? "off";
  const effort = weakest.includes(asked) && weakest.indexOf(asked) < weakest.indexOf(least) ? least : asked;
  const amount =
    target.thinking === "adaptive" ? { thinkingLevel: levels[effort] } : { thinkingBudget: budgets[effort] };
  return asked === "off" ? amount : { includeThoughts: true, ...amount };
}
