import { isObject, own, parseJson, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type { Message, OpaquePart, Part, ResultPart, TextPart, ToolCallPart } from "../../llm/message.ts";
import { beginning, readContent, type Side } from "./content.ts";
import { standsAlone, thinkingPart } from "./reasoning.ts";
import { clientItems, isMessage, messageHeader, ownFields, PROTOCOL, vendor } from "./wire.ts";

const callFields: ReadonlySet<string> = new Set(["type", "call_id", "name", "arguments"]);
const resultFields: ReadonlySet<string> = new Set(["type", "call_id", "output"]);

/** An item kept as it is. */
export function opaqueItem(item: JsonObject): OpaquePart {
  return { type: "opaque", protocol: PROTOCOL, value: item };
}

/** The part of a function call whose arguments are whole. */
export function callPart(item: JsonObject, id: string, name: string, argumentsText: string): ToolCallPart {
  const fields = vendor(rest(item, callFields));
  return { type: "tool-call", id, name, argumentsText, input: parseJson(argumentsText), ...fields };
}

/** The content of a message item or of a call's output, as parts; undefined where it is no content. */
function contentParts(content: JsonValue | undefined, side: Side): ResultPart[] | undefined {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content) || !content.every(isObject)) return undefined;
  return content.map((each) => readContent(each, side));
}

/** Input items as messages. The wire has one flat list; runs of one side are messages of ours. */
export class MessageReader {
  readonly #messages: Message[] = [];
  #side: "client" | "model" | undefined;
  #parts: { readonly part: Part; readonly item: JsonObject }[] = [];

  /** Takes the next item in. */
  push(item: JsonObject): void {
    if (isMessage(item)) {
      if (own(item, "role") === "assistant") this.#modelMessage(item);
      else this.#clientMessage(item);
      return;
    }
    const result = readResult(item);
    if (result !== undefined || isClientItem(item)) {
      this.#turn("client");
      this.#add(result ?? opaqueItem(item), item);
      return;
    }
    this.#turn("model");
    this.#add(readModelItem(item), item);
  }

  /** All messages. */
  end(): Message[] {
    this.#close();
    return this.#messages;
  }

  #add(part: Part, item: JsonObject): void {
    this.#parts.push({ part, item });
  }

  #turn(side: "client" | "model"): void {
    if (this.#side !== side) this.#close();
    this.#side = side;
  }

  #close(): void {
    // Thinking that nothing follows is left out when a message is sent, unless it is kept as an item.
    const open = this.#parts;
    for (let i = open.length - 1; i >= 0 && open[i]?.part.type === "thinking"; i--) {
      const { item } = open[i] as { item: JsonObject };
      open[i] = { part: opaqueItem(item), item };
    }
    if (open.length > 0) {
      const role = this.#side === "model" ? "assistant" : "user";
      this.#messages.push({ role, parts: open.map(({ part }) => part) });
    }
    this.#parts = [];
    this.#side = undefined;
  }

  #clientMessage(item: JsonObject): void {
    this.#close();
    const parts = contentParts(own(item, "content"), "input");
    const [first] = parts ?? [];
    if (parts === undefined || first === undefined) {
      this.#messages.push({ role: "user", parts: [opaqueItem(item)] });
      return;
    }
    this.#messages.push({ role: "user", parts, ...vendor(messageHeader(item, "user")) });
  }

  #modelMessage(item: JsonObject): void {
    const before = this.#side === "model" ? this.#parts.at(-1)?.item : undefined;
    this.#turn("model");
    const parts = contentParts(own(item, "content"), "output");
    const [first, ...others] = parts ?? [];
    if (first === undefined) {
      this.#add(opaqueItem(item), item);
      return;
    }
    const header = messageHeader(item, "assistant");
    const bordered = Object.keys(header).length > 0 || (before !== undefined && isMessage(before));
    this.#add(bordered ? beginning(first, header) : first, item);
    for (const part of others) this.#add(part, item);
  }
}

/** Tools may be found by either side, and the item says by which. */
function isClientItem(item: JsonObject): boolean {
  const { type, execution } = item;
  if (type === "tool_search_output") return execution === "client";
  return typeof type === "string" && clientItems.has(type);
}

function readResult(item: JsonObject): Part | undefined {
  const { type, call_id, output } = item;
  if (type !== "function_call_output" || typeof call_id !== "string") return undefined;
  const content = contentParts(output, "input");
  if (content === undefined) return undefined;
  // No content at all would be sent as an empty text.
  const empty = content.length === 0 && { output: [] };
  return {
    type: "tool-result",
    callId: call_id,
    content,
    ...vendor({ ...empty, ...rest(item, resultFields) }),
  };
}

function readModelItem(item: JsonObject): Part {
  const { type, call_id, name, arguments: text } = item;
  if (type === "reasoning") {
    const part = thinkingPart(item);
    // What only the provider's own copy makes sense of is an item of the provider's.
    return standsAlone(part) ? part : opaqueItem(item);
  }
  if (
    type !== "function_call" ||
    typeof call_id !== "string" ||
    typeof name !== "string" ||
    typeof text !== "string"
  ) {
    return opaqueItem(item);
  }
  const part = callPart(item, call_id, name, text === "" ? "{}" : text);
  // What is no object would be put into one; here it is kept as it was.
  const odd = text === "" || !isObject(part.input);
  return odd ? { ...part, ...vendor({ ...ownFields(part.vendor), arguments: text }) } : part;
}

/** The system parts of a message item with nothing but text; undefined for any other. */
export function readSystem(item: JsonObject): TextPart[] | undefined {
  const role = own(item, "role");
  if (!isMessage(item) || (role !== "system" && role !== "developer")) return undefined;
  const parts = contentParts(own(item, "content"), "input");
  if (parts === undefined || parts.length === 0) return undefined;
  const texts = parts.filter((part) => part.type === "text");
  if (texts.length < parts.length) return undefined;
  return texts.map((part, at) => (at === 0 ? beginning(part, messageHeader(item, "system")) : part));
}
