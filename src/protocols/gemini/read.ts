import { isObject, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Message, Part, TextPart } from "../../llm/message.ts";
import type { Effort, Request, Thinking } from "../../llm/request.ts";
import type { ReadRequest } from "../read-request.ts";
import { headFields } from "./encode.ts";
import { camelKeys } from "./names.ts";
import { optionsFor, same } from "./options.ts";
import { CallIds, readPart } from "./read-parts.ts";
import { jsonSchema, readToolChoice, readTools } from "./read-tools.ts";
import { PROTOCOL, roles } from "./wire.ts";

/**
 * A request in neutral words. `path` is the request's path or whole URL, which is where the API has the model and
 * whether the answer shall come as a stream.
 */
export function readRequest(body: JsonObject, path: string): ReadRequest {
  const { contents, ...fields } = camelKeys(body);
  const ids = new CallIds();
  const messages = listOf(contents).map((content) => readMessage(content, ids));
  const neutral: Request = { messages, ...readHead(fields) };
  // Thinking is left to the options: how a model is told is not the request's to say.
  const ours = headFields(neutral, { model: "", stream: false, maxOutputTokens: 0, thinking: "none" });
  // Tools that were read come back by themselves, whatever the case of their names.
  const { tools, ...others } = fields;
  const left = neutral.tools === undefined && tools !== undefined ? fields : others;
  const providerOptions = optionsFor(left, ours);
  return {
    ...readPath(path, fields["model"]),
    request: Object.keys(providerOptions).length === 0 ? neutral : { ...neutral, providerOptions },
  };
}

/** `.../models/MODEL:streamGenerateContent?alt=sse`; a tuned model or an endpoint keeps its own prefix. */
function readPath(path: string, named: JsonValue | undefined): Pick<ReadRequest, "model" | "stream"> {
  const match = /(?:models\/|((?:tunedModels|endpoints)\/))([^/:?#]+):(\w+)/.exec(path);
  const model = match === null ? (typeof named === "string" ? named : "") : `${match[1] ?? ""}${match[2]}`;
  return { model: model.replace(/^models\//, ""), stream: match?.[3] === "streamGenerateContent" };
}

/** The API takes one thing where it wants a list of them. */
function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function readMessage(content: JsonValue, ids: CallIds): Message {
  const wire = isObject(content) ? camelKeys(content) : { parts: content };
  const { role, parts } = wire;
  const read = listOf(parts).map((part) => readPart(isObject(part) ? part : { text: part }, ids));
  const ours: JsonObject = { role: role === roles.assistant ? roles.assistant : roles.user };
  const others = Object.entries(wire).filter(([key, value]) =>
    key === "parts" ? !Array.isArray(value) || value.length === 0 : !same(ours[key], value),
  );
  const empty = read.length === 0 && others.length === 0 && { role: ours["role"] as JsonValue };
  const fields: JsonObject = { ...empty, ...Object.fromEntries(others) };
  return {
    role: role === roles.assistant ? "assistant" : "user",
    parts: read,
    ...(Object.keys(fields).length > 0 && { vendor: { protocol: PROTOCOL, fields } }),
  };
}

function readHead(fields: JsonObject): Omit<Request, "messages"> {
  const { systemInstruction, tools, toolConfig, generationConfig } = fields;
  const config = isObject(generationConfig) ? camelKeys(generationConfig) : {};
  const system = readSystem(systemInstruction);
  const specs = readTools(tools);
  const toolChoice = readToolChoice(toolConfig);
  return {
    ...(system !== undefined && { system }),
    ...(specs.length > 0 && { tools: specs }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...readConfig(config),
  };
}

/** Instructions that are texts; others are left to the options whole. */
function readSystem(instruction: JsonValue | undefined): TextPart[] | undefined {
  const parts = isObject(instruction) ? instruction["parts"] : undefined;
  if (!Array.isArray(parts) || parts.length === 0) return undefined;
  const ids = new CallIds();
  const read = (parts as readonly JsonValue[]).map((part) =>
    isObject(part) ? readPart(part, ids) : undefined,
  );
  return read.every(isText) ? read : undefined;
}

function isText(part: Part | undefined): part is TextPart {
  return part?.type === "text";
}

function readConfig(config: JsonObject): Omit<Request, "messages"> {
  const { maxOutputTokens, temperature, topP, topK, stopSequences, thinkingConfig } = config;
  const { responseMimeType, responseJsonSchema, responseSchema } = config;
  const thinking = isObject(thinkingConfig) ? readThinking(camelKeys(thinkingConfig)) : undefined;
  const schema = responseMimeType === "application/json" && readSchema(responseJsonSchema, responseSchema);
  return {
    ...(typeof maxOutputTokens === "number" && maxOutputTokens > 0 && { maxOutputTokens }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof topP === "number" && { topP }),
    ...(typeof topK === "number" && { topK }),
    ...(isTexts(stopSequences) && { stopSequences }),
    ...(thinking !== undefined && { thinking }),
    ...(schema !== false && { responseSchema: { schema } }),
  };
}

/** The schema of an answer in either of the API's two languages; both at once are left to the options. */
function readSchema(json: JsonValue | undefined, own: JsonValue | undefined): JsonObject | false {
  if (isObject(json)) return own === undefined && json;
  return isObject(own) && json === undefined && jsonSchema(own);
}

function isTexts(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

const efforts: ReadonlySet<string> = new Set<Effort>(["minimal", "low", "medium", "high"]);

/** A budget of 0 is none, and -1 is the model's own choice. */
function readThinking({ thinkingBudget, thinkingLevel }: JsonObject): Thinking | undefined {
  const level = typeof thinkingLevel === "string" ? thinkingLevel.toLowerCase() : "";
  if (efforts.has(level)) return level as Effort;
  if (typeof thinkingBudget !== "number" || thinkingBudget < 0) return undefined;
  return thinkingBudget === 0 ? "off" : { budgetTokens: thinkingBudget };
}
