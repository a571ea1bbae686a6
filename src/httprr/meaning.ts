import { parseJson } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";

/** Where each wire language keeps its messages: Anthropic and OpenAI chat, Gemini, OpenAI responses. */
const MESSAGE_FIELDS = ["messages", "contents", "input"] as const;
const KEPT_BESIDE = ["model", "previous_response_id"] as const;
const SYSTEM_ROLES: ReadonlySet<Json | undefined> = new Set<Json | undefined>(["system", "developer"]);
const MARKS: ReadonlySet<string> = new Set(["cache_control", "metadata", "annotations", "logprobs"]);
const TEXT_TYPES: ReadonlySet<Json | undefined> = new Set<Json | undefined>(["input_text", "output_text"]);

/**
 * What a request body says, without how it is to be answered: the model and the messages. System prompts,
 * tools, settings, cache marks and metadata are left out, and the several ways to write one message become
 * one way. A body of another shape is its whole value.
 */
export function meaningOf(body: Json): Json {
  if (!(body instanceof Map)) return body;
  const field = MESSAGE_FIELDS.find((name) => body.has(name));
  if (field === undefined) return body;
  const meaning: JsonObject = new Map();
  for (const name of KEPT_BESIDE) {
    const value = body.get(name);
    if (value !== undefined && value !== null) meaning.set(name, value);
  }
  const said = listOf(body.get(field)).filter(
    (item) => !(item instanceof Map && SYSTEM_ROLES.has(item.get("role"))),
  );
  meaning.set(
    field,
    said.map((item) => (field === "contents" ? content(item) : message(item, field === "input"))),
  );
  return meaning;
}

/** A message of Anthropic or OpenAI, or an item of OpenAI's responses. */
function message(item: Json, ofResponses: boolean): Json {
  if (typeof item === "string")
    return new Map<string, Json>([
      ["role", "user"],
      ["content", parts(item)],
    ]);
  if (!(item instanceof Map)) return item;
  const vendorIds = ofResponses && item.get("type") !== "item_reference";
  return rebuilt(item, (name, value) => {
    if (vendorIds && (name === "id" || name === "status")) return undefined;
    if (name === "type" && value === "message") return undefined;
    if (name === "content" || name === "output") return parts(value);
    if (name === "arguments") return written(value);
    if (name === "tool_calls") return listOf(value).map(toolCall);
    return value;
  });
}

function toolCall(call: Json): Json {
  if (!(call instanceof Map)) return call;
  return rebuilt(call, (name, value) =>
    name === "function" && value instanceof Map
      ? rebuilt(value, (inner, argument) => (inner === "arguments" ? written(argument) : argument))
      : value,
  );
}

function parts(value: Json): Json[] {
  return listOf(value)
    .map(part)
    .filter((item) => !isBare(item));
}

function part(item: Json): Json {
  if (typeof item === "string")
    return new Map<string, Json>([
      ["type", "text"],
      ["text", item],
    ]);
  if (!(item instanceof Map)) return item;
  return rebuilt(item, (name, value) => {
    if (name === "type" && TEXT_TYPES.has(value)) return "text";
    return name === "content" && item.get("type") === "tool_result" ? parts(value) : value;
  });
}

/** A message of Gemini. Both spellings of its names are in use, and a missing role is the user's. */
function content(item: Json): Json {
  if (!(item instanceof Map))
    return new Map<string, Json>([
      ["role", "user"],
      ["parts", listOf(item).map(geminiPart)],
    ]);
  const found = rebuilt(item, (name, value) => (name === "parts" ? listOf(value).map(geminiPart) : value));
  if (!found.has("role")) found.set("role", "user");
  return found;
}

function geminiPart(item: Json): Json {
  if (typeof item === "string") return new Map<string, Json>([["text", item]]);
  if (!(item instanceof Map)) return item;
  const found: JsonObject = new Map();
  for (const [name, value] of rebuilt(item, (_, kept) => kept)) {
    const key = camel(name);
    const data = (key === "inlineData" || key === "fileData") && value instanceof Map;
    found.set(key, data ? new Map([...value].map(([inner, kept]) => [camel(inner), kept])) : value);
  }
  return found;
}

/** The object with each value replaced; marks and empty values, which say the same as none, are left out. */
function rebuilt(object: JsonObject, replace: (name: string, value: Json) => Json | undefined): JsonObject {
  const found: JsonObject = new Map();
  for (const [name, value] of object) {
    const kept = MARKS.has(name) ? undefined : replace(name, value);
    if (kept !== undefined && !isEmpty(kept)) found.set(name, kept);
  }
  return found;
}

const isEmpty = (value: Json): boolean =>
  value === null || value === false || value === "" || (Array.isArray(value) && value.length === 0);

/** A part of which only its type is left: an empty text. */
const isBare = (item: Json): boolean => item instanceof Map && item.size === 1 && item.get("type") === "text";

const listOf = (value: Json | undefined): Json[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];

const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** OpenAI writes a tool's arguments as JSON in a string. */
function written(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}
