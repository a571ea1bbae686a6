// docs/providers.md says of each provider and each row of the seed what was shown of it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { catalogue } from "../../src/providers/catalogue/index.ts";
import { findModel } from "../../src/providers/lookup.ts";
import { catalogueSections } from "../conformance/catalogue-sections.ts";
import { Evidence, type Seen } from "../conformance/evidence.ts";
import { providersPage } from "../conformance/providers-page.ts";
import { traceFiles } from "../conformance/read-trace.ts";
import { runConformance } from "../conformance/runner.ts";
import { subjects } from "../conformance/subjects.ts";
import { tracesFolder } from "../conformance/traces-folder.ts";

const page = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8");

/** A page without what the formatter decides: the width of columns. */
function plain(markdown: string): string {
  return markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim();
}

/** The rows of a section's table, by their first cells; several of one name stand one below the other. */
function rowsOf(markdown: string, title: string): ReadonlyMap<string, readonly (readonly string[])[]> {
  const section = markdown.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const rows = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const all = new Map<string, string[][]>();
  for (const row of rows.slice(2)) all.set(row[0] ?? "", [...(all.get(row[0] ?? "") ?? []), row]);
  return all;
}

const renew = "renew it: npm run conformance -- DIR --write, then npm run format";

test("docs/providers.md has each language of each provider", () => {
  const rows = rowsOf(page, "Providers");
  assert.deepEqual(
    [...rows.keys()],
    catalogue.providers.map(({ id }) => id),
    renew,
  );
  for (const { id, protocol, also = {} } of catalogue.providers) {
    const languages = rows.get(id)?.map(([, language]) => language);
    assert.deepEqual(languages, [protocol, ...Object.keys(also)], `${id}; ${renew}`);
  }
});

// The names stand here once more, so that none is lost where the page has its own from.
const seed = [
  "claude",
  "claude-3-5-haiku",
  "claude-3-5-sonnet",
  "gpt4.1",
  "gemini-flash-2.5",
  "gemini-pro-2.5",
  "together-deepseek-v3",
  "together-llama4-maverick",
  "together-llama3-70b",
  "together-mistral-small",
  "llama.cpp",
  "fireworks-deepseek-v3",
];

test("docs/providers.md has each row of the seed", () => {
  const shown = rowsOf(page, "The rows of the seed");
  const priced = rowsOf(page, "Names and prices of the seed");
  for (const name of seed) {
    assert.ok(shown.has(name), `${name}; ${renew}`);
    assert.equal(priced.get(name)?.[0]?.[2], `\`${findModel(name).record.name}\``, renew);
  }
});

test("docs/providers.md says what the catalogue says", () => {
  for (const section of catalogueSections()) assert.ok(plain(page).includes(plain(section)), renew);
});

const files = tracesFolder === undefined ? [] : traceFiles(tracesFolder);
const others = !page.includes(` ${files.length} files`);

test(
  "docs/providers.md: the numbers are those of the recorded exchanges",
  {
    skip: others && (files.length === 0 ? "no traces here" : `${files.length} files, not those of the page`),
  },
  async () => {
    const evidence = new Evidence();
    await runConformance(tracesFolder ?? "", subjects, evidence);
    assert.equal(plain(page), plain(providersPage(evidence, files.length)), renew);
  },
);

const seen: Seen = {
  kind: "responses",
  agrees: true,
  protocol: "openai-chat",
  service: "togetherai",
  models: ["meta-llama/Llama-3.3-70B-Instruct-Turbo"],
};

function pageOf(...all: readonly Seen[]): string {
  const evidence = new Evidence();
  for (const each of all) evidence.add(each);
  return providersPage(evidence, 1);
}

test("a page of what was shown: nothing is shown without a recording", () => {
  const rows = rowsOf(pageOf(), "Providers");
  for (const [row] of rows.values()) {
    const shownBy = row?.[0] === "llama.cpp" ? "a real engine" : "documentation only";
    assert.deepEqual([...(row?.slice(2, 6) ?? []), row?.at(-1)], ["0", "0", "0", "0", shownBy]);
  }
});

test("a page of what was shown: an exchange counts for its model, its provider and its language, each in its place", () => {
  const elsewhere: Seen = { ...seen, service: "azure" };
  const another: Seen = { ...seen, models: ["another"], agrees: false };
  const refused: Seen = { ...seen, kind: "errors", models: [] };
  const markdown = pageOf(seen, elsewhere, another, refused);
  assert.deepEqual(rowsOf(markdown, "Providers").get("together")?.[0]?.slice(2, 7), [
    "1/2",
    "0",
    "1",
    "2",
    "1 of 8",
  ]);
  const rows = rowsOf(markdown, "The rows of the seed");
  const counts = (name: string): readonly string[] | undefined => rows.get(name)?.[0]?.slice(2, 6);
  assert.deepEqual(counts("together-llama3-70b"), ["1, 0, 0", "1, 0, 0", "1/2, 0, 1", "2/3, 0, 1"]);
  assert.deepEqual(counts("together-deepseek-v3"), ["0, 0, 0", "0, 0, 0", "1/2, 0, 1", "2/3, 0, 1"]);
  assert.deepEqual(counts("gpt4.1"), ["0, 0, 0", "0, 0, 0", "0, 0, 0", "2/3, 0, 1"]);
  const closest = ["together-llama3-70b", "together-deepseek-v3", "gpt4.1"].map((name) =>
    rows.get(name)?.[0]?.at(-1),
  );
  assert.deepEqual(closest, ["the model", "its provider", "its language"]);
  assert.equal(rowsOf(markdown, "Recorded services and our records").get("azure")?.[0]?.[2], "none");
});
