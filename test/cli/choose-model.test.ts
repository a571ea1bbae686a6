import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseModel, noKeyNotice, type Choice, type Env } from "../../src/cli/choose-model.ts";
import { modelRows, modelTable } from "../../src/cli/models.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { run } from "./fake-io.ts";

const key: Env = { ANTHROPIC_API_KEY: "k" };
const rows: [flags: Parameters<typeof chooseModel>[0], env: Env, choice: Choice][] = [
  [{ model: "x" }, { ...key, COLLOQUY_MODEL: "y" }, { name: "x", by: "flag" }],
  [{}, { ...key, COLLOQUY_MODEL: "y" }, { name: "y", by: "variable" }],
  [{}, { ...key, COLLOQUY_MODEL: "" }, { name: "claude", by: "key" }],
  [{}, { ANTHROPIC_API_KEY: " " }, { name: "rehearsal", by: "nothing" }],
  [{}, {}, { name: "rehearsal", by: "nothing" }],
  [{ replay: "f" }, {}, { name: "claude", by: "replay" }],
  [{ replay: "f" }, key, { name: "claude", by: "key" }],
];

for (const [flags, env, choice] of rows) {
  test(`choose model: ${JSON.stringify(flags)} in ${JSON.stringify(env)}`, () => {
    assert.deepEqual(chooseModel(flags, env), choice);
  });
}

test("choose model: the notice names what was looked for and what answers", () => {
  assert.match(noKeyNotice(), /ANTHROPIC_API_KEY[^]*rehearsal/);
});

test("models: without a key only the rehearsal is usable, and the others say why", async () => {
  const rows = modelRows({});
  assert.deepEqual(
    rows
      .filter(({ provider }) => provider !== "rehearsal")
      .some((row) => row.name.startsWith("claude") && row.usable),
    false,
  );
  const free = rows.find(({ name }) => name === "rehearsal");
  assert.equal(free?.usable, true);
  assert.equal(free.default, true);
  const { code, out, err } = await run(["models"]);
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.ok(out.indexOf("rehearsal") < out.indexOf("Not usable"));
  assert.match(out, /set ANTHROPIC_API_KEY \(a key can be had at https:/);
  assert.match(out, /claude-3-7-sonnet-20250219 +anthropic +200k +64k +3 +15 +claude-3-7-sonnet/);
});

test("models: with a key the usable ones come first, and the default is marked", () => {
  const rows = modelRows(key);
  const usable = rows.map((row) => row.usable);
  assert.deepEqual(
    usable,
    [...usable].sort((a, b) => Number(b) - Number(a)),
  );
  assert.deepEqual(
    rows.filter((row) => row.default).map(({ name }) => name),
    [findModel("claude").record.name],
  );
  assert.match(modelTable(rows), /^\* {2}claude-/m);
});

test("models --json: an array of objects", async () => {
  const { code, out } = await run(["models", "--json"], { env: { COLLOQUY_MODEL: "no such model" } });
  assert.equal(code, 0);
  const rows = JSON.parse(out) as Record<string, unknown>[];
  const claude = rows.find(({ name }) => name === findModel("claude").record.name) ?? {};
  assert.ok((claude["aliases"] as string[]).includes("claude"));
  assert.equal(claude["usable"], false);
  assert.deepEqual(claude["keyVariables"], ["ANTHROPIC_API_KEY"]);
  assert.match(String(claude["keyUrl"]), /^https:/);
  assert.equal(typeof claude["window"], "number");
});
