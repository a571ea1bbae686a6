import { isObject, own, parseJson, rest, type JsonObject, type JsonValue } from "../../llm/json.ts";
import type {
  Message,
  OpaquePart,
  Part,
  ResultPart,
  TextPart,
  ThinkingPart,
  ToolCallPart,
  ToolResultPart,
} from "../../llm/message.ts";
import { invalidRequest } from "./errors.ts";
import { extras, filled } from "./json.ts";
import { cacheMark, readImage, readPiece, vendor } from "./media.ts";
import { readReasoning, readThinkingPiece, thinkingPiece } from "./reasoning.ts";
import { messageFields, PROTOCOL, reasoningFields, reasoningProofs } from "./wire.ts";

/*
 * The wire's messages as ours: the way back of messages.ts, which says what vendor fields mean.
 */

/** Leading instructions. `message` among a part's vendor fields begins a message, with the fields it has. */
export function readSystem(messages: readonly JsonObject[]): TextPart[] {
  return messages.flatMap((message) => {
    const { role, content } = message;
    const pieces = Array.isArray(content)
      ? (content as readonly JsonValue[]).map(systemText)
      : [systemText(content ?? "")];
    const texts = pieces.filter((piece) => piece !== undefined);
    const fields = {
      ...extras(message, new Set(["role", "content"])),
      ...(role !== "system" && { role: role ?? null }),
      // What cannot be said in texts is said as it was.
      ...((texts.length < Math.max(pieces.length, 1) || !isReadable(content)) && {
        content: content ?? null,
      }),
    };
    const [first = { type: "text", text: "" } satisfies TextPart, ...more] = texts;
    const apart = messages.length > 1 || more.length > 0 || Object.keys(fields).length > 0;
    return [apart ? { ...first, ...vendor({ ...first.vendor?.fields, message: fields }) } : first, ...more];
  });
}

function systemText(piece: JsonValue): TextPart | undefined {
  if (typeof piece === "string") return { type: "text", text: piece };
  if (!isObject(piece) || piece["type"] !== "text" || typeof piece["text"] !== "string") return undefined;
  const fields = extras(piece, new Set(["type", "text"]));
  return { type: "text", text: piece["text"], ...cacheMark(piece["cache_control"]), ...vendor(fields) };
}

/** The conversation. The results of one step, which are messages of their own here, are one message of ours. */
export function readMessages(list: readonly JsonObject[]): Message[] {
  const messages: Message[] = [];
  let results: ToolResultPart[] | undefined;
  for (const message of list) {
    if (message["role"] === "tool") {
      if (results === undefined) messages.push({ role: "user", parts: (results = []) });
      results.push(toolResult(message));
    } else {
      results = undefined;
      messages.push(message["role"] === "assistant" ? assistant(message) : user(message));
    }
  }
  return messages;
}

function user(message: JsonObject): Message {
  const { role, content } = message;
  const fields = {
    ...extras(message, new Set(["role", "content"])),
    ...(role !== "user" && { role: role ?? null }),
    ...formOf(content),
  };
  return { role: "user", parts: readContent(content), ...vendor(fields) };
}

/** How a content stands that is not a text or a list of pieces; undefined for one that is. */
function formOf(content: JsonValue | undefined): JsonObject | undefined {
  if ((content ?? null) === null) return { content: null };
  if (Array.isArray(content) && content.length === 0) return { content: "list" };
  return isReadable(content) ? undefined : { content: content ?? null };
}

function isReadable(content: JsonValue | undefined): content is string | readonly JsonObject[] {
  return typeof content === "string" || (Array.isArray(content) && content.every(isObject));
}

function readContent(content: JsonValue | undefined): Exclude<Part, ToolCallPart | ToolResultPart>[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return isReadable(content) ? content.map((piece) => readThinkingPiece(piece) ?? readPiece(piece)) : [];
}

function toolResult(message: JsonObject): ToolResultPart {
  const { tool_call_id, content, name } = message;
  const fields = {
    ...extras(message, new Set(["role", "content", "tool_call_id"])),
    ...(typeof tool_call_id !== "string" && { tool_call_id: tool_call_id ?? null }),
    ...((!isReadable(content) || content.length === 0) && { content: content ?? null }),
  };
  return {
    type: "tool-result",
    callId: typeof tool_call_id === "string" ? tool_call_id : "",
    ...(typeof name === "string" && { name }),
    content: readContent(content).map((part) => (part.type === "thinking" ? asResult(part) : fromHere(part))),
    ...vendor(fields),
  };
}

