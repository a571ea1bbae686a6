import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/*
 * The schemas that `output_config.format` takes:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs ("JSON Schema limitations"). What it does
 * not know is refused with a 400. Bounds are taken out and said in the description, as Anthropic's own libraries do;
 * the value is checked here in any case.
 */

const kept: ReadonlySet<string> = new Set(
  (
    "type title description default enum const anyOf allOf $ref $defs definitions properties required " +
    "additionalProperties items format minItems $schema"
  ).split(" "),
);

const bounds: ReadonlySet<string> = new Set(
  (
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format " +
    "minItems maxItems uniqueItems minProperties maxProperties"
  ).split(" "),
);

/** These say nothing that an answer must satisfy. */
const remarks: ReadonlySet<string> = new Set(
  "$comment examples deprecated readOnly writeOnly contentEncoding contentMediaType".split(" "),
);

const formats: ReadonlySet<JsonValue> = new Set(
  "date-time time date duration email hostname uri ipv4 ipv6 uuid".split(" "),
);

/** The most members that need not be there, and the most choices, in one schema. */
const MAX_OPTIONAL = 24;
const MAX_CHOICES = 16;

/**
 * A schema as the API takes it, or undefined for one that it cannot be told: with free keys, conditions, tuples or
 * recursion. Objects are closed, as the API wants it; what satisfies a closed one, satisfied it before.
 */
export function formatSchema(schema: JsonObject): JsonObject | undefined {
  if (own(schema, "type") !== "object" || isRecursive(schema)) return undefined;
  const counted = { optional: 0, choices: 0 };
  const taken = take(schema, counted);
  return counted.optional > MAX_OPTIONAL || counted.choices > MAX_CHOICES ? undefined : taken;
}

interface Counted {
  optional: number;
  choices: number;
}

function take(schema: JsonValue, counted: Counted): JsonObject | undefined {
  if (!isObject(schema) || Object.keys(schema).length === 0) return undefined;
  const members: [string, JsonValue][] = [];
  const said: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (isKept(key, value)) {
      const taken = member(key, value, counted);
      if (taken === undefined) return undefined;
      members.push([key, taken]);
    } else if (key === "oneOf") {
      const choices = list(value, counted);
      if (choices === undefined || Object.hasOwn(schema, "anyOf")) return undefined;
      members.push(["anyOf", choices]);
    } else if (bounds.has(key)) said.push(`${key}: ${JSON.stringify(value)}`);
    else if (!remarks.has(key)) return undefined;
  }
  const taken = Object.fromEntries(members);
  const choices = taken["anyOf"] ?? taken["type"];
  if (Array.isArray(choices)) counted.choices++;
  if (said.length > 0) {
    const description = own(schema, "description");
    const before = typeof description === "string" ? `${description} ` : "";
    taken["description"] = `${before}{${said.join(", ")}}`;
  }
  return own(schema, "type") === "object" || Object.hasOwn(schema, "properties")
    ? close(taken, counted)
    : taken;
}

function isKept(key: string, value: JsonValue): boolean {
  if (key === "format") return formats.has(value);
  return key === "minItems" ? value === 0 || value === 1 : kept.has(key);
}

function close(object: JsonObject, counted: Counted): JsonObject | undefined {
  const { properties, required = [], additionalProperties = false } = object;
  if (additionalProperties !== false || !isObject(properties) || !Array.isArray(required)) return undefined;
  counted.optional += Object.keys(properties).filter((name) => !required.includes(name)).length;
  return { ...object, additionalProperties };
}

function member(key: string, value: JsonValue, counted: Counted): JsonValue | undefined {
  switch (key) {
    case "properties":
    case "$defs":
    case "definitions": {
      if (!isObject(value)) return undefined;
      const taken: [string, JsonObject][] = [];
      for (const [name, schema] of Object.entries(value)) {
        const each = take(schema, counted);
        if (each === undefined) return undefined;
        taken.push([name, each]);
      }
      return Object.fromEntries(taken);
    }
    case "anyOf":
    case "allOf":
      return list(value, counted);
    case "items":
      return take(value, counted);
    default:
      return value;
  }
}

function list(value: JsonValue, counted: Counted): JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const taken = (value as readonly JsonValue[]).map((each) => take(each, counted));
  return taken.every((each) => each !== undefined) ? taken : undefined;
}

/** Whether a reference leads back to where it stands, or anywhere but to a definition. */
function isRecursive(schema: JsonObject): boolean {
  const ended = new Set<string>();
  const open = new Set<string>();
  const leadsBack = (value: JsonValue): boolean => {
    if (Array.isArray(value)) return (value as readonly JsonValue[]).some(leadsBack);
    if (!isObject(value)) return false;
    const reference = own(value, "$ref");
    if (typeof reference === "string" && followed(reference)) return true;
    return Object.entries(value).some(
      ([key, each]) => key !== "$defs" && key !== "definitions" && leadsBack(each),
    );
  };
  const followed = (reference: string): boolean => {
    if (ended.has(reference)) return false;
    const [, holder, name] = /^#\/(\$defs|definitions)\/([^/~%]+)$/.exec(reference) ?? [];
    const definitions = holder === undefined ? undefined : own(schema, holder);
    const definition = isObject(definitions) && name !== undefined ? own(definitions, name) : undefined;
    if (definition === undefined || open.has(reference)) return true;
    open.add(reference);
    const back = leadsBack(definition);
    open.delete(reference);
    ended.add(reference);
    return back;
  };
  return leadsBack(schema);
}
