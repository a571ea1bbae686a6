import { isObject, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { hasUnseen, manyLines } from "./words.ts";

const MAX_DEPTH = 32;
const MOST_VALUES = 5000;
const MOST_CHARACTERS = 64 * 1024;
const LONGEST_DESCRIPTION = 1000;

/** Why a schema is not used, in words. */
export class UnusableSchema extends Error {
  override readonly name = "UnusableSchema";
}

/**
 * A server's schema as a model may see it: its descriptions without what is not seen, and cut. Where a name or a value in
 * it holds such text, where it is beyond all bounds, or names `__proto__`, it is not used at all.
 * @throws UnusableSchema
 */
export function cleanSchema(given: JsonValue | undefined): JsonObject {
  if (!isObject(given)) throw new UnusableSchema("has no schema of an object");
  let values = 0;
  let characters = 0;
  const count = (text: string): void => {
    characters += text.length;
    if (characters > MOST_CHARACTERS) {
      throw new UnusableSchema(`has a schema of more than ${MOST_CHARACTERS / 1024} KB`);
    }
  };
  const exact = (text: string): string => {
    count(text);
    if (text === "__proto__") throw new UnusableSchema("has a schema that names __proto__");
    if (hasUnseen(text)) throw new UnusableSchema("has a schema with characters that nobody sees");
    return text;
  };
  const copy = (value: JsonValue, key: string, depth: number): JsonValue => {
    if (++values > MOST_VALUES) throw new UnusableSchema(`has a schema of more than ${MOST_VALUES} values`);
    if (depth > MAX_DEPTH) throw new UnusableSchema(`has a schema of more than ${MAX_DEPTH} levels`);
    if (typeof value === "string") {
      if (key !== "description" && key !== "title" && key !== "$comment") return exact(value);
      const shown = manyLines(value.slice(0, LONGEST_DESCRIPTION));
      count(shown);
      return shown;
    }
    if (Array.isArray(value)) return (value as readonly JsonValue[]).map((each) => copy(each, "", depth + 1));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [exact(name), copy(each, name, depth + 1)]),
    );
  };
  return copy(given, "", 0) as JsonObject;
}
