import { isObject, own, type JsonObject, type JsonValue } from "../llm/json.ts";

/*
 * The schemas that OpenAI's strict mode takes, and those who copied it:
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas. Others are refused with a 400, so they
 * are sent without `strict`, which leaves the model free and the checking to us.
 */

const keywords: ReadonlySet<string> = new Set(
  (
    "type title description enum const anyOf $ref $defs definitions properties required " +
    "additionalProperties items minItems maxItems pattern format multipleOf minimum maximum " +
    "exclusiveMinimum exclusiveMaximum"
  ).split(" "),
);

const formats: ReadonlySet<JsonValue> = new Set(
  "date-time time date duration email hostname ipv4 ipv6 uuid".split(" "),
);

const MAX_LEVELS = 10;
const MAX_PROPERTIES = 5000;
const MAX_ENUM_VALUES = 1000;
/** All names and values of enums together may have 120,000 characters; the whole schema has more than those. */
const MAX_CHARACTERS = 120_000;

/**
 * A schema as strict mode takes it: closed objects all of whose members are required. An object that merely does not
 * say whether it is closed is closed on a copy; what then satisfies it, satisfied it before. Undefined for a schema
 * that strict mode would refuse, or that it could take only with another meaning.
 */
export function strictSchema(schema: JsonObject): JsonObject | undefined {
  if (own(schema, "type") !== "object" || Object.hasOwn(schema, "anyOf")) return undefined;
  const counted = { properties: 0, values: 0 };
  const strict = closed(schema, 1, counted);
  if (strict === undefined || counted.properties > MAX_PROPERTIES || counted.values > MAX_ENUM_VALUES)
    return undefined;
  return JSON.stringify(strict).length > MAX_CHARACTERS ? undefined : strict;
}

interface Counted {
  properties: number;
  values: number;
}

/** A schema with all objects in it closed. Levels are those of objects. */
function closed(schema: JsonValue, level: number, counted: Counted): JsonObject | undefined {
  if (!isObject(schema) || !isTaken(schema)) return undefined;
  const values = own(schema, "enum");
  if (Array.isArray(values)) counted.values += values.length;
  const isOfObjects = own(schema, "type") === "object" || Object.hasOwn(schema, "properties");
  if (isOfObjects && level > MAX_LEVELS) return undefined;
  const members: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(schema)) {
    const strict = member(key, value, isOfObjects ? level + 1 : level, counted);
    if (strict === undefined) return undefined;
    members.push([key, strict]);
  }
  if (!isOfObjects) return Object.fromEntries(members);
  const { properties, required = [] } = schema;
  const names = isObject(properties) ? Object.keys(properties) : [];
  counted.properties += names.length;
  if (names.length === 0 || !Array.isArray(required) || names.some((name) => !required.includes(name)))
    return undefined;
  return { ...Object.fromEntries(members), additionalProperties: false };
}

function isTaken(schema: JsonObject): boolean {
  const format = own(schema, "format");
  const open = own(schema, "additionalProperties");
  const keys = Object.keys(schema);
  return (
    keys.length > 0 &&
    keys.every((key) => keywords.has(key)) &&
    // A reference stands alone there.
    (keys.length === 1 || !keys.includes("$ref")) &&
    (format === undefined || formats.has(format)) &&
    (open === undefined || open === false)
  );
}

function member(key: string, value: JsonValue, level: number, counted: Counted): JsonValue | undefined {
  switch (key) {
    case "properties":
    case "$defs":
    case "definitions":
      return isObject(value) ? all(Object.entries(value), level, counted) : undefined;
    case "anyOf": {
      if (!Array.isArray(value)) return undefined;
      const strict = all([...(value as readonly JsonValue[]).entries()], level, counted);
      return strict && Object.values(strict);
    }
    case "items":
      return closed(value, level, counted);
    default:
      return value;
  }
}

function all(
  schemas: readonly (readonly [key: string | number, schema: JsonValue])[],
  level: number,
  counted: Counted,
): JsonObject | undefined {
  const strict: [string, JsonObject][] = [];
  for (const [key, schema] of schemas) {
    const each = closed(schema, level, counted);
    if (each === undefined) return undefined;
    strict.push([String(key), each]);
  }
  return Object.fromEntries(strict);
}
