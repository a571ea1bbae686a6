import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FORMATTER_FILES, formatterOf } from "../../../src/agent/git/formatter.ts";

const cases: readonly (readonly [expected: string | undefined, files: Readonly<Record<string, string>>])[] = [
  [undefined, {}],
  [undefined, { "package.json": "{}" }],
  [undefined, { "package.json": '{"scripts": {"formatted": "x"}}' }],
  [undefined, { "package.json": '{"scripts": {"format": 1}}' }],
  [undefined, { "package.json": "not JSON" }],
  [undefined, { "pyproject.toml": "[tool.mypy]\n" }],
  ["npm run format", { "package.json": '{"scripts": {"format": "oxfmt"}}', ".prettierrc": "" }],
  ["npm run fmt", { "package.json": '{"scripts": {"fmt": "x"}}' }],
  ["pnpm run format", { "package.json": '{"scripts": {"format": "x"}}', "pnpm-lock.yaml": "" }],
  ["yarn run format", { "package.json": '{"scripts": {"format": "x"}}', "yarn.lock": "" }],
  ["bun run format", { "package.json": '{"scripts": {"format": "x"}}', "bun.lock": "" }],
  ["npx prettier --write FILES", { "package.json": "{}", ".prettierrc.json": "{}" }],
  ["gofmt -w FILES", { "go.mod": "module x" }],
  ["cargo fmt", { "Cargo.toml": "" }],
  ["ruff format FILES", { "pyproject.toml": "[project]\n[tool.ruff.lint]\n" }],
  ["black FILES", { "pyproject.toml": "[tool.black]\n" }],
  ["deno fmt FILES", { "deno.jsonc": "" }],
];

for (const [expected, files] of cases) {
  test(`the formatter of ${JSON.stringify(files)}`, () =>
    assert.equal(formatterOf(new Map(Object.entries(files))), expected));
}

test("whatever a project's files say, the hint is one of ours", () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map((script) => JSON.stringify({ scripts: { format: script } })),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...FORMATTER_FILES), text), (files) => {
      const said = formatterOf(new Map(Object.entries(files)));
      const ours =
        /^(?:(?:npm|pnpm|yarn|bun) run (?:format|fmt)|(?:ruff format|black|npx prettier --write|gofmt -w|deno fmt|clang-format -i) FILES|cargo fmt)$/;
      assert.ok(said === undefined || ours.test(said), said);
    }),
  );
});
