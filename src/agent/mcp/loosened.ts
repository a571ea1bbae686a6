import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/*
 * A server's schema as it is safe to be compiled and checked by us: finite, without references, and without regular
 * expressions, whose cost a stranger would choose. What it can no longer say it lets pass, for the server looks again;
 * what the server's own schema accepts it accepts too.
 */

/** Of a schema whose references are written out. More is let pass. */
const MOST_NODES = 2000;

/** Keywords whose values are taken as they are: they cost little, whatever they say. */
const PLAIN = new Set([
  ..."type enum const title description default examples format required deprecated readOnly writeOnly".split(
    " ",
  ),
  ..."minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength".split(" "),
  ..."minItems maxItems minProperties maxProperties dependentRequired".split(" "),
]);

/** What says nothing of which values are valid. */
const ANNOTATIONS = new Set(["title", "description", "default", "examples"]);

interface Loosened {
  readonly schema: JsonValue;
  /** It may accept more than it did. */
  readonly loose: boolean;
}

interface Room {
  readonly root: JsonObject;
  left: number;
}

const ANYTHING: Loosened = { schema: {}, loose: true };

/** The schema of an object, made safe. Types other than an object are left to whoever compiles it. */
export function loosened(root: JsonObject): JsonObject {
  const { schema } = visit(root, { root, left: MOST_NODES }, []);
  const object = isObject(schema) ? schema : {};
  const draft = own(root, "$schema");
  const isOld = typeof draft === "string" && /draft-0[4-7]/.test(draft);
  return {
    ...(isOld && { $schema: "http://json-schema.org/draft-07/schema#" }),
    ...object,
    type: own(object, "type") ?? "object",
  };
}

function visit(given: JsonValue, room: Room, open: readonly string[]): Loosened {
  if (typeof given === "boolean") return { schema: given, loose: false };
  if (!isObject(given) || --room.left < 0) return ANYTHING;
  const out: Record<string, JsonValue> = {};
  let loose = false;
  const one = (value: JsonValue): JsonValue => {
    const found = visit(value, room, open);
    loose ||= found.loose;
    return found.schema;
  };
  const list = (values: JsonValue): JsonValue => (Array.isArray(values) ? values.map(one) : []);
  /** Where accepting more inside means accepting less outside, it is not asked at all. */
  const strictly = (key: string, value: JsonValue, all: (value: JsonValue) => JsonValue): void => {
    const before = loose;
    loose = false;
    const schema = all(value);
    if (!loose) out[key] = schema;
    loose ||= before;
  };
  for (const [key, value] of Object.entries(given)) {
    switch (key) {
      case "properties":
      case "dependentSchemas":
        if (isObject(value)) {
          out[key] = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, one(each)]));
        }
        break;
      case "items":
        out[key] = Array.isArray(value) ? list(value) : one(value);
        break;
      case "prefixItems":
      case "anyOf":
      case "allOf":
        if (Array.isArray(value) && value.length > 0) out[key] = list(value);
        break;
      case "oneOf":
        strictly(key, value, list);
        break;
      case "not":
      case "contains":
        strictly(key, value, one);
        break;
      case "additionalProperties":
        // Without the patterns, what they allow would be refused.
        if (!Object.hasOwn(given, "patternProperties")) out[key] = one(value);
        break;
      case "$ref":
      case "$schema":
      case "$id":
      case "$anchor":
      case "$comment":
      case "$defs":
      case "definitions":
        break;
      default:
        if (PLAIN.has(key)) out[key] = value;
        else loose = true;
    }
  }
  const pointer = own(given, "$ref");
  if (pointer === undefined) return { schema: out, loose };
  const found = referred(pointer, room, open);
  const saysMore = Object.keys(out).some((key) => !ANNOTATIONS.has(key));
  if (isObject(found.schema) && !saysMore) {
    return { schema: { ...found.schema, ...out }, loose: loose || found.loose };
  }
  const before = out["allOf"];
  out["allOf"] = [...(Array.isArray(before) ? (before as JsonValue[]) : []), found.schema];
  return { schema: out, loose: loose || found.loose };
}

/** What is referred to, written out. What is not within the schema, or refers to itself, is let pass. */
function referred(pointer: JsonValue, room: Room, open: readonly string[]): Loosened {
  const target = typeof pointer === "string" && !open.includes(pointer) ? at(room.root, pointer) : undefined;
  return target === undefined ? ANYTHING : visit(target, room, [...open, pointer as string]);
}

/** What a pointer into a schema (RFC 6901) points to; nothing is ever fetched. */
function at(root: JsonObject, pointer: string): JsonValue | undefined {
  if (pointer === "#") return root;
  if (!pointer.startsWith("#/")) return undefined;
  let found: JsonValue | undefined = root;
  for (const step of pointer.slice(2).split("/").slice(0, 64)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(found)) found = (found as readonly JsonValue[])[Number(key)];
    else found = isObject(found) ? own(found, key) : undefined;
  }
  return found;
}
