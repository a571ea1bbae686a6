import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loosened } from "../../../src/agent/mcp/loosened.ts";
import { McpError } from "../../../src/agent/mcp/error.ts";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import { checkValue } from "../../../src/schema/schema.ts";
import { mcpBench, raw } from "./bench.ts";

test("few tools are given as they are, many as two that ask for them", async (t) => {
  const small = await mcpBench(t, [raw("good")]);
  const few = await small.mcp.tools();
  assert.deepEqual(
    few.map(({ name }) => name),
    ["mcp__raw__say", "mcp__raw__other"],
  );
  assert.equal((await small.run(few[0], { text: "hi" })).text, 'you said {"text":"hi"}');
  const large = await mcpBench(t, [raw("many")]);
  const two = await large.mcp.tools();
  assert.deepEqual(
    two.map(({ name, readOnly }) => [name, readOnly]),
    [
      ["mcp_tools", true],
      ["mcp_call", false],
    ],
  );
  // What the two take of a window does not grow with what is behind them.
  const size = JSON.stringify(two.map(({ description, inputSchema }) => [description, inputSchema])).length;
  assert.ok(size < 2000, `${size} characters`);
});

test("a server that is slow does not hold up the rest", async (t) => {
  const { mcp, clock } = await mcpBench(t, [raw("silent")]);
  const asked = mcp.tools({ waitMs: 5000 });
  await clock.set(5000);
  clock.advance(5000);
  assert.deepEqual(
    (await asked).map(({ name }) => name),
    ["mcp_tools", "mcp_call"],
  );
});

test("what a server says of its tools' effects is not believed", async (t) => {
  const { mcp } = await mcpBench(t, [raw("read-only")]);
  const [tool] = await mcp.tools();
  assert.equal(tool?.name, "mcp__raw__wipe");
  assert.deepEqual([tool?.readOnly, tool?.idempotent], [false, false]);
});

test("a server cannot shadow our tools", async (t) => {
  const { mcp } = await mcpBench(t, [raw("shadow")]);
  assert.deepEqual(
    (await mcp.tools()).map(({ name }) => name),
    ["mcp__raw__shell", "mcp__raw__mcp_call", "mcp__raw__read"],
  );
});

test("what is not there is said, with what is", async (t) => {
  const { call, list } = await mcpBench(t, [raw("good")]);
  await assert.rejects(
    call("sy"),
    (error) => error instanceof McpError && /has no tool "sy"; it has: say, other/.test(error.message),
  );
  await assert.rejects(list({ server: "x" }), /there is no server "x"; there are: servers: raw/);
  assert.equal(
    await list({ query: "does SAY" }),
    "server raw: 1 of 2 tools, in its own words\n  say: Does say.",
  );
});

test("arguments are looked at before they are sent", async (t) => {
  const { call } = await mcpBench(t, [raw("good")]);
  await assert.rejects(
    call("say", { text: 5 }),
    (error) =>
      error instanceof McpError &&
      error.kind === "invalid-input" &&
      /text: must be string.*\nIts schema: /.test(error.message),
  );
});

const schema = fc.letrec<{ any: JsonValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<JsonValue>(
      { type: "string" },
      { type: "number", minimum: 3 },
      { const: "a" },
      true,
      { pattern: "^a+$" },
      { $ref: "#" },
      { $ref: "#/$defs/one" },
      { $ref: "https://example.com/x" },
    ),
    fc.record({
      properties: fc.record({ a: tie("any"), b: tie("any") }),
      required: fc.subarray(["a", "b"]),
    }) as fc.Arbitrary<JsonValue>,
    fc.record({
      patternProperties: fc.record({ "^x": tie("any") }),
      additionalProperties: fc.boolean(),
    }) as fc.Arbitrary<JsonValue>,
    fc.record({ anyOf: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<JsonValue>,
    fc.record({ oneOf: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<JsonValue>,
    fc.record({ allOf: fc.array(tie("any"), { minLength: 1, maxLength: 2 }) }) as fc.Arbitrary<JsonValue>,
    fc.record({ not: tie("any") }) as fc.Arbitrary<JsonValue>,
    fc.record({ if: tie("any"), else: tie("any") }) as fc.Arbitrary<JsonValue>,
    fc.record({ items: tie("any"), uniqueItems: fc.boolean() }) as fc.Arbitrary<JsonValue>,
    fc.record({
      $ref: fc.constant("#/$defs/one"),
      properties: fc.record({ a: tie("any") }),
    }) as fc.Arbitrary<JsonValue>,
  ),
}));

test("a schema made safe accepts all that the server's own accepts, and has nothing that costs", async () => {
  const letter = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom("a", "aa", "b", 1, 5, true, null),
      fc.dictionary(fc.constantFrom("a", "b", "x1"), tie("any"), { maxKeys: 3 }),
      fc.array(tie("any"), { maxLength: 3 }),
    ),
  })).any as fc.Arbitrary<JsonValue>;
  const value = fc.dictionary(fc.constantFrom("a", "b", "x1"), letter, { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(schema.any, schema.any, value, async (inner, one, given) => {
      const root = {
        type: "object",
        properties: { a: inner, b: one },
        allOf: [one],
        $defs: { one },
      } as JsonObject;
      const safe = loosened(root);
      assert.doesNotMatch(JSON.stringify(safe), /"(?:pattern|patternProperties|\$ref|uniqueItems)":/);
      const loose = await checkValue(safe, given);
      if (loose.issues === undefined) return;
      // What the safe one refuses, the server's own refuses too; where it cannot say, nothing is claimed.
      const strict = await Promise.resolve(checkValue(root, given)).catch(() => undefined);
      if (strict !== undefined) assert.notEqual(strict.issues, undefined, JSON.stringify(safe));
    }),
    { numRuns: 300 },
  );
});
