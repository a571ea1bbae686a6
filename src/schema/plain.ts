import { ConfigurationError } from "../llm/errors.ts";
import type { JsonObject, JsonValue } from "../llm/json.ts";

/** Deeper than schemas are (OpenAI takes ten levels of objects, each three of JSON), and far from the stack's end. */
const MAX_DEPTH = 128;

/** Values in a schema. OpenAI takes 5,000 properties; beyond that, compiling one takes seconds. */
const MAX_VALUES = 50_000;

/**
 * A JSON Schema as plain JSON, copied, so that nothing that happens to the original afterwards changes it.
 * @throws ConfigurationError `invalid-option` for one that is too deep (or goes in circles), too large, holds what
 * JSON cannot say, or names `__proto__`, which no validator can look for.
 */
export function plainSchema(schema: object): JsonObject {
  let values = 0;
  const copy = (value: unknown, depth: number): JsonValue => {
    if (++values > MAX_VALUES) throw invalid(`it has more than ${MAX_VALUES} values`);
    if (depth > MAX_DEPTH)
      throw invalid(`it is nested more than ${MAX_DEPTH} levels deep, or contains itself; use $ref`);
    if (value === "__proto__") throw invalid("it names `__proto__`");
    if (Array.isArray(value)) return (value as readonly unknown[]).map((each) => copy(each, depth + 1));
    if (typeof value === "object" && value !== null) return copyObject(value, depth);
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw invalid(`it holds ${typeof value === "number" ? String(value) : `a ${typeof value}`}`);
  };
  const copyObject = (object: object, depth: number): JsonObject => {
    const members: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(object)) {
      if (key === "__proto__") throw invalid("it names `__proto__`");
      if (value !== undefined) members.push([key, copy(value, depth + 1)]);
    }
    return Object.fromEntries(members);
  };
  return copyObject(schema, 0);
}

function invalid(why: string): ConfigurationError {
  return new ConfigurationError("invalid-option", `this JSON Schema cannot be used: ${why}`);
}
