import type { JsonObject } from "../../llm/json.ts";
import type { Message, Part, ResultPart, ToolCallPart, ToolResultPart } from "../../llm/message.ts";
import type { Target } from "../protocol.ts";
import { wireCallId } from "./call-id.ts";
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
    if (content.length > 0) add(messageItem(role, content, side, fields));
    content = [];
  };
  for (const part of resultsFirst(message.parts)) {
    if (isContent(part)) {
      if (begunItem(part) !== undefined) flush();
      content.push(part);
      continue;
    }
    const item = encodeItem(part, target);
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
    call_id: wireCallId(part.id),
    name: part.name,
    arguments: part.argumentsText === "" ? "{}" : part.argumentsText,
    ...ownFields(part.vendor),
  };
}

function encodeResult(part: ToolResultPart): WireObject {
  const content = (part.isError === true ? marked(part.content) : part.content)
    .map((each) => encodeContent(each, "input"))
    .filter((each) => each !== undefined);
  return {
    type: "function_call_output",
    call_id: wireCallId(part.callId),
    output: content.length === 0 ? "" : asText(content, "input"),
    ...ownFields(part.vendor),
  };
}

/** The wire has no word for a failed call, so the text says it. */
function marked(content: readonly ResultPart[]): readonly ResultPart[] {
  const [first, ...others] = content;
  if (first?.type !== "text") return [{ type: "text", text: "Error:" }, ...content];
  return first.text.startsWith("Error") ? content : [{ ...first, text: `Error: ${first.text}` }, ...others];
}
