import { isObject, writeJson, type JsonObject } from "../../llm/json.ts";
import type { Message, Part, ResultPart, ToolCallPart, ToolResultPart } from "../../llm/message.ts";
import { fittingId, fittingName, wholeCharacters } from "../foreign.ts";
import { told } from "../foreign-media.ts";
import type { Target } from "../protocol.ts";
import { begunItem, encodeContent, isContent, type Side } from "./content.ts";
import { encodeReasoning, standsAlone } from "./reasoning.ts";
import { ownFields, PROTOCOL, type WireObject } from "./wire.ts";

/** The input items of a message, in order. */
export function encodeItems(message: Message, target: Target): WireObject[] {
  const { role: given, ...fields } = ownFields(message.vendor);
  const role = typeof given === "string" ? given : message.role;
  const side: Side = role === "assistant" ? "output" : "input";
  const items: WireObject[] = [];
  let content: Part[] = [];
  // Thinking counts with what follows it: alone at the end it is refused ("without its required following item").
  let held: WireObject[] = [];
  const add = (item: WireObject): void => {
    items.push(...held, item);
    held = [];
  };
  const flush = (): void => {
    const item = content.length > 0 ? sendable(messageItem(role, content, side, fields), target) : undefined;
    if (item !== undefined) add(item);
    content = [];
  };
  for (const part of resultsFirst(message.parts)) {
    if (isContent(part)) {
      if (begunItem(part) !== undefined) flush();
      content.push(part);
      continue;
    }
    const encoded = encodeItem(part, target);
    const item = encoded && sendable(encoded, target);
    if (item === undefined) continue;
    flush();
    if (part.type === "thinking") held.push(item);
    else add(item);
  }
  flush();
  return items;
}

/** Results stand right behind their calls: some servers refuse a message between them. */
function resultsFirst(parts: readonly Part[]): readonly Part[] {
  if (!parts.some(({ type }, at) => type === "tool-result" && at > 0)) return parts;
  return [...parts.filter((part) => !isContent(part)), ...parts.filter(isContent)];
}

/** A message item of these parts; one plain text stands by itself, as every speaker of the language takes it. */
export function messageItem(
  role: string,
  parts: readonly Part[],
  side: Side,
  fields: JsonObject,
): WireObject {
  const [first] = parts;
  const header = { type: "message", role, ...fields, ...(first && begunItem(first)) };
  const encoded = parts.map((part) => encodeContent(part, side)).filter((each) => each !== undefined);
  const content = "id" in header ? encoded : asText(encoded, side);
  return { ...header, content };
}

/** One text without anything more, as a string. */
function asText(content: readonly WireObject[], side: Side): string | readonly WireObject[] {
  const [first] = content;
  const usual = side === "input" ? "input_text" : "output_text";
  const plain = content.length === 1 && first?.type === usual && Object.keys(first).length === 2;
  return plain && typeof first["text"] === "string" ? first["text"] : content;
}

function encodeItem(part: Part, target: Target): WireObject | undefined {
  switch (part.type) {
    case "thinking":
      if (part.protocol !== PROTOCOL) return undefined;
      // A provider that stores nothing does not know it, and says so with an error.
      return target.dialect?.stateless === false || standsAlone(part) ? encodeReasoning(part) : undefined;
    case "tool-call":
      return encodeCall(part);
    case "tool-result":
      return encodeResult(part);
    case "opaque":
      return part.protocol === PROTOCOL ? ({ ...part.value } as WireObject) : undefined;
    case "text":
    case "image":
    case "file":
      return undefined;
  }
}

function encodeCall(part: ToolCallPart): WireObject {
  return {
    type: "function_call",
    call_id: fittingId(part.id, callIds),
    name: fittingName(part.name, toolNames),
    arguments: argumentsOf(part),
    ...ownFields(part.vendor),
  };
}

function encodeResult(part: ToolResultPart): WireObject {
  const content = (part.isError === true ? marked(part.content) : part.content)
    .map((each) => encodeContent(tellable(each), "input"))
    .filter((each) => each !== undefined);
  return {
    type: "function_call_output",
    call_id: fittingId(part.callId, callIds),
    output: content.length === 0 ? "" : asText(content, "input"),
    ...ownFields(part.vendor),
  };
}

/** The API shows arguments to the model, which reads objects: what is none is put into one. */
function argumentsOf({ argumentsText, input }: ToolCallPart): string {
  if (argumentsText === "") return isObject(input) ? writeJson(input) : "{}";
  return isObject(input) ? wholeCharacters(argumentsText) : writeJson({ invalid_json: argumentsText });
}

function tellable(part: ResultPart): ResultPart {
  return part.type === "opaque" && part.protocol !== PROTOCOL ? { type: "text", text: told(part) } : part;
}

/** https://github.com/openai/openai-openapi: `call_id` and `name` of a `FunctionToolCall`. */
const callIds = /^[^]{1,64}$/;
const toolNames = /^[a-zA-Z0-9_-]{1,128}$/;

/** The fields of OpenAI's own items, and how their ids begin: it refuses those of others who speak its language. */
const strictItems: ReadonlyMap<string, { readonly prefix: string; readonly fields: ReadonlySet<string> }> =
  new Map([
    ["message", { prefix: "msg", fields: new Set(["type", "role", "content", "id", "status", "phase"]) }],
    [
      "function_call",
      {
        prefix: "fc",
        fields: new Set(["type", "call_id", "name", "arguments", "id", "status", "namespace"]),
      },
    ],
    [
      "function_call_output",
      { prefix: "fc", fields: new Set(["type", "call_id", "output", "id", "status"]) },
    ],
    [
      "reasoning",
      { prefix: "rs", fields: new Set(["type", "id", "summary", "content", "encrypted_content", "status"]) },
    ],
  ]);

/** An item as a strict provider takes it: reasoning that is not its own it cannot read, of others it minds the id. */
function sendable(item: WireObject, target: Target): WireObject | undefined {
  const own = target.dialect?.strict === true ? strictItems.get(item.type) : undefined;
  if (own === undefined) return item;
  const foreign = typeof item["id"] === "string" && !item["id"].startsWith(own.prefix);
  if (foreign && item.type === "reasoning") return undefined;
  const kept = Object.entries(item).filter(([key]) => own.fields.has(key) && !(foreign && key === "id"));
  return Object.fromEntries(kept) as WireObject;
}

/** The wire has no word for a failed call, so the text says it. */
function marked(content: readonly ResultPart[]): readonly ResultPart[] {
  const [first, ...others] = content;
  if (first?.type !== "text") return [{ type: "text", text: "Error:" }, ...content];
  return first.text.startsWith("Error") ? content : [{ ...first, text: `Error: ${first.text}` }, ...others];
}
