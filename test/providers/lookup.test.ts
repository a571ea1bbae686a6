import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { isFree } from "../../src/llm/money.ts";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import { findModel, findProvider, shortName } from "../../src/providers/lookup.ts";
import { openModel } from "../../src/providers/open-model.ts";

const { models, providers } = catalogue;

function unknown(name: string): ConfigurationError {
  try {
    openModel(name, { apiKey: "k" });
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  return assert.fail(`${name} was found`);
}

test("each alias, and each name behind its provider, finds its model", () => {
  const seen = new Set<string>();
  for (const record of models) {
    assert.equal(findModel(`${record.provider}/${record.name}`).record, record);
    for (const alias of record.aliases) {
      assert.ok(!seen.has(alias), `${alias} stands twice`);
      seen.add(alias);
      assert.equal(findModel(alias).record, record);
      assert.equal(findModel(`${record.provider}/${alias}`).record, record);
    }
    assert.equal(findModel(shortName(record)).record, record);
    assert.equal(findProvider(record.provider).id, record.provider);
    assert.equal(openModel(shortName(record), { apiKey: "k" }).info.name, record.name);
  }
  assert.equal(new Set(models.map(({ provider, name }) => `${provider}/${name}`)).size, models.length);
});

test("a plain name finds its model alone, where it has no namesake", () => {
  for (const record of models) {
    const namesakes = models.filter(({ name }) => name === record.name);
    if (record.name.includes("/") || namesakes.length > 1) continue;
    assert.equal(findModel(record.name).record, record);
  }
});

test("a name that begins with a provider's id is that provider's, though others use it for a model of theirs", () => {
  const { record, provider } = findModel("openai/gpt-oss-120b");
  assert.equal(provider.id, "openai");
  assert.equal(record.prices, undefined);
  assert.equal(findModel("groq/openai/gpt-oss-120b").provider.id, "groq");
  assert.equal(findModel("together/openai/gpt-oss-120b").provider.id, "together");
});

test("a name that several providers have is not guessed at", () => {
  const twice = [...models.slice(0, 1), { ...models[0], provider: "openai", aliases: [] }] as typeof models;
  const [record] = twice;
  assert.throws(
    () => findModel(record?.name ?? "", { providers, models: twice }),
    (error: ConfigurationError) => {
      assert.equal(error.code, "unknown-model");
      assert.deepEqual(error.candidates, [`anthropic/${record?.name}`, `openai/${record?.name}`]);
      return true;
    },
  );
  assert.equal(findModel("claude", { providers, models: twice }).record, record);
});

const unlisted: readonly (readonly [string, provider: string, name: string])[] = [
  ["openrouter/qwen/qwen3-coder-next", "openrouter", "qwen/qwen3-coder-next"],
  ["ollama/llama3.2", "ollama", "llama3.2"],
  [
    "ollama/hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
    "ollama",
    "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
  ],
  ["openai/gpt-whatever", "openai", "gpt-whatever"],
  ["llama.cpp/any", "llama.cpp", "any"],
  ["anthropic/claude-opus-9", "anthropic", "claude-opus-9"],
  ["gemini/gemini-flash-latest", "gemini", "gemini-flash-latest"],
];

for (const [given, provider, name] of unlisted) {
  test(`${given}: a model that we do not list is its provider's affair`, () => {
    const { record } = findModel(given);
    assert.equal(record.provider, provider);
    assert.equal(record.name, name);
    assert.equal(record.window, undefined);
    assert.equal(record.maxOutput, undefined);
    const local = provider === "ollama" || provider === "llama.cpp";
    assert.equal(record.prices !== undefined && isFree(record.prices), local);
    assert.equal(record.prices === undefined, !local);
    const { info } = openModel(given, { apiKey: "k" });
    assert.deepEqual([info.provider, info.name, info.window], [provider, name, undefined]);
  });
}

test("an unknown model names those that look like it", () => {
  const error = unknown("claude-opus5");
  assert.equal(error.code, "unknown-model");
  assert.ok(error.candidates.includes("claude-opus-5"), error.message);
  assert.match(error.message, /unknown model "claude-opus5"; names like it: .*claude-opus-5/);
  assert.ok(unknown("rehersal").candidates.includes("rehearsal"));
  assert.ok(unknown("CLAUDE").candidates.includes("claude"));
  assert.ok(unknown("together-lama3-70b").candidates.includes("together-llama3-70b"));
});

test("names that are no model's: empty, long, of the prototype, without a provider that we know", () => {
  for (const name of [
    "",
    " ",
    "x".repeat(100_000),
    "constructor",
    "__proto__",
    "nobody/claude",
    "OpenAI/gpt-4.1",
    "anthropic/",
    "/claude",
    "claude ",
    "openai/ gpt",
    "openai/gpt\n",
    "openai/gpt\u0000",
    `openai/${"x".repeat(1000)}`,
  ]) {
    const error = unknown(name);
    assert.equal(error.code, "unknown-model", name);
    assert.equal(error.candidates.length, 3);
  }
});
