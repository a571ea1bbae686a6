import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { configurationFile, loadCatalogue } from "../../src/cli/catalogue.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import type { JsonValue } from "../../src/llm/json.ts";
import { isFree } from "../../src/llm/money.ts";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import { mergeCatalogue } from "../../src/providers/catalogue/merge.ts";
import { CatalogueError } from "../../src/providers/catalogue/shape.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { openModel } from "../../src/providers/open-model.ts";
import type { Catalogue } from "../../src/providers/provider.ts";
import { run } from "../cli/fake-io.ts";

const merge = (overrides: JsonValue): Catalogue => mergeCatalogue(catalogue, overrides, "models.json");

test("nothing said changes nothing", () => {
  assert.deepEqual(merge({}), catalogue);
  assert.deepEqual(merge({ providers: [], models: [], prices: {} }), catalogue);
});

test("a provider and a model of the user's own", () => {
  const own = merge({
    providers: [
      {
        id: "house",
        protocol: "openai-chat",
        baseUrl: "https://llm.example/v1/",
        keyVariables: ["HOUSE_KEY"],
        dialect: { maxTokens: "max_completion_tokens", usageOnRequest: false },
        families: [{ prefix: "thinker", thinking: "adaptive" }],
        thinking: "none",
      },
    ],
    models: [
      {
        provider: "house",
        name: "butler-7b",
        aliases: ["butler"],
        window: 32_000,
        maxOutput: 4000,
        prices: {
          rates: { input: "0.10", output: "0.40" },
          tiers: [{ above: 16_000, rates: { input: "0.20" } }],
        },
      },
    ],
  });
  const { record, provider } = findModel("butler", own);
  assert.equal(provider.baseUrl, "https://llm.example/v1");
  assert.equal(provider.name, "house");
  assert.equal(provider.auth, "bearer");
  assert.deepEqual(provider.dialect, { maxTokens: "max_completion_tokens", usageOnRequest: false });
  assert.equal(record.thinking, "none");
  assert.equal(findModel("house/thinker-1", own).record.thinking, "adaptive");
  const { info } = openModel("butler", { catalogue: own, env: { HOUSE_KEY: "k" } });
  assert.deepEqual([info.name, info.window, info.maxOutput], ["butler-7b", 32_000, 4000]);
  assert.equal(info.prices?.rates.output, "0.40");
  assert.throws(
    () => openModel("butler", { catalogue: own, env: {} }),
    (error: ConfigurationError) => error.code === "missing-key" && error.candidates[0] === "HOUSE_KEY",
  );
  assert.throws(() => openModel("butler"), ConfigurationError);
});

test("a record that we have is changed only where something is said", () => {
  const own = merge({
    providers: [{ id: "llama.cpp", baseUrl: "http://192.168.0.7:9000/v1" }],
    models: [{ provider: "anthropic", name: "claude-opus-5", aliases: ["claude"], maxOutput: 1000 }],
  });
  const { record, provider } = findModel("llama.cpp", own);
  assert.equal(provider.baseUrl, "http://192.168.0.7:9000/v1");
  assert.equal(provider.auth, "none");
  assert.ok(record.prices !== undefined && isFree(record.prices));
  const claude = findModel("claude", own).record;
  assert.deepEqual([claude.name, claude.maxOutput, claude.window], ["claude-opus-5", 1000, 1_000_000]);
  assert.deepEqual(claude.aliases, ["claude-opus", "claude"]);
  assert.deepEqual(claude.prices, findModel("claude-opus").record.prices);
  assert.deepEqual(findModel("claude-sonnet-4-6", own).record.aliases, ["claude-sonnet"]);
  assert.equal(findModel("claude").record.name, "claude-sonnet-4-6", "ours is as it was");
});

test("a provider without keys is asked without one, and a local one is free", () => {
  const own = merge({
    providers: [
      { id: "shed", protocol: "openai-chat", baseUrl: "http://127.0.0.1:1/v1", local: true },
      { id: "open", protocol: "gemini", baseUrl: "http://127.0.0.1:2" },
    ],
    models: [{ provider: "shed", name: "m" }],
  });
  const { prices } = openModel("shed/m", { catalogue: own, env: {} }).info;
  assert.ok(prices !== undefined && isFree(prices));
  assert.ok(openModel("shed/other", { catalogue: own, env: {} }).info.prices !== undefined);
  assert.equal(openModel("open/m", { catalogue: own, env: {} }).info.prices, undefined);
});

