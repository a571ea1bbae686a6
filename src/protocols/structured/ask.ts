import type { JsonObject } from "../../llm/json.ts";
import { text } from "../../llm/message.ts";
import type { Request, ResponseSchema } from "../../llm/request.ts";
import type { ToolChoice } from "../../llm/tool.ts";
import type { Protocol, Target } from "../protocol.ts";
import { objectSchema } from "./wrap.ts";

/** A request for an answer that satisfies a schema, in the way that its target can be asked. */
export interface Asked {
  readonly request: Request;
  /** The tool whose call is the answer; absent where the answer is the text. */
  readonly tool?: string;
  /** Whether the value stands in an object of ours. */
  readonly wrapped: boolean;
}

/**
 * Asks for an answer by schema: natively, in JSON mode with the schema among the instructions, or as the arguments of
 * a tool, whose calls then are read as text ({@link AnswerReader}). Pure; the dialect says which, and a schema that
 * the wire cannot say natively is asked for with a tool.
 */
export function ask(
  request: Request,
  responseSchema: ResponseSchema,
  protocol: Protocol,
  target: Target,
): Asked {
  const { schema, wrapped } = objectSchema(responseSchema.schema);
  const inWords = { ...request, responseSchema: { ...responseSchema, schema } };
  const { structuredOutput: way = "native" } = target.dialect ?? {};
  if (way === "json-object") return { request: instructed(inWords, jsonOnly(schema)), wrapped };
  if (way === "native" && protocol.saysSchema?.(schema) !== false) return { request: inWords, wrapped };
  const { responseSchema: _, ...rest } = request;
  return { ...withTool(rest, responseSchema.name, schema, target), wrapped };
}

function withTool(
  request: Request,
  wanted: string | undefined,
  inputSchema: JsonObject,
  target: Target,
): { readonly request: Request; readonly tool: string } {
  const { tools = [] } = request;
  const tool = freeName(wanted, request);
  const description = "Gives the final answer: its arguments are the answer. Call it once, when you know it.";
  const asking: Request = {
    ...request,
    tools: [...tools, { name: tool, description, inputSchema }],
    toolChoice: choice(request, tool, target),
  };
  return { request: asking.toolChoice?.mode === "auto" ? instructed(asking, toolOnly(tool)) : asking, tool };
}

/**
 * The model must call the tool; or one of several, where it has others. One that thinks may not be made to:
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking ("Thinking with tool use"), and Moonshot,
 * Qwen and DeepSeek refuse it as well; it is told instead.
 */
function choice({ toolChoice, tools = [], thinking }: Request, name: string, target: Target): ToolChoice {
  if (toolChoice?.mode === "tool") return toolChoice;
  const { mode, ...parallel } = toolChoice ?? { mode: "auto" };
  const thinks = thinking !== undefined && thinking !== "off" && target.thinking !== "none";
  if (thinks) return { mode: "auto", ...parallel };
  return tools.length === 0 || mode === "none" ? { mode: "tool", name } : { mode: "any", ...parallel };
}

/** A name that none of the request's own tools has, in the letters that all providers take. */
function freeName(wanted = "answer", { tools = [] }: Request): string {
  let name = /^[A-Za-z_][\w-]{0,47}$/.test(wanted) ? wanted : "answer";
  while (tools.some((tool) => tool.type !== "vendor" && tool.name === name)) name += "_";
  return name;
}

function instructed(request: Request, instruction: string): Request {
  return { ...request, system: [...(request.system ?? []), text(instruction)] };
}

const toolOnly = (tool: string): string =>
  `Give your final answer by calling the tool \`${tool}\`, and in no other way.`;

/** The word JSON must be there: without it, JSON mode is refused (https://api-docs.deepseek.com/guides/json_mode). */
const jsonOnly = (schema: JsonObject): string =>
  "Answer with one JSON object and nothing else: no explanation, no code fence. " +
  `It must satisfy this JSON Schema:\n${JSON.stringify(schema)}`;
