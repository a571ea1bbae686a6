// The catalogue's windows and prices beside those of @pydantic/genai-prices (a development dependency, read from
// disk; there is no network here): `node scripts/refresh-prices.mjs` prints what differs and ends with 1 where
// something does; `--write` writes src/providers/catalogue/price-list.ts anew. Rows with prices of their own in
// src/providers/catalogue/models.ts are left alone. To get newer prices, update the dependency first.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { catalogue } from "../src/providers/catalogue/index.ts";
import { rows } from "../src/providers/catalogue/models.ts";
import { listDate, priceList } from "../src/providers/catalogue/price-list.ts";
import { listingOf, oracleVersion, pageOf } from "./price-listing.ts";
import { root, tool } from "./tool.mjs";

const file = path.join(root, "src/providers/catalogue/price-list.ts");

const today = new Date();
const fresh = freshList();
const differences = compare(priceList, fresh);
for (const line of differences) console.log(line);
console.log(
  `${fresh.size} rows known to genai-prices ${oracleVersion}, ${differences.length} differ from ours of ${listDate}`,
);
if (process.argv.includes("--write")) writeList(fresh, today.toISOString().slice(0, 10));
else process.exitCode = differences.length === 0 ? 0 : 1;

function freshList() {
  const fresh = new Map();
  for (const { id } of catalogue.providers) {
    for (const row of rows[id] ?? []) {
      if (row.prices !== undefined) continue;
      const { listing, notes } = listingOf(id, row.name, today);
      for (const note of notes) console.log(`note     ${id}/${row.name}: ${note}`);
      if (listing !== undefined) fresh.set(`${id}/${row.name}`, listing);
    }
  }
  return fresh;
}

function compare(ours, theirs) {
  const lines = [];
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const [a, b] = [ours, theirs].map((list) => JSON.stringify(list.get(name)));
    if (a === undefined) lines.push(`new      ${name}: ${b}`);
    else if (b === undefined) lines.push(`gone     ${name}: ${a}`);
    else if (a !== b) lines.push(`changed  ${name}: ${a}\n      -> ${b}`);
  }
  return lines;
}

function writeList(list, date) {
  const ids = new Set([...list.keys()].map((name) => name.slice(0, name.indexOf("/"))));
  const pages = [...ids].map((id) => [id, pageOf(id)]).filter(([, page]) => page !== undefined);
  const text = `import type { Listing } from "./listing.ts";

// Written by \`node scripts/refresh-prices.mjs --write\` from @pydantic/genai-prices ${oracleVersion}. Change nothing here.

/** The day the list was written. */
export const listDate = ${JSON.stringify(date)};

/** Where it has its prices from. */
export const listSource = "@pydantic/genai-prices ${oracleVersion}";

/** The pages that the prices of each provider stand on. */
export const pricePages: ReadonlyMap<string, string> = new Map([
${pages.map((entry) => `  ${JSON.stringify(entry)},`).join("\n")}
]);

/** Windows in tokens, prices in dollars per million tokens, by provider and name. */
export const priceList: ReadonlyMap<string, Listing> = new Map<string, Listing>([
${[...list].map((entry) => `  ${JSON.stringify(entry)},`).join("\n")}
]);
`;
  const before = readFileSync(file, "utf8");
  writeFileSync(file, text);
  const { status, stderr } = spawnSync(process.execPath, [tool("oxfmt", "oxfmt"), file], {
    encoding: "utf8",
  });
  if (status === 0) return;
  writeFileSync(file, before);
  throw new Error(`the list could not be formatted: ${stderr}`);
}