test("prices alone: by alias, by both names, of a model that we do not list", () => {
  const prices = {
    rates: { input: "1", output: "2.123456" },
    webSearch: "0.005",
    date: "2026-01-02",
    source: "me",
  };
  const own = merge({
    prices: { deepseek: prices, "openrouter/qwen/qwen3-coder": prices, "openai/gpt-9": prices },
  });
  for (const name of ["deepseek-v4-pro", "openrouter/qwen/qwen3-coder", "openai/gpt-9"]) {
    assert.deepEqual(findModel(name, own).record.prices, prices);
  }
  assert.equal(findModel("openai/gpt-9", own).provider.protocol, "openai-chat");
  assert.equal(findModel("deepseek", own).record.window, 1_000_000);
});

const model = { provider: "openai", name: "x" };
const provider = { id: "x", protocol: "openai-chat", baseUrl: "http://x" };
const mistakes: readonly (readonly [JsonValue, path: string, problem: RegExp])[] = [
  [[], "$", /must be an object, not a list/],
  [null, "$", /not null/],
  [{ model: [] }, "$", /"model" is not known here; known: providers, models, prices/],
  [{ models: {} }, "$.models", /must be a list/],
  [{ models: [model, 1] }, "$.models[1]", /must be an object, not a number/],
  [{ models: [{ name: "x" }] }, "$.models[0]", /"provider" is missing/],
  [{ models: [{ provider: "openai" }] }, "$.models[0]", /"name" is missing/],
  [{ models: [{ ...model, provider: "nobody" }] }, "$.models[0].provider", /no provider "nobody"/],
  [{ models: [{ ...model, Window: 1 }] }, "$.models[0]", /"Window" is not known/],
  [{ models: [{ ...model, window: "1" }] }, "$.models[0].window", /whole number above 0/],
  [{ models: [{ ...model, window: 0.5 }] }, "$.models[0].window", /whole number above 0/],
  [
    { models: [{ ...model, thinking: "hard" }] },
    "$.models[0].thinking",
    /one of "budget", "adaptive", "none"/,
  ],
  [
    { models: [{ ...model, aliases: ["a", ""] }] },
    "$.models[0].aliases[1]",
    /must be a text, not an empty one/,
  ],
  [
    { models: [{ ...model, dialect: { anyTool: 1 } }] },
    "$.models[0].dialect.anyTool",
    /one of "required", "any"/,
  ],
  [{ models: [{ ...model, dialect: { odd: 1 } }] }, "$.models[0].dialect", /"odd" is not known/],
  [{ models: [{ ...model, prices: {} }] }, "$.models[0].prices", /"rates" is missing/],
  [
    { models: [{ ...model, prices: { rates: { input: 3 } } }] },
    "$.models[0].prices.rates.input",
    /decimal number of dollars as a text/,
  ],
  [{ prices: { "openai/x": { rates: { input: "-1" } } } }, '$.prices["openai/x"].rates.input', /decimal/],
  [
    { prices: { "openai/x": { rates: { input: "0.0000001" } } } },
    '$.prices["openai/x"].rates.input',
    /6 places/,
  ],
  [
    { prices: { "openai/x": { rates: { inptu: "1" } } } },
    '$.prices["openai/x"].rates',
    /"inptu" is not known/,
  ],
  [{ prices: { nobody: { rates: {} } } }, "$.prices.nobody", /write it as PROVIDER\/NAME/],
  [
    { prices: { "openai/x": { rates: {}, tiers: [{ above: -1, rates: {} }] } } },
    '$.prices["openai/x"].tiers[0].above',
    /above 0/,
  ],
  [{ providers: [{ ...provider, id: "a/b" }] }, "$.providers[0].id", /neither spaces nor slashes/],
  [{ providers: [{ ...provider, baseUrl: "ftp://x" }] }, "$.providers[0].baseUrl", /http or https URL/],
  [{ providers: [{ id: "x", baseUrl: "http://x" }] }, "$.providers[0]", /"protocol" is missing/],
  [{ providers: [{ ...provider, protocol: "smoke" }] }, "$.providers[0].protocol", /must be one of/],
  [{ providers: [{ ...provider, auth: "basic" }] }, "$.providers[0].auth", /"bearer", "none" or/],
  [{ providers: [{ ...provider, auth: "bearer" }] }, "$.providers[0]", /keyVariables/],
  [{ providers: [{ ...provider, also: { smoke: {} } }] }, "$.providers[0].also", /"smoke" is not known/],
  [{ providers: [{ ...provider, local: "yes" }] }, "$.providers[0].local", /true or false/],
  [JSON.parse('{"__proto__": {"models": []}}') as JsonValue, "$", /"__proto__" is not known/],
];

