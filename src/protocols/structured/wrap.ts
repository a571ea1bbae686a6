import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { parseAnswer } from "../../llm/json-answer.ts";

/** A schema in the form of an object, which is all that tools and most providers take. */
export interface ObjectSchema {
  readonly schema: JsonObject;
  /** Whether the value asked for is the member `value` of the object. */
  readonly wrapped: boolean;
}

const MEMBER = "value";

/** A schema of an object as it is; of anything else, the schema of an object with the value in it. */
export function objectSchema(schema: JsonObject): ObjectSchema {
  const plain =
    own(schema, "type") === "object" && !Object.hasOwn(schema, "anyOf") && !Object.hasOwn(schema, "oneOf");
  if (plain) return { schema, wrapped: false };
  const { $schema, $defs, definitions, ...value } = schema;
  return {
    schema: {
      ...($schema !== undefined && { $schema }),
      type: "object",
      properties: { [MEMBER]: moved(value) },
      required: [MEMBER],
      additionalProperties: false,
      // They stay at the root, where references look for them and OpenAI wants them.
      ...($defs !== undefined && { $defs: moved($defs) }),
      ...(definitions !== undefined && { definitions: moved(definitions) }),
    },
    wrapped: true,
  };
}

/** What lies in the wrapping, as JSON; the text as it is where there is none. */
export function unwrapped(text: string): string {
  const value = parseAnswer(text);
  if (!isObject(value) || Object.keys(value).length !== 1) return text;
  const inner = own(value, MEMBER);
  return inner === undefined ? text : JSON.stringify(inner);
}

/** A part of a schema whose root now is one object deeper: references to the root and below follow it there. */
function moved<Value extends JsonValue>(value: Value): Value;
function moved(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((each) => moved(each));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, JsonValue] => {
    // Data, not schemas.
    if (key === "const" || key === "enum") return [key, member];
    return [key, key === "$ref" && typeof member === "string" ? movedReference(member) : moved(member)];
  });
  return Object.fromEntries(members);
}

function movedReference(reference: string): string {
  if (reference !== "#" && !reference.startsWith("#/")) return reference;
  if (/^#\/(?:\$defs|definitions)\//.test(reference)) return reference;
  return `#/properties/${MEMBER}${reference.slice(1)}`;
}
