import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseModel, noKeyNotice, type Choice, type Env } from "../../src/cli/choose-model.ts";
import { modelTable } from "../../src/cli/model-table.ts";
import { modelRows } from "../../src/cli/models.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { run } from "./fake-io.ts";

const key: Env = { ANTHROPIC_API_KEY: "k" };
const rows: [flags: Parameters<typeof chooseModel>[0], env: Env, choice: Choice][] = [
  [{ model: "x" }, { ...key, COLLOQUY_MODEL: "y" }, { name: "x", by: "flag" }],
  [{}, { ...key, COLLOQUY_MODEL: "y" }, { name: "y", by: "variable" }],
  [{}, { ...key, COLLOQUY_MODEL: "" }, { name: "claude", by: "key" }],
  [{}, { ANTHROPIC_API_KEY: " " }, { name: "rehearsal", by: "nothing" }],
  [{}, {}, { name: "rehearsal", by: "nothing" }],
  [{}, { GOOGLE_API_KEY: "k" }, { name: "gemini", by: "key" }],
  [{}, { GROQ_API_KEY: "k" }, { name: "groq-gpt-oss-120b", by: "key" }],
  [{}, { ...key, OPENAI_API_KEY: "k" }, { name: "claude", by: "key" }],
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

test("models: without a key only the rehearsal and local ones are usable, and the others say why", async () => {
  const rows = modelRows({});
  const usable = rows.filter((row) => row.usable);
  assert.deepEqual(
    usable.map(({ name, local }) => [name, local]),
    [
      ["rehearsal", false],
      ["llama.cpp local model", true],
    ],
  );
  assert.deepEqual(
    rows.filter((row) => row.why === undefined),
    usable,
  );
  const free = rows.find(({ name }) => name === "rehearsal");
  assert.equal(free?.usable, true);
  assert.equal(free.default, true);
  const { code, out, err } = await run(["models"]);
  assert.equal(code, 0);
  assert.equal(err, "");
  assert.ok(out.indexOf("rehearsal") < out.indexOf("Not usable"));
  assert.match(out, /set ANTHROPIC_API_KEY \(a key can be had at https:/);
  assert.match(out, /claude-3-7-sonnet-20250219 +200k +64k +3 +15 +claude-3-7-sonnet/);
});

test("models: local servers are told apart from what can surely be used", () => {
  const table = modelTable(modelRows(key));
  const at = (text: string): number => {
    assert.ok(table.includes(text), text);
    return table.indexOf(text);
  };
  assert.ok(at("\nAnthropic\n") < at("\nBuilt in\n"));
  assert.ok(at("\nBuilt in\n") < at("llama.cpp: local, if it is running\n   llama.cpp "));
  assert.ok(at("Ollama: local, if it is running\n   ollama/NAME\n") < at("Not usable, no key for OpenAI"));
});

test("models: each row is named by something that finds it, and no line is too long to read", () => {
  const rows = modelRows({});
  for (const { ask, aliases, name } of rows.filter((row) => row.provider !== "built in")) {
    for (const each of [ask, ...aliases]) assert.equal(findModel(each).record.name, name);
  }
  for (const line of modelTable(rows).split("\n")) {
    if (!line.startsWith("Not usable")) assert.ok(line.length <= 120, line);
  }
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
