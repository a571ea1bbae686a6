import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import { objectSchema, unwrapped } from "../../../src/protocols/structured/wrap.ts";
import { checkValue } from "../../../src/schema/schema.ts";

const cases: readonly (readonly [what: string, schema: JsonObject, good: JsonValue, bad: JsonValue])[] = [
  ["a list", { type: "array", items: { type: "string" } }, ["a"], [1]],
  ["a choice", { anyOf: [{ type: "object" }, { type: "null" }] }, null, 1],
  [
    "a choice of objects",
    { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { a: 1 },
    {},
  ],
  ["anything", {}, [1, { a: null }], undefined as unknown as JsonValue],
  [
    "definitions",
    {
      $ref: "#/$defs/a",
      $defs: { a: { type: "array", items: { $ref: "#/$defs/b" } }, b: { type: "number" } },
    },
    [1],
    ["1"],
  ],
  ["the root again", { type: ["array", "null"], items: { $ref: "#" } }, [[], [null]], [[], [1]]],
  [
    "a place below the root",
    { type: "array", prefixItems: [{ type: "string" }], items: { $ref: "#/prefixItems/0" } },
    ["a", "b"],
    ["a", 1],
  ],
  [
    "the root in a definition",
    { type: "array", items: { $ref: "#/$defs/more" }, $defs: { more: { $ref: "#" } } },
    [[[]]],
    [[1]],
  ],
  ["a reference that is none", { const: { $ref: "#" } }, { $ref: "#" }, { $ref: "#/properties/value" }],
];

for (const [what, schema, good, bad] of cases) {
  test(`wrapped, a schema means the same: ${what}`, async () => {
    const { schema: wrapped, wrapped: is } = objectSchema(schema);
    assert.equal(is, true);
    assert.equal(wrapped["type"], "object");
    assert.equal((await checkValue(schema, good)).issues, undefined);
    assert.equal((await checkValue(wrapped, { value: good })).issues, undefined);
    assert.notEqual((await checkValue(wrapped, { value: bad })).issues, undefined);
    assert.notEqual((await checkValue(wrapped, good)).issues, undefined);
    assert.deepEqual(JSON.parse(unwrapped(JSON.stringify({ value: good }))), good);
  });
}

test("an object is not wrapped", () => {
  const schema = { type: "object", properties: { value: { type: "string" } } };
  assert.deepEqual(objectSchema(schema), { schema, wrapped: false });
});

test("what is not wrapped as it should be stays as it is", () => {
  for (const text of ["", "no", '{"value":', '{"value":1,"more":2}', "[1]", '{"other":1}'])
    assert.equal(unwrapped(text), text);
  assert.equal(unwrapped('```json\n{"value": [1]}\n```'), "[1]");
});