for (const [overrides, where, problem] of mistakes) {
  test(`a mistake is told with its place: ${JSON.stringify(overrides).slice(0, 90)}`, () => {
    assert.throws(
      () => merge(overrides),
      (error) => {
        assert.ok(error instanceof CatalogueError && error instanceof ConfigurationError);
        assert.equal(error.code, "invalid-option");
        assert.equal(error.file, "models.json");
        assert.equal(error.path, where);
        assert.match(error.message, problem);
        assert.ok(error.message.startsWith(`models.json: ${where}: `), error.message);
        return true;
      },
    );
  });
}

test("the guide's example means what it says", async () => {
  const guide = await readFile(path.join(import.meta.dirname, "../../docs/guides/models.md"), "utf8");
  const [, example = ""] = /```json\n([^]*?)```/.exec(guide) ?? [];
  const own = merge(JSON.parse(example) as JsonValue);
  assert.equal(findModel("butler", own).record.window, 32_000);
  assert.equal(findModel("claude", own).record.name, "claude-opus-5");
  assert.equal(findModel("deepseek", own).record.prices?.rates.output, "3.96");
  assert.equal(findModel("llama.cpp", own).provider.baseUrl, "http://192.168.0.7:9000/v1");
});

test("where the file is", () => {
  const file = path.join("/home/me", ".config", "colloquy", "models.json");
  assert.equal(configurationFile({ HOME: "/home/me" }), file);
  assert.equal(configurationFile({ HOME: "/home/me", XDG_CONFIG_HOME: "not/absolute" }), file);
  assert.equal(configurationFile({ HOME: "/home/me", XDG_CONFIG_HOME: "" }), file);
  assert.equal(configurationFile({ XDG_CONFIG_HOME: "/xdg" }), path.join("/xdg", "colloquy", "models.json"));
  assert.equal(
    configurationFile({ HOME: "/home/me", COLLOQUY_CONFIG: "/a/b.json" }),
    path.resolve("/a/b.json"),
  );
  assert.equal(configurationFile({}), undefined);
});

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(tmpdir(), "colloquy-"));
  t.after(() => rm(made, { recursive: true }));
  return made;
}

test("no file is no mistake, unless it was asked for", async (t) => {
  const home = await folder(t);
  assert.equal(await loadCatalogue({}), catalogue);
  assert.equal(await loadCatalogue({ HOME: home }), catalogue);
  const missing = path.join(home, "missing.json");
  await assert.rejects(loadCatalogue({ COLLOQUY_CONFIG: missing }), (error) => {
    assert.ok(error instanceof CatalogueError);
    assert.match(error.message, /missing\.json: \$: ENOENT/);
    return true;
  });
});

test("the command line reads it: rows, the default, and what a mistake looks like", async (t) => {
  const home = await folder(t);
  const file = path.join(home, ".config", "colloquy", "models.json");
  await mkdir(path.dirname(file), { recursive: true });
  const own = {
    provider: "openai",
    name: "gpt-own",
    aliases: ["own"],
    prices: { rates: { input: "7", output: "8" } },
  };
  await writeFile(file, `\uFEFF${JSON.stringify({ models: [own] })}`);
  const env = { HOME: home };
  const { code, out } = await run(["models"], { env });
  assert.equal(code, 0);
  assert.match(out, /gpt-own +\? +\? +7 +8 +own\n/);
  assert.equal((await run(["-p", "hi", "--model", "own"], { env })).code, 2);
  assert.match((await run(["-p", "hi", "--model", "own"], { env })).err, /OPENAI_API_KEY/);
  await writeFile(file, "{");
  const broken = await run(["models"], { env });
  assert.equal(broken.code, 2);
  assert.match(broken.err, /models\.json: \$: not JSON/);
  assert.equal(broken.out, "");
});
