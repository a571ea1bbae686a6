import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";

/*
 * JSON Schema on its way to a grammar. The engine's grammars know a part of JSON Schema, in which an object always has
 * all of its properties: https://node-llama-cpp.withcat.ai/guide/grammar#json-schema
 * What they do not know (`pattern`, `minimum`, `uniqueItems`) does not bind the model. What is written fits the rest.
 */

type Scalar = string | number | boolean | null;
const scalars = ["string", "number", "integer", "boolean", "null"] as const;
type ScalarType = (typeof scalars)[number];
type Format = "date-time" | "time" | "date";

interface Described {
  readonly description?: string;
}

/** A schema as the engine's grammars know it. */
export type GrammarSchema =
  | (Described & { readonly type: ScalarType })
  | (Described & { readonly const: Scalar })
  | (Described & { readonly enum: readonly Scalar[] })
  | (Described & { readonly oneOf: readonly GrammarSchema[]; readonly $defs?: Definitions })
  | (Described & { readonly type: "string"; readonly minLength?: number; readonly maxLength?: number })
  | (Described & { readonly type: "string"; readonly format: Format })
  | (Described & {
      readonly type: "object";
      readonly properties?: Readonly<Record<string, GrammarSchema>>;
      readonly additionalProperties?: boolean | GrammarSchema;
      readonly $defs?: Definitions;
    })
  | (Described & {
      readonly type: "array";
      readonly items?: GrammarSchema;
      readonly prefixItems?: readonly GrammarSchema[];
      readonly minItems?: number;
      readonly maxItems?: number;
      readonly $defs?: Definitions;
    })
  | { readonly $ref: `#/$defs/${string}` };

type Definitions = Readonly<Record<string, GrammarSchema>>;

/** Anything at all. The grammars have no word for it: a schema without a type is their null. */
const anything: GrammarSchema = {
  oneOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
    { type: "object", additionalProperties: true },
    { type: "array" },
  ],
};

/** Schemas are nested by hand, and no hand nests them so deep. */
const MAX_DEPTH = 100;

/** A JSON Schema as the engine's grammars know it. */
export function grammarSchema(schema: JsonObject): GrammarSchema {
  const definitions = { ...objectIn(schema, "definitions"), ...objectIn(schema, "$defs") };
  const names = new Set(Object.keys(definitions));
  const root = converted(schema, names, 0);
  if (names.size === 0) return root;
  const $defs = Object.fromEntries(
    Object.entries(definitions).map(([name, one]) => [name, converted(one, names, 0)]),
  );
  // Definitions stand on a schema with members; any other is one of a choice of one.
  return "type" in root && (root.type === "object" || root.type === "array")
    ? { ...root, $defs }
    : { oneOf: [root], $defs };
}

function converted(schema: JsonValue, names: ReadonlySet<string>, depth: number): GrammarSchema {
  if (!isObject(schema) || depth > MAX_DEPTH) return anything;
  const { description } = schema;
  const bare = undescribed(schema, (inner) => converted(inner, names, depth + 1), names);
  return "$ref" in bare || typeof description !== "string" ? bare : { ...bare, description };
}

function undescribed(
  schema: JsonObject,
  convert: (schema: JsonValue) => GrammarSchema,
  names: ReadonlySet<string>,
): GrammarSchema {
  const ref = own(schema, "$ref");
  if (typeof ref === "string") return reference(ref, names);
  if (Object.hasOwn(schema, "const")) return literal(schema["const"] ?? null);
  const values = listIn(schema, "enum");
  if (values !== undefined) {
    return values.every(isScalar) ? { enum: values } : { oneOf: values.map(literal) };
  }
  const choices = listIn(schema, "anyOf") ?? listIn(schema, "oneOf");
  if (choices !== undefined) {
    const { anyOf: _, oneOf: __, ...common } = schema;
    return { oneOf: choices.map((choice) => convert(merged(common, [choice]))) };
  }
  const all = listIn(schema, "allOf");
  if (all !== undefined) {
    const { allOf: _, ...common } = schema;
    return convert(merged(common, all));
  }
  const types = listIn(schema, "type");
  if (types !== undefined) return { oneOf: types.map((type) => convert({ ...schema, type })) };
  return typed(schema, convert);
}

function typed(schema: JsonObject, convert: (schema: JsonValue) => GrammarSchema): GrammarSchema {
  const type = own(schema, "type");
  if (type === "object" || (type === undefined && Object.hasOwn(schema, "properties"))) {
    const properties = objectIn(schema, "properties");
    // Any member is allowed where none is named; where some are, others have to be asked for.
    const more = own(schema, "additionalProperties") ?? Object.keys(properties).length === 0;
    return {
      type: "object",
      properties: mapped(properties, convert),
      additionalProperties: typeof more === "boolean" ? more : convert(more),
    };
  }
  if (type === "array") {
    const { items } = schema;
    const prefix = listIn(schema, "prefixItems");
    return {
      type,
      ...(isObject(items) && { items: convert(items) }),
      ...(prefix !== undefined && { prefixItems: prefix.map(convert) }),
      ...counts(schema, "minItems", "maxItems"),
    };
  }
  const format = own(schema, "format");
  if (type === "string" && (format === "date-time" || format === "time" || format === "date")) {
    return { type, format };
  }
  if (type === "string") return { type, ...counts(schema, "minLength", "maxLength") };
  const scalar = scalars.find((each) => each === type);
  return scalar === undefined ? anything : { type: scalar };
}

function reference(ref: string, names: ReadonlySet<string>): GrammarSchema {
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec(ref)?.[1];
  return name !== undefined && names.has(name) ? { $ref: `#/$defs/${name}` } : anything;
}

/** One value and no other. */
function literal(value: JsonValue): GrammarSchema {
  if (isScalar(value)) return { const: value };
  if (isObject(value)) return { type: "object", properties: mapped(value, literal) };
  const { length } = value;
  return { type: "array", prefixItems: value.map(literal), minItems: length, maxItems: length };
}

/** Schemas that hold at once, as one. Where two say the same thing differently, the later one is heard. */
function merged(schema: JsonObject, all: readonly JsonValue[]): JsonObject {
  return [schema, ...all.filter(isObject)].reduce((one, next) => {
    const properties = { ...objectIn(one, "properties"), ...objectIn(next, "properties") };
    return { ...one, ...next, ...(Object.keys(properties).length > 0 && { properties }) };
  });
}

/** The engine compiles no grammar that counts further than between this and twice as far; measured with 3.22.1. */
const MAX_COUNT = 1000;

function counts<Name extends string>(
  schema: JsonObject,
  ...names: readonly Name[]
): { [K in Name]?: number } {
  const found = names.filter((name) => {
    const count = own(schema, name);
    return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 && count <= MAX_COUNT;
  });
  return Object.fromEntries(found.map((name) => [name, schema[name]])) as { [K in Name]?: number };
}

function mapped(object: JsonObject, convert: (value: JsonValue) => GrammarSchema): Definitions {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, convert(value)]));
}

function objectIn(schema: JsonObject, name: string): JsonObject {
  const value = own(schema, name);
  return isObject(value) ? value : {};
}

function listIn(schema: JsonObject, name: string): readonly JsonValue[] | undefined {
  const value = own(schema, name);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : undefined;
}

function isScalar(value: JsonValue): value is Scalar {
  return value === null || typeof value !== "object";
}
