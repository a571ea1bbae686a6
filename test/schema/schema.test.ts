import { toStandardJsonSchema } from "@valibot/to-json-schema";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { describeIssues } from "../../src/llm/issue.ts";
import type { JsonObject } from "../../src/llm/json.ts";
import { checkValue, jsonSchemaOf, type Schema } from "../../src/schema/schema.ts";

const json = {
  type: "object",
  properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
  required: ["name"],
} as const satisfies JsonObject;

const schemas: readonly (readonly [name: string, schema: Schema])[] = [
  ["zod", z.object({ name: z.string(), tags: z.array(z.string()).optional() })],
  ["arktype", type({ name: "string", "tags?": "string[]" })],
  ["valibot", toStandardJsonSchema(v.object({ name: v.string(), tags: v.optional(v.array(v.string())) }))],
  ["JSON Schema", json],
  ["draft-07", { $schema: "http://json-schema.org/draft-07/schema#", ...json }],
];

for (const [name, schema] of schemas) {
  test(`${name}: a schema gives its JSON Schema, and checks a value`, async () => {
    assert.deepEqual(jsonSchemaOf(schema), json);
    assert.equal(jsonSchemaOf(schema), jsonSchemaOf(schema), "made once");
    const good = { name: "a", tags: ["b"] };
    assert.deepEqual(await checkValue(schema, good), { value: good });
    const { issues } = await checkValue(schema, { name: "a", tags: ["b", 1] });
    assert.equal(issues?.length, 1);
    assert.deepEqual(issues[0]?.path, ["tags", 1]);
    assert.match(issues[0].message, /string/i);
    assert.notEqual((await checkValue(schema, [])).issues, undefined);
    assert.notEqual((await checkValue(schema, undefined)).issues, undefined);
  });
}

test("what a model writes is a schema's input, and what the caller gets is its output", async () => {
  const schema = z.object({ day: z.string().transform((text) => new Date(text)) });
  assert.deepEqual(jsonSchemaOf(schema), {
    type: "object",
    properties: { day: { type: "string" } },
    required: ["day"],
  });
  const checked = await checkValue(schema, { day: "2026-11-21" });
  assert.ok(checked.issues === undefined);
  assert.ok(checked.value.day instanceof Date);
});

test("a schema that answers later is waited for", async () => {
  const schema = z.string().refine(async (text) => Promise.resolve(text === "yes"), "must be yes");
  assert.deepEqual(await checkValue(schema, "yes"), { value: "yes" });
  assert.deepEqual((await checkValue(schema, "no")).issues, [{ path: [], message: "must be yes" }]);
});

test("a schema that cannot be written as JSON Schema says what to do", () => {
  const says = (schema: Schema, message: RegExp): void =>
    assert.throws(() => jsonSchemaOf(schema), {
      name: "ConfigurationError",
      code: "invalid-option",
      message,
    });
  says(v.object({}), /valibot.*toStandardJsonSchema/);
  says(z.object({ when: z.date() }), /zod.*Date/);
  says("nonsense" as unknown as Schema, /Standard Schema.*JSON Schema object/);
  says([] as unknown as Schema, /Standard Schema/);
  says(null as unknown as Schema, /Standard Schema/);
});

test("what JSON Schema leaves open is left open", async () => {
  const schema = { "x-mine": true, type: "string", format: "no-such-format", deprecated: true };
  assert.deepEqual(await checkValue(schema, "text"), { value: "text" });
});

test("drafts differ, and $schema says which one is meant", async () => {
  const tuple = { items: [{ type: "string" }], additionalItems: false };
  const draft7 = { $schema: "http://json-schema.org/draft-07/schema#", ...tuple };
  assert.equal((await checkValue(draft7, ["a"])).issues, undefined);
  assert.equal((await checkValue(draft7, ["a", 1])).issues?.length, 1);
  await assert.rejects(async () => checkValue(tuple, ["a"]), ConfigurationError);
  const prefix = { prefixItems: [{ type: "string" }], items: false };
  assert.equal((await checkValue(prefix, ["a", 1])).issues?.length, 1);
  const other = { $schema: "http://json-schema.org/draft-04/schema#" };
  await assert.rejects(async () => checkValue(other, 1), /draft-04.*known are draft 2020-12 and draft-07/);
});

