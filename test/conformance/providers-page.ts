import { catalogue } from "../../src/providers/catalogue/index.ts";
import { findModel, type Found } from "../../src/providers/lookup.ts";
import { catalogueSections } from "./catalogue-sections.ts";
import type { Counts, Evidence, Seen } from "./evidence.ts";
import { table } from "./markdown-table.ts";
import type { Score } from "./scoreboard.ts";
import { seedNames } from "./seed-names.ts";
import { isEngine, recordOf, spoken, type Spoken } from "./spoken.ts";

/** docs/providers.md: what was shown of each provider and each row of the seed, by recordings in so many files. */
export function providersPage(evidence: Evidence, files: number): string {
  return [
    `# What was shown of each provider

No provider was called where this was built. What is known of one comes from recorded exchanges, from a server that fails
on purpose, from a real engine, or from its documentation alone; here it is told which. Written by
\`npm run conformance -- DIR --write\` from the catalogue and the recordings in DIR, which had ${files} files.

- **Recordings** are exchanges of others with the real service. Three numbers are answers, requests and errors: answers
  that are read as a second reading does that shares no code with ours, requests that are written again with the same
  meaning, answers of status 400 or more that become the right typed error. \`a/b\` would mean that only \`a\` of \`b\` do.
  They are read as their language has it, without the switches of our record but for a missing end mark.
- **Fault server**: the faults F1 to F16, F19 and F20 of [the guide](guides/testing.md) come over each language and end as
  they must; F17 and F18 are the connection's, whatever is spoken on it. It is shown for the language, not for the provider.
- **Real server**: \`npm run engine\` has conversations with a real engine of llama.cpp behind a chat completions server of
  the tests' own. llama.cpp's own server is in the recordings.
- **Documentation only**: the language is shown, but of this provider nothing beyond what it writes about itself.`,
    `## Providers

A row for each language of each provider. _Models_ are those with an answer among the recordings, by the names they were
asked by; _listed_ says how many of the models in our list that are asked in this language are among them.

${table(
  [
    "provider",
    "language",
    "answers",
    "requests",
    "errors",
    "models",
    "listed",
    "fault server",
    "real server",
    "shown by",
  ],
  spoken().map((place) => placeRow(place, evidence)),
)}`,
    `## The rows of the seed

Answers, requests and errors: of this very model, asked for by its name at the provider (or an alias that our list has for
it), or said by the answer to be it; of a model of that name in another language or at another service; of all models of
its provider in its language; and of its language anywhere.

${table(
  [
    "name",
    "language",
    "of the model",
    "of it elsewhere",
    "of its provider",
    "of its language",
    "fault server",
    "real server",
    "closest recordings",
  ],
  seedNames.map((name) => seedRow(name, evidence)),
)}`,
    `## Recorded services and our records

Where a recording names a service otherwise than we do, the record is that of this table. Those without a record count for
their language only; a model there is opened by its URL.

${table(
  ["service", "language", "record", "answers", "requests", "errors"],
  evidence.services().map(({ service, protocol }) => {
    const counts = evidence.count((seen) => seen.service === service && seen.protocol === protocol);
    return [service, protocol, recordOf(service, protocol) ?? "none", ...numbers(counts)];
  }),
)}`,
    ...catalogueSections(),
    "",
  ].join("\n\n");
}

function placeRow({ provider: { id }, protocol }: Spoken, evidence: Evidence): string[] {
  const here = at(id, protocol);
  const counts = evidence.count(here);
  const listed = catalogue.models
    .filter((model) => model.provider === id)
    .map(({ name }) => findModel(`${id}/${name}`))
    .filter(({ provider }) => provider.protocol === protocol);
  const recorded = listed.filter((found) => isShown(evidence.count(isModel(found))));
  return [
    id,
    protocol,
    ...numbers(counts),
    String(evidence.models(here).size),
    `${recorded.length} of ${listed.length}`,
    "its language",
    onEngine(id, protocol),
    [isShown(counts) && "recordings", isEngine(id, protocol) && "a real engine"]
      .filter((shown) => shown !== false)
      .join(", ") || "documentation only",
  ];
}

function seedRow(name: string, evidence: Evidence): string[] {
  const found = findModel(name);
  const { id, protocol } = found.provider;
  const isThis = isModel(found);
  const model = evidence.count(isThis);
  const elsewhere = evidence.count((seen) => isCalled(found, seen) && !isThis(seen));
  const provider = evidence.count(at(id, protocol));
  const closest = isShown(model) ? "the model" : isShown(provider) ? "its provider" : "its language";
  const language = evidence.count((seen) => seen.protocol === protocol);
  return [
    name,
    protocol,
    ...[model, elsewhere, provider, language].map((counts) => numbers(counts).join(", ")),
    "its language",
    onEngine(id, protocol),
    closest,
  ];
}

function at(provider: string, protocol: string): (seen: Seen) => boolean {
  return (seen) => seen.protocol === protocol && recordOf(seen.service, seen.protocol) === provider;
}

/** Exchanges with this very model, at its provider and in its language. */
function isModel(found: Found): (seen: Seen) => boolean {
  const here = at(found.provider.id, found.provider.protocol);
  return (seen) => here(seen) && isCalled(found, seen);
}

function isCalled({ record }: Found, { models }: Seen): boolean {
  return models.includes(record.name) || record.aliases.some((alias) => models.includes(alias));
}

function isShown({ responses, requests, errors }: Counts): boolean {
  return responses.passed + requests.passed + errors.passed > 0;
}

function onEngine(provider: string, protocol: string): string {
  return isEngine(provider, protocol) ? "yes, through test/engine" : "no";
}

function numbers({ responses, requests, errors }: Counts): string[] {
  const number = ({ passed, total }: Score): string =>
    passed === total ? String(total) : `${passed}/${total}`;
  return [responses, requests, errors].map(number);
}
