import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/llm/json.ts";

/*
 * JSON Schemas of a small grammar: all types, bounds, choices, definitions. Each is of a value that exists, and what
 * `oneOf` would make of overlapping choices is left out.
 */

const name = fc.constantFrom("a", "b", "city", "x y", "0", "constructor", "päth");

const bounds = (least: string, most: string): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(fc.option(fc.nat(9), { nil: undefined }), fc.option(fc.nat(9), { nil: undefined }))
    .map(([low, more]) => ({
      ...(low !== undefined && { [least]: low }),
      ...(more !== undefined && { [most]: (low ?? 0) + more }),
    }));

const merged = (...schemas: readonly fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> =>
  fc.tuple(...schemas).map((parts) => Object.assign({}, ...parts) as JsonObject);

const typed = (type: string): fc.Arbitrary<JsonObject> => fc.constant({ type });

const scalar = fc.jsonValue({ maxDepth: 0 }) as fc.Arbitrary<JsonValue>;

const { schema } = fc.letrec<{ schema: JsonObject; object: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthIdentifier: "schema", withCrossShrink: true },
    merged(typed("string"), bounds("minLength", "maxLength")),
    merged(typed("integer"), bounds("minimum", "maximum")),
    merged(typed("number"), bounds("minimum", "maximum")),
    typed("boolean"),
    typed("null"),
    fc.constant({ type: ["string", "null"] }),
    scalar.map((value) => ({ const: value })),
    fc.array(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
    fc.constant({ $ref: "#/$defs/thing" }),
    merged(
      typed("array"),
      tie("schema").map((items) => ({ items })),
      bounds("minItems", "maxItems"),
    ),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    tie("object"),
  ),
  object: fc
    .tuple(fc.dictionary(name, tie("schema"), { maxKeys: 4 }), fc.boolean(), fc.boolean())
    .map(([properties, all, closed]) => ({
      type: "object",
      properties,
      required: Object.keys(properties).filter((_, at) => all || at % 2 === 0),
      ...(closed && { additionalProperties: false }),
    })),
}));

const thing: JsonValue = { type: "object", properties: { id: { type: "integer" } }, required: ["id"] };

/** Schemas. */
export const schemas: fc.Arbitrary<JsonObject> = schema.map((each) => ({ ...each, $defs: { thing } }));
