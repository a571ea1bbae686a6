import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseExchanges } from "../../src/httprr/message.ts";
import { isObject, own, type JsonObject, type JsonValue } from "../../src/llm/json.ts";
import type { TextPart } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";

/** Recorded sessions stand beside the project; they are others' data and never copied. */
const folder = path.join(import.meta.dirname, "../../../shared/traces/httprr");

/** The path of a recorded session; undefined where the folder is absent. */
export function trace(name: string): string | undefined {
  const file = path.join(folder, name);
  return existsSync(file) ? file : undefined;
}

/** How many sessions are there. */
export function countTraces(): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith(".httprr")).length;
}

/** The body of the first request in a session. */
export function firstRequest(file: string): JsonObject {
  const [exchange] = parseExchanges(readFileSync(file));
  const body: unknown = JSON.parse(new TextDecoder().decode(exchange?.request.body));
  if (!isObject(body)) throw new TypeError(`${file}: the request is no object`);
  return body;
}

/** A recorded request of texts and tools in neutral words, each cache mark where it was. */
export function neutral(body: JsonObject): Request {
  const system = list(body["system"]).map(textPart);
  return {
    ...(system.length > 0 && { system }),
    messages: list(body["messages"]).map((message) => ({
      role: message["role"] === "user" ? "user" : "assistant",
      parts: list(message["content"]).map(textPart),
    })),
    tools: list(body["tools"]).map((tool) => ({
      name: string(tool["name"]),
      description: string(tool["description"]),
      inputSchema: isObject(tool["input_schema"]) ? tool["input_schema"] : {},
    })),
    maxOutputTokens: Number(body["max_tokens"]),
  };
}

function textPart(block: JsonObject): TextPart {
  if (block["type"] !== "text") throw new TypeError(`a block of type ${string(block["type"])}`);
  return {
    type: "text",
    text: string(block["text"]),
    ...(own(block, "cache_control") !== undefined && { cache: {} }),
  };
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((each) => isObject(each)) : [];
}

/** @throws TypeError for anything but a text. */
export function string(value: JsonValue | undefined): string {
  if (typeof value !== "string") throw new TypeError(`no text: ${JSON.stringify(value)}`);
  return value;
}
