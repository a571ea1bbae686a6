import type { History } from "../../llm/history.ts";
import type { JsonObject } from "../../llm/json.ts";
import type { Message, Part } from "../../llm/message.ts";
import type { Effort, Request } from "../../llm/request.ts";
import type { Target } from "../protocol.ts";
import { formatSchema } from "./format.ts";
import { PROTOCOL } from "./wire.ts";

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
export function thinking(request: Request, target: Target, maxTokens: number): JsonObject {
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
  if (budget < 1024 || isThoughtless(request.messages)) return config;
  return { ...config, thinking: { type: "enabled", budget_tokens: budget } };
}

/**
 * Whether the turn under way began without thinking that is Anthropic's own: another model began it, or this one
 * without thinking. It can then only go on without: `a final assistant message must start with a thinking block
 * (preceeding the lastmost set of tool_use and tool_result blocks)`, says the API.
 */
function isThoughtless(messages: Request["messages"]): boolean {
  let first: Part | undefined;
  let asked = false;
  let answered = false;
  for (const { role, parts } of backwards(messages)) {
    const begins = parts.find(isSent);
    if (begins === undefined) continue;
    if (role === "user") {
      asked = true;
      answered ||= parts.some(({ type }) => type === "tool-result");
    } else {
      if (asked && !answered) break;
      asked = answered = false;
      first = begins;
    }
  }
  return first !== undefined && !isThinking(first);
}

/** Whether {@link block} makes one of a part, told without making it. */
function isSent(part: Part): boolean {
  switch (part.type) {
    case "text":
      return /\S/.test(part.text);
    case "thinking":
      return part.protocol === PROTOCOL && (part.encrypted ?? part.signature ?? "") !== "";
    case "opaque":
      return part.protocol === PROTOCOL;
    default:
      return true;
  }
}

function isThinking(part: Part): boolean {
  if (part.type !== "opaque") return part.type === "thinking";
  const { type } = part.value;
  return type === "thinking" || type === "redacted_thinking";
}

function* backwards(messages: Request["messages"]): Generator<Message> {
  if (Array.isArray(messages)) {
    const list = messages as readonly Message[];
    for (let at = list.length - 1; at >= 0; at--) yield list[at] as Message;
  } else if ("last" in messages) {
    for (let at: History | undefined = messages; at?.last !== undefined; at = at.parent) yield at.last;
  }
}
