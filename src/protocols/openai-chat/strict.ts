import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { readPiece } from "./media.ts";
import { asText } from "./json.ts";
import { omitted, textOfFile } from "../foreign-media.ts";

/*
 * Messages in the words of OpenAI's own specification alone, for providers that refuse all others: a history may come
 * from any that speak its language, each with fields and pieces of its own.
 * https://platform.openai.com/docs/api-reference/chat/create
 */

const fields: Readonly<Record<string, readonly string[]>> = {
  system: ["role", "content", "name"],
  developer: ["role", "content", "name"],
  user: ["role", "content", "name"],
  assistant: ["role", "content", "name", "refusal", "audio", "tool_calls", "function_call"],
  tool: ["role", "content", "tool_call_id"],
  function: ["role", "content", "name"],
};

/** The same message without what is not OpenAI's own. */
export function strictly(message: JsonObject): JsonObject {
  const role = asText(message["role"]);
  const known = only(message, fields[Object.hasOwn(fields, role) ? role : "user"] ?? []);
  const { content, tool_calls: calls, ...others } = known;
  const called = Array.isArray(calls) ? (calls as readonly JsonValue[]).filter(isObject).map(strictCall) : [];
  return {
    ...others,
    ...(content !== undefined && { content: strictContent(content, role) }),
    ...(called.length > 0 && { tool_calls: called }),
  };
}

/** A tool's declaration without what is not OpenAI's own; undefined for a tool that only another one runs. */
export function strictTool(tool: JsonObject): JsonObject | undefined {
  const { type, function: declared } = tool;
  if (type === "custom") return only(tool, ["type", "custom"]);
  if (type !== "function" || !isObject(declared)) return undefined;
  return { type, function: only(declared, ["name", "description", "parameters", "strict"]) };
}

function strictCall(call: JsonObject): JsonObject {
  const { function: called } = call;
  const inner = isObject(called) && { function: only(called, ["name", "arguments"]) };
  return { ...only(call, ["id", "type", "custom"]), ...inner };
}

function strictContent(content: JsonValue, role: string): JsonValue {
  if (!Array.isArray(content)) return content;
  const pieces = (content as readonly JsonValue[])
    .map((piece) => (isObject(piece) ? strictPiece(piece, role) : undefined))
    .filter((piece) => piece !== undefined);
  return pieces.length === 0 ? "" : pieces;
}

/** A piece as OpenAI takes it, or a note in its place; undefined for thinking, which is nobody else's. */
function strictPiece(piece: JsonObject, role: string): JsonObject | undefined {
  const { type } = piece;
  if (type === "text") return only(piece, ["type", "text"]);
  if (type === "thinking") return undefined;
  if (type === "refusal" && role === "assistant") return only(piece, ["type", "refusal"]);
  if (role === "user" && isTaken(piece)) return only(piece, ["type", asText(type)]);
  const part = readPiece(piece);
  if (part.type === "text") return { type: "text", text: part.text };
  if (part.type === "opaque")
    return { type: "text", text: `[${asText(type)} omitted: this model cannot take it here]` };
  const inside = part.type === "file" ? textOfFile(part) : undefined;
  return { type: "text", text: inside ?? omitted(part) };
}

/** Whether OpenAI takes a picture, a sound or a file: by its type, where its bytes are here. */
function isTaken(piece: JsonObject): boolean {
  const type = asText(piece["type"]);
  const data = own(piece, type);
  if (!isObject(data)) return false;
  const at = (key: string): string => asText(own(data, key));
  switch (type) {
    case "image_url":
      return /^(?:https?:\/\/|data:image\/(?:png|jpeg|gif|webp);base64,.)/.test(at("url"));
    case "input_audio":
      return at("data") !== "" && (at("format") === "wav" || at("format") === "mp3");
    case "file":
      return at("file_id") !== "" || /^data:application\/pdf;base64,./.test(at("file_data"));
    default:
      return false;
  }
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  const found = keys.flatMap((key): [string, JsonValue][] => {
    const value = own(object, key);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(found);
}