test("schemas that refer to themselves are checked as deep as the value goes", async () => {
  const tree = {
    type: "object",
    properties: { next: { $ref: "#" } },
    required: [],
    additionalProperties: false,
  };
  assert.deepEqual((await checkValue(tree, { next: { next: { no: 1 } } })).issues, [
    { path: ["next", "next"], message: 'must NOT have additional properties: "no"' },
  ]);
});

test("a schema is compiled once, as it was, whatever becomes of the object", async () => {
  const schema: { type: string; minLength?: number } = { type: "string" };
  assert.equal((await checkValue(schema, "")).issues, undefined);
  schema.minLength = 5;
  assert.equal((await checkValue(schema, "")).issues, undefined);
});

test("schemas of one name do not meet", async () => {
  const one = { $id: "urn:test:x", $defs: { a: { $id: "urn:test:y", type: "string" } }, $ref: "urn:test:y" };
  const two = { $id: "urn:test:x", type: "number" };
  assert.equal((await checkValue(one, "text")).issues, undefined);
  assert.equal((await checkValue(two, 1)).issues, undefined);
  await assert.rejects(
    async () => checkValue({ $ref: "urn:test:y" }, 1),
    /can't resolve reference urn:test:y/,
  );
  await assert.rejects(
    async () => checkValue({ $ref: "urn:test:x" }, 1),
    /can't resolve reference urn:test:x/,
  );
});

function nested(levels: number): JsonObject {
  let schema: JsonObject = { type: "string" };
  for (let i = 0; i < levels; i++) schema = { type: "array", items: schema };
  return schema;
}

const circle: { [key: string]: JsonObject } = {};
circle["not"] = circle;

const wide = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`p${i}`, { type: "string" }]));

const hostile: readonly (readonly [what: string, schema: JsonObject, message: RegExp])[] = [
  ["deep", nested(5000), /levels deep/],
  ["a circle", circle, /contains itself/],
  ["huge", { properties: wide }, /more than 50000 values/],
  ["__proto__ as a property", JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), /`__proto__`/],
  ["__proto__ as a member", JSON.parse('{"__proto__":{"type":"string"}}'), /`__proto__`/],
  ["__proto__ required", { required: ["__proto__"] }, /`__proto__`/],
  ["a remote reference", { $ref: "http://127.0.0.1:9/schema.json" }, /can't resolve reference http/],
  ["a missing reference", { $ref: "#/$defs/none" }, /can't resolve reference/],
  ["a reference to nothing but itself", { $ref: "#" }, /without end/],
  ["a wrong type", { type: "text" }, /type/],
  ["a wrong pattern", { type: "string", pattern: "(" }, /Invalid regular expression/],
  ["a function", { type: (() => "string") as unknown as string }, /a function/],
  ["NaN", { minimum: Number.NaN }, /NaN/],
  ["an array as $schema", { $schema: [] }, /\$schema/],
];

for (const [what, schema, message] of hostile) {
  test(`a hostile schema is refused: ${what}`, async () => {
    await assert.rejects(async () => checkValue(schema, { a: 1 }), { name: "ConfigurationError", message });
  });
}

test("a schema that asks for promises is checked as any other", async () => {
  assert.equal((await checkValue({ $async: true, type: "string" }, 1)).issues?.length, 1);
});

test("what a value has from its prototype is not in it", async () => {
  const schema = { type: "object", properties: { constructor: { type: "string" } }, required: ["toString"] };
  assert.deepEqual((await checkValue(schema, {})).issues, [
    { path: [], message: "must have required property 'toString'" },
  ]);
});

test("a value may be hostile, too", async () => {
  const value = JSON.parse('{"__proto__":{"name":"x"},"constructor":1}') as unknown;
  assert.deepEqual((await checkValue(json, value)).issues, [
    { path: [], message: "must have required property 'name'" },
  ]);
  const closed = { type: "object", additionalProperties: false };
  assert.equal((await checkValue(closed, value)).issues?.length, 2);
});

test("issues are told with their places, and never by the hundred", async () => {
  const schema = { type: "array", items: { enum: ["a", "b"] } };
  const { issues } = await checkValue(
    schema,
    Array.from({ length: 500 }, () => 1),
  );
  assert.equal(issues?.length, 20);
  assert.equal(
    describeIssues([...issues.slice(0, 1), { path: ["a", "b c", 0, "d"], message: "is odd" }]),
    '[0]: must be equal to one of the allowed values: ["a","b"]\na["b c"][0].d: is odd',
  );
});
