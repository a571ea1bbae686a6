import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { models, providers } from "../../src/providers/catalogue.ts";
import { findModel, findProvider } from "../../src/providers/lookup.ts";
import { openModel } from "../../src/providers/open-model.ts";

function unknown(name: string): ConfigurationError {
  try {
    openModel(name, { apiKey: "k" });
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  return assert.fail(`${name} was found`);
}

test("each name and alias finds its model, alone and behind its provider", () => {
  const seen = new Set<string>();
  for (const record of models) {
    for (const name of [record.name, ...record.aliases]) {
      assert.ok(!seen.has(name), `${name} stands twice`);
      seen.add(name);
      assert.equal(findModel(name).record, record);
      assert.equal(findModel(`${record.provider}/${name}`).record, record);
      assert.equal(openModel(name, { apiKey: "k" }).info.name, record.name);
    }
    assert.equal(findProvider(record.provider).id, record.provider);
  }
  for (const name of ["claude", "claude-3-5-haiku", "claude-3-5-sonnet", "claude-3-7-sonnet-20250219"]) {
    assert.ok(seen.has(name), `${name} is a name that users know`);
  }
});

test("an unknown model names those that look like it", () => {
  const error = unknown("claude-opus5");
  assert.equal(error.code, "unknown-model");
  assert.ok(error.candidates.includes("claude-opus-5"), error.message);
  assert.match(error.message, /unknown model "claude-opus5"; names like it: .*claude-opus-5/);
  assert.ok(unknown("rehersal").candidates.includes("rehearsal"));
  assert.ok(unknown("CLAUDE").candidates.includes("claude"));
});

test("names that are no model's: empty, long, of the prototype, another provider's", () => {
  for (const name of [
    "",
    " ",
    "x".repeat(100_000),
    "constructor",
    "__proto__",
    "openai/claude",
    "anthropic/",
    "claude ",
  ]) {
    const error = unknown(name);
    assert.equal(error.code, "unknown-model");
    assert.equal(error.candidates.length, 3);
  }
});

test("every provider says where a key is had and which variable holds it", () => {
  for (const provider of providers) {
    assert.ok(URL.canParse(provider.baseUrl));
    assert.doesNotMatch(provider.baseUrl, /\/$/);
    if (provider.auth !== "none") assert.ok(provider.keyVariables.length > 0);
  }
});
