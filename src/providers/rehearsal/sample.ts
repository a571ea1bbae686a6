import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/** How deep a sample goes; schemas may refer to themselves, samples must end. */
const MAX_DEPTH = 6;

/** A harmless value that an ordinary JSON Schema allows. Patterns, bounds and references go unheeded. */
export function sample(schema: JsonObject, name = "", depth = 0): JsonValue {
  const known = own(schema, "const") ?? own(schema, "default") ?? first(own(schema, "enum"));
  if (known !== undefined) return known;
  const choice = first(own(schema, "anyOf")) ?? first(own(schema, "oneOf"));
  if (isObject(choice) && depth < MAX_DEPTH) return sample(choice, name, depth + 1);
  const type = own(schema, "type");
  switch (Array.isArray(type) ? first(type) : type) {
    case "string":
      return name === "command" ? "echo rehearsal" : "rehearsal";
    case "number":
    case "integer":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "null":
      return null;
    default:
      return sampleObject(schema, depth);
  }
}

function sampleObject(schema: JsonObject, depth: number): JsonObject {
  const properties = own(schema, "properties");
  const required = own(schema, "required");
  const members: [string, JsonValue][] = [];
  if (isObject(properties) && Array.isArray(required) && depth < MAX_DEPTH) {
    for (const name of required) {
      if (typeof name !== "string") continue;
      const property = own(properties, name);
      members.push([name, isObject(property) ? sample(property, name, depth + 1) : "rehearsal"]);
    }
  }
  return Object.fromEntries(members);
}

function first(list: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(list) ? list[0] : undefined;
}
