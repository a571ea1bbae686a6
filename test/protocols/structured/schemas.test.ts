import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../src/llm/json.ts";
import { formatSchema } from "../../../src/protocols/anthropic-messages/format.ts";
import { strictSchema } from "../../../src/protocols/strict-schema.ts";

const text = { type: "string" };
const closed = { additionalProperties: false };
const object = (properties: JsonObject, required = Object.keys(properties)): JsonObject => ({
  type: "object",
  properties,
  required,
});
const nested = (levels: number): JsonObject => object({ a: levels === 1 ? text : nested(levels - 1) });
const properties = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, text]));

test("strict mode: all objects are closed, on a copy", () => {
  const inner = object({ b: text });
  const schema = object({ a: { type: "array", items: inner }, c: { anyOf: [inner, { type: "null" }] } });
  const before = structuredClone(schema);
  const strictInner = { ...inner, ...closed };
  assert.deepEqual(strictSchema(schema), {
    ...object({
      a: { type: "array", items: strictInner },
      c: { anyOf: [strictInner, { type: "null" }] },
    }),
    ...closed,
  });
  assert.deepEqual(schema, before);
});

test("strict mode: definitions and references are taken, and closed as well", () => {
  const schema = { ...object({ a: { $ref: "#/$defs/x" } }), $defs: { x: object({ b: text }) } };
  assert.deepEqual(strictSchema(schema), {
    ...schema,
    ...closed,
    $defs: { x: { ...object({ b: text }), ...closed } },
  });
});

test("strict mode: a definition named like a keyword is a schema", () => {
  const schema = {
    ...object({ properties: { $ref: "#/$defs/enum" } }),
    $defs: { enum: object({ type: text }) },
  };
  assert.deepEqual(strictSchema(schema), {
    ...schema,
    ...closed,
    $defs: { enum: { ...object({ type: text }), ...closed } },
  });
});

const lax: readonly (readonly [what: string, schema: JsonObject])[] = [
  ["a member that need not be there", object({ a: text, b: text }, ["a"])],
  ["no word on what is required", { type: "object", properties: { a: text } }],
  ["free keys", object({ a: { type: "object", additionalProperties: text } })],
  ["open by its own word", { ...object({ a: text }), additionalProperties: true }],
  ["no members", { type: "object" }],
  ["a length", object({ a: { type: "string", minLength: 1 } })],
  ["a format that it does not know", object({ a: { type: "string", format: "uri" } })],
  ["allOf", object({ a: { allOf: [text] } })],
  ["oneOf", object({ a: { oneOf: [text] } })],
  ["a tuple", object({ a: { type: "array", prefixItems: [text] } })],
  ["anything", object({ a: {} })],
  ["true", object({ a: true })],
  ["a default", object({ a: { type: "string", default: "x" } })],
  ["a reference that is not alone", object({ a: { $ref: "#", description: "more" } })],
  ["a choice at the root", { ...object({ a: text }), anyOf: [{}] }],
  ["a list at the root", { type: "array", items: text }],
  ["eleven levels", nested(11)],
  ["too many members", object(properties(5001))],
  ["too many values", object({ a: { enum: Array.from({ length: 1001 }, (_, i) => i) } })],
  ["too long", object({ a: { type: "string", description: "x".repeat(120_000) } })],
];

for (const [what, schema] of lax) {
  test(`strict mode is not asked for with ${what}`, () => assert.equal(strictSchema(schema), undefined));
}

test("strict mode takes what is just within its limits", () => {
  assert.notEqual(strictSchema(nested(10)), undefined);
  assert.notEqual(strictSchema(object(properties(2000))), undefined);
});

test("Anthropic: objects are closed, bounds are said in words, remarks are left out", () => {
  const schema = object(
    {
      name: { type: "string", minLength: 1, maxLength: 9, description: "Of the city." },
      tags: { type: "array", items: { type: "string", pattern: "^x" }, minItems: 2, $comment: "none" },
      day: { type: "string", format: "date" },
      site: { type: "string", format: "iri" },
      one: { oneOf: [{ type: "null" }, { type: "number", minimum: 0 }] },
    },
    ["name"],
  );
  assert.deepEqual(formatSchema(schema), {
    ...object(
      {
        name: { type: "string", description: "Of the city. {minLength: 1, maxLength: 9}" },
        tags: {
          type: "array",
          items: { type: "string", description: '{pattern: "^x"}' },
          description: "{minItems: 2}",
        },
        day: { type: "string", format: "date" },
        site: { type: "string", description: '{format: "iri"}' },
        one: { anyOf: [{ type: "null" }, { type: "number", description: "{minimum: 0}" }] },
      },
      ["name"],
    ),
    ...closed,
  });
});

test("Anthropic: a schema in its own words stays as it is", () => {
  const schema = {
    ...object({ a: { $ref: "#/$defs/x" }, b: { $ref: "#/$defs/x" } }),
    ...closed,
    $defs: { x: { ...object({ c: { type: ["string", "null"] } }), ...closed } },
  };
  assert.deepEqual(formatSchema(schema), schema);
  assert.equal(JSON.stringify(formatSchema(schema)), JSON.stringify(schema));
});

const unsaid: readonly (readonly [what: string, schema: JsonObject])[] = [
  ["free keys", object({ a: { type: "object", additionalProperties: text } })],
  ["an object of any members", object({ a: { type: "object" } })],
  ["anything", object({ a: {} })],
  ["a condition", { ...object({ a: text }), if: {} }],
  ["a tuple", object({ a: { type: "array", prefixItems: [text] } })],
  ["a reference to itself", object({ a: { $ref: "#" } })],
  [
    "definitions that lead back",
    {
      ...object({ a: { $ref: "#/$defs/x" } }),
      $defs: { x: object({ b: { $ref: "#/$defs/y" } }), y: { anyOf: [{ $ref: "#/$defs/x" }] } },
    },
  ],
  ["a reference to nowhere", object({ a: { $ref: "#/$defs/none" } })],
  ["a reference to elsewhere", object({ a: { $ref: "https://example.com/x" } })],
  ["25 members that need not be there", object(properties(25), [])],
  [
    "17 choices",
    object(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`p${i}`, { type: ["string", "null"] }]))),
  ],
  ["a list at the root", { type: "array", items: text }],
];

for (const [what, schema] of unsaid) {
  test(`Anthropic cannot be told ${what}`, () => assert.equal(formatSchema(schema), undefined));
}
