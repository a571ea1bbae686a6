import { catalogue } from "../../src/providers/catalogue/index.ts";
import { findModel } from "../../src/providers/lookup.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { inWords } from "./dialect-words.ts";
import { table } from "./markdown-table.ts";
import { seedNames } from "./seed-names.ts";
import { spoken } from "./spoken.ts";

/** The sections that the catalogue alone decides. */
export function catalogueSections(): readonly string[] {
  return [
    `## How each provider is asked

${table(
  ["provider", "language", "base URL", "another URL from", "key", "key from"],
  spoken().map(({ provider, protocol, place }) => [
    provider.id,
    protocol,
    `\`${place.baseUrl ?? provider.baseUrl}\``,
    place.baseUrl === undefined && provider.baseUrlVariable !== undefined
      ? `\`${provider.baseUrlVariable}\``
      : "",
    keySent(place.auth ?? provider.auth),
    keyVariables(provider),
  ]),
)}`,
    `## What is odd about each

The switches of each record in words; what is not named is as usual in the language.

${table(
  ["provider", "language", "models", "what"],
  catalogue.providers.flatMap((provider) => oddities(provider)),
)}`,
    `## Names and prices of the seed

Dollars for a million tokens. \`claude\` was \`claude-3-7-sonnet-20250219\` in the seed
([why it is not any more](decisions/0005-names-in-the-catalogue.md)).

${table(
  ["name", "provider", "name there", "language", "input", "cached", "output", "of", "source", "key from"],
  seedNames.map((name) => {
    const { record, provider } = findModel(name);
    const { rates, date = "any day", source = "unknown" } = record.prices ?? {};
    return [
      name,
      record.provider,
      `\`${record.name}\``,
      provider.protocol,
      rates?.input ?? "unknown",
      rates?.cacheRead ?? "unknown",
      rates?.output ?? "unknown",
      date,
      source,
      keyVariables(provider),
    ];
  }),
)}`,
  ];
}

function oddities({ id, protocol, dialect, also = {}, families = [] }: Provider): string[][] {
  const row = (language: string, models: string, words: readonly string[]): string[][] =>
    words.length === 0 ? [] : [[id, language, models, words.join("; ")]];
  const named = new Map<string, string[]>();
  for (const family of families) {
    const words = [
      ...(family.protocol === undefined ? [] : [`asked in ${family.protocol}`]),
      ...inWords(family.dialect ?? {}),
    ].join("; ");
    if (words !== "") named.set(words, [...(named.get(words) ?? []), `\`${family.prefix}\``]);
  }
  const rows = [
    ...row(protocol, "all", inWords(dialect ?? {})),
    ...Object.entries(also).flatMap(([language, place]) =>
      row(language, "all", inWords({ ...place.dialect })),
    ),
    ...[...named].flatMap(([words, prefixes]) =>
      row("any", `that begin with ${prefixes.join(", ")}`, [words]),
    ),
  ];
  return rows.length > 0 ? rows : [[id, protocol, "all", "nothing"]];
}

function keySent(auth: Provider["auth"]): string {
  if (auth === "none") return "none";
  return auth === "bearer" ? "`Authorization: Bearer`" : `\`${auth.header}\``;
}

function keyVariables({ keyVariables: names }: Provider): string {
  return names.length === 0 ? "no key" : names.map((name) => `\`${name}\``).join(" or ");
}
