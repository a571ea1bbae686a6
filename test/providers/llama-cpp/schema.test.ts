import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/llm/json.ts";
import { grammarSchema } from "../../../src/providers/llama-cpp/schema.ts";

const any = {
  oneOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
    { type: "object", additionalProperties: true },
    { type: "array" },
  ],
};

const cases: readonly (readonly [string, JsonObject, object])[] = [
  [
    "an object has the members that are named, and no others",
    { type: "object", properties: { a: { type: "string", pattern: "x" } }, required: [] },
    { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
  ],
  [
    "an object without names has any",
    { type: "object" },
    { type: "object", properties: {}, additionalProperties: true },
  ],
  [
    "other members where they are asked for",
    { properties: { a: true }, additionalProperties: { type: "integer", minimum: 1 } },
    { type: "object", properties: { a: any }, additionalProperties: { type: "integer" } },
  ],
  ["nothing said is anything", {}, any],
  [
    "several types",
    { type: ["string", "null"], maxLength: 3 },
    { oneOf: [{ type: "string", maxLength: 3 }, { type: "null" }] },
  ],
  ["values", { enum: ["a", 1, null], description: "d" }, { enum: ["a", 1, null], description: "d" }],
  [
    "values that are no scalars",
    { enum: [{ a: [1] }] },
    {
      oneOf: [
        {
          type: "object",
          properties: { a: { type: "array", prefixItems: [{ const: 1 }], minItems: 1, maxItems: 1 } },
        },
      ],
    },
  ],
  ["one value", { const: null }, { const: null }],
  ["a format that is known", { type: "string", format: "date" }, { type: "string", format: "date" }],
  ["and one that is not", { type: "string", format: "uuid", minLength: 2 }, { type: "string", minLength: 2 }],
  [
    "counts, as far as the engine counts",
    {
      type: "array",
      minItems: 1000,
      maxItems: 1001,
      items: { type: "string", minLength: -1, maxLength: 0.5 },
    },
    { type: "array", minItems: 1000, items: { type: "string" } },
  ],
  [
    "alternatives share what stands beside them",
    { type: "object", properties: { a: { type: "null" } }, anyOf: [{ properties: { b: { const: 1 } } }, {}] },
    {
      oneOf: [
        {
          type: "object",
          properties: { a: { type: "null" }, b: { const: 1 } },
          additionalProperties: false,
        },
        { type: "object", properties: { a: { type: "null" } }, additionalProperties: false },
      ],
    },
  ],
  [
    "all at once",
    { allOf: [{ type: "object", properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
    { type: "object", properties: { a: { const: 1 }, b: { const: 2 } }, additionalProperties: false },
  ],
  [
    "definitions, by either name; what is not defined is anything",
    {
      type: "array",
      items: {
        oneOf: [
          { $ref: "#/definitions/t" },
          { $ref: "#/$defs/u", description: "x" },
          { $ref: "http://e.com/" },
        ],
      },
      definitions: { t: { type: "null" } },
      $defs: { u: { type: "array", items: { $ref: "#/$defs/u" } } },
    },
    {
      type: "array",
      items: { oneOf: [{ $ref: "#/$defs/t" }, { $ref: "#/$defs/u" }, any] },
      $defs: { t: { type: "null" }, u: { type: "array", items: { $ref: "#/$defs/u" } } },
    },
  ],
  [
    "definitions beside something else",
    { $ref: "#/$defs/t", $defs: { t: { type: "boolean" } } },
    { oneOf: [{ $ref: "#/$defs/t" }], $defs: { t: { type: "boolean" } } },
  ],
];

for (const [name, schema, expected] of cases) {
  test(`grammar schema: ${name}`, () => assert.deepEqual(grammarSchema(schema), expected));
}

test("grammar schema: a schema nested without end is cut, and any JSON is a schema", () => {
  let deep: JsonObject = {};
  for (let i = 0; i < 20_000; i++) deep = { type: "array", items: deep };
  JSON.stringify(grammarSchema(deep));
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom("type", "properties", "items", "enum", "anyOf", "$ref", "allOf"),
        fc.jsonValue(),
      ),
      (schema) => {
        grammarSchema(schema as JsonObject);
      },
    ),
  );
});
