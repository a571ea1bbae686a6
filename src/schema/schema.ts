import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { ConfigurationError } from "../llm/errors.ts";
import type { Issue } from "../llm/issue.ts";
import type { JsonObject, JsonValue } from "../llm/json.ts";
import { plainSchema } from "./plain.ts";

/**
 * The shape of a value: a Standard Schema (of Zod, ArkType, Valibot and others, https://standardschema.dev), or a plain
 * JSON Schema of draft 2020-12, or of draft-07 where its `$schema` says so.
 */
export type Schema<Value = unknown> = StandardSchemaV1<unknown, Value> | JsonObject;

/** What a valid value is: what a Standard Schema makes of it, or the JSON value itself. */
export type SchemaValue<Of extends Schema> = Of extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Of>
  : JsonValue;

/** A value that satisfies a schema, as the schema gives it back, or what is wrong with it. */
export type Checked<Value> =
  | { readonly value: Value; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

const known = new WeakMap<object, JsonObject>();

/**
 * The JSON Schema of what a schema accepts, before it transforms anything: what a model has to write. Made once for
 * each schema.
 * @throws ConfigurationError `invalid-option` for a schema that has none, or one that cannot be used.
 */
export function jsonSchemaOf(schema: Schema): JsonObject {
  let json = known.get(schema);
  if (json === undefined) {
    // Where it stands in a request, the wire says what language it is in.
    const { $schema: _, ...rest } = plainSchema(isStandard(schema) ? converted(schema) : plainOnly(schema));
    json = rest;
    known.set(schema, json);
  }
  return json;
}

/**
 * The same, with a plain JSON Schema's validator made as well, so that all that is wrong with a schema is known before
 * it is used.
 * @throws ConfigurationError `invalid-option` for a schema that cannot be used.
 */
export async function prepareSchema(schema: Schema): Promise<JsonObject> {
  const json = jsonSchemaOf(schema);
  if (!isStandard(schema)) (await import("./validator.ts")).prepare(plainOnly(schema));
  return json;
}

/**
 * Checks a value. Standard Schemas answer at once or later, as they like; a plain JSON Schema later, for its validator
 * is loaded when the first one is used.
 * @throws ConfigurationError `invalid-option`, at once or later, for a plain JSON Schema that cannot be used.
 */
export function checkValue<Of extends Schema>(
  schema: Of,
  value: unknown,
): Checked<SchemaValue<Of>> | Promise<Checked<SchemaValue<Of>>> {
  type Result = Checked<SchemaValue<Of>>;
  if (!isStandard(schema)) return checkPlain(plainOnly(schema), value) as Promise<Result>;
  const result = schema["~standard"].validate(value);
  return (result instanceof Promise ? result.then(fromStandard) : fromStandard(result)) as
    | Result
    | Promise<Result>;
}

async function checkPlain(schema: JsonObject, value: unknown): Promise<Checked<unknown>> {
  const { issuesOf } = await import("./validator.ts");
  const issues = issuesOf(schema, value);
  return issues.length === 0 ? { value } : { issues };
}

function isStandard(schema: Schema): schema is StandardSchemaV1 {
  const of: unknown =
    typeof schema === "function" || (typeof schema === "object" && schema !== null)
      ? Reflect.get(schema, "~standard")
      : undefined;
  return typeof of === "object" && of !== null && typeof Reflect.get(of, "validate") === "function";
}

function plainOnly(schema: Schema): JsonObject {
  if (typeof schema === "object" && schema !== null && !Array.isArray(schema)) return schema as JsonObject;
  throw new ConfigurationError(
    "invalid-option",
    "a schema is a Standard Schema (of Zod, Valibot, ArkType) or a JSON Schema object",
  );
}

/** The newest draft that the library can write. */
function converted(schema: StandardSchemaV1): object {
  const { vendor } = schema["~standard"];
  const { jsonSchema } = schema["~standard"] as Partial<StandardJSONSchemaV1.Props>;
  if (jsonSchema === undefined) {
    const what =
      vendor === "valibot"
        ? 'wrap it in toStandardJsonSchema from "@valibot/to-json-schema"'
        : "use a library that has Standard JSON Schema, or give a JSON Schema object";
    throw new ConfigurationError(
      "invalid-option",
      `this ${vendor} schema cannot be written as JSON Schema: ${what}`,
    );
  }
  try {
    return jsonSchema.input({ target: "draft-2020-12" });
  } catch {
    return convertedToDraft7(jsonSchema, vendor);
  }
}

function convertedToDraft7(jsonSchema: StandardJSONSchemaV1.Converter, vendor: string): object {
  try {
    return jsonSchema.input({ target: "draft-07" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      "invalid-option",
      `this ${vendor} schema cannot be written as JSON Schema: ${why}`,
    );
  }
}

function fromStandard(result: StandardSchemaV1.Result<unknown>): Checked<unknown> {
  if (result.issues === undefined) return { value: result.value };
  return {
    issues: result.issues.map(({ message, path = [] }) => ({ message, path: Array.from(path, step) })),
  };
}

function step(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}
