import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../src/llm/json.ts";
import { userMessage } from "../../src/llm/message.ts";
import { formatSchema } from "../../src/protocols/anthropic-messages/format.ts";
import { strictSchema } from "../../src/protocols/strict-schema.ts";
import { objectSchema } from "../../src/protocols/structured/wrap.ts";
import { sample } from "../../src/providers/rehearsal/sample.ts";
import { checkValue } from "../../src/schema/schema.ts";
import { rehearsal } from "../../src/testing/index.ts";
import { schemas } from "../support/schemas.ts";

test("a sample satisfies its schema", async () => {
  await fc.assert(
    fc.asyncProperty(schemas, async (schema) => {
      assert.deepEqual(await checkValue(schema, sample(schema)), { value: sample(schema) });
    }),
    { numRuns: 300 },
  );
});

test("asked for an output, the rehearsal model answers with a sample; asked for a line, with the line", async () => {
  const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const ask = async (line: string): Promise<string> => {
    const request = { messages: [userMessage(line)], responseSchema: { schema } };
    return (await rehearsal().complete(request)).text;
  };
  assert.equal(await ask("Where were you born?"), '{"city":"rehearsal"}');
  assert.equal(await ask("echo: no"), "no");
});

const numbers: readonly (readonly [JsonObject, number])[] = [
  [{ type: "number" }, 1],
  [{ type: "integer", minimum: 5 }, 5],
  [{ type: "integer", exclusiveMinimum: 5 }, 6],
  [{ type: "integer", exclusiveMaximum: -5 }, -6],
  [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
  [{ type: "integer", minimum: 10, multipleOf: 7 }, 14],
  [{ type: "integer", maximum: 0 }, 0],
];

for (const [schema, value] of numbers) {
  test(`a number within bounds: ${JSON.stringify(schema)}`, () => assert.equal(sample(schema), value));
}

test("formats are heeded", () => {
  const dates = { type: "string", format: "date-time" };
  assert.ok(!Number.isNaN(Date.parse(sample(dates) as string)));
  assert.equal(sample({ type: "string", minLength: 12 }), "rehearsal re");
  assert.equal(sample({ type: "string", maxLength: 3 }), "reh");
});

test("schemas are put together before they are sampled", () => {
  const schema = {
    allOf: [{ $ref: "#/$defs/a~1b" }, { required: ["y"], properties: { y: { const: null } } }],
    $defs: { "a/b": { type: "object", required: ["x"], properties: { x: { enum: [3] } } } },
  };
  assert.deepEqual(sample(schema), { x: 3, y: null });
});

test("a sample ends, whatever is asked for", () => {
  const endless = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
  assert.ok(JSON.stringify(sample(endless)).length < 1000);
  const tree = { anyOf: [{ type: "array", items: { $ref: "#" }, minItems: 2 }, { type: "null" }] };
  assert.ok(JSON.stringify(sample(tree)).length < 10_000);
  let wide: JsonObject = { type: "string" };
  for (let i = 0; i < 10; i++) wide = { type: "array", items: wide, minItems: 1e9 };
  assert.ok(JSON.stringify(sample(wide)).length < 1e7);
  const bomb = {
    $ref: "#/$defs/a",
    $defs: { a: { allOf: Array.from({ length: 9 }, () => ({ $ref: "#/$defs/a" })) } },
  };
  assert.deepEqual(sample(bomb), {});
});

test("what satisfies the form that a wire takes, satisfies the schema", async () => {
  let strict = 0;
  let format = 0;
  await fc.assert(
    fc.asyncProperty(schemas, async (schema) => {
      const { schema: object } = objectSchema(schema);
      const inStrictMode = strictSchema(object);
      if (inStrictMode !== undefined) {
        strict++;
        assert.equal((await checkValue(object, sample(inStrictMode))).issues, undefined);
      }
      // Anthropic's form has no bounds, so what satisfies it may not; but all that satisfies the closed schema is said.
      const said = formatSchema(object);
      if (said !== undefined) {
        format++;
        assert.equal((await checkValue(said, sample(object))).issues, undefined);
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(strict > 20 && format > 20, `${strict} strict, ${format} said`);
});