/** A tool does not think; what looks like it is kept whole. */
function asResult(part: ThinkingPart): ResultPart {
  return opaque(thinkingPiece(part));
}

/** An image that stands in a result or an answer here may stand in one again; that it came from here tells. */
function fromHere<One extends Part>(part: One): One {
  if (part.type !== "image" && part.type !== "file") return part;
  return { ...part, vendor: part.vendor ?? { protocol: PROTOCOL, fields: {} } };
}

function assistant(message: JsonObject): Message {
  const { content, refusal, audio, images, tool_calls, function_call } = message;
  const calls = Array.isArray(tool_calls) ? (tool_calls as readonly JsonValue[]) : [];
  const called = calls.length > 0 || isObject(function_call);
  // Beside calls it makes no difference whether the content is null, empty or not there.
  const said = called && content === "" ? [] : readContent(content).map(fromHere);
  const parts: Part[] = [
    ...readReasoning(message),
    ...said,
    ...(typeof refusal === "string"
      ? [{ type: "text", text: refusal, ...vendor({ in: "refusal" }) } as const]
      : []),
    ...(isObject(audio) ? [opaque({ type: "audio", audio })] : []),
    ...(Array.isArray(images) ? (images as readonly JsonValue[]).map(readPicture) : []),
    ...calls.map(readCall),
    ...(isObject(function_call)
      ? [{ ...readFunction(function_call, { in: "function_call" }), id: "function_call" }]
      : []),
  ];
  const texts = said.length === 0 || (said.length > 1 && said.every(({ type }) => type === "text"));
  const fields = {
    ...extras(message, new Set(Object.keys(message).filter((name) => isRead(name, message[name])))),
    ...(Array.isArray(content) && texts && { content: "list" }),
    ...(!(called && (content ?? null) === null) && formOf(content)),
    ...(Array.isArray(tool_calls) && calls.length === 0 && { tool_calls }),
  };
  return { role: "assistant", parts, ...vendor(fields) };
}

/** Whether a member of an assistant's message has become a part, or nothing at all. */
function isRead(name: string, value: JsonValue | undefined): boolean {
  if (name === "annotations") return value === null;
  if (name === "audio" || name === "function_call") return isObject(value);
  if (name === "images") return Array.isArray(value);
  if ((reasoningFields as readonly string[]).includes(name) || name === "refusal")
    return typeof value === "string";
  return messageFields.has(name) || reasoningProofs.has(name);
}

function opaque(value: JsonObject): OpaquePart {
  return { type: "opaque", protocol: PROTOCOL, value };
}

function readPicture(piece: JsonValue): Part {
  if (!isObject(piece)) throw invalidRequest("an image is not an object");
  return readImage(piece);
}

function readCall(call: JsonValue): Part {
  if (!isObject(call)) throw invalidRequest("a tool call is not an object");
  const called = own(call, "function");
  if (!isObject(called)) return { ...opaque(call), ...vendor({ in: "tool_calls" }) };
  const { id, type } = call;
  const outer = {
    ...extras(call, new Set(["id", "type", "function"])),
    ...(type !== "function" && { type: type ?? null }),
    ...(typeof id !== "string" && { id: id ?? null }),
  };
  return { ...readFunction(called, outer), id: typeof id === "string" ? id : "" };
}

function readFunction(called: JsonObject, outer: JsonObject): Omit<ToolCallPart, "id"> {
  const { name, arguments: text } = called;
  const argumentsText = typeof text === "string" ? text : JSON.stringify(text ?? {});
  const input = parseJson(argumentsText);
  const inner = {
    ...rest(called, new Set(["name", "arguments"])),
    ...(typeof name !== "string" && { name: name ?? null }),
    // By default what is no JSON object is put into one; here it is kept as it was.
    ...((typeof text !== "string" || !isObject(input)) && { arguments: text ?? null }),
  };
  return {
    type: "tool-call",
    name: filled(name) ? name : "",
    argumentsText,
    input,
    ...vendor({ ...outer, ...(Object.keys(inner).length > 0 && { function: inner }) }),
  };
}
