import { ConfigurationError } from "../llm/errors.ts";
import { models, providers } from "./catalogue.ts";
import type { ModelRecord, Provider } from "./provider.ts";

/** A model with the provider that runs it. */
export interface Found {
  readonly record: ModelRecord;
  readonly provider: Provider;
}

/**
 * The model of this name: its own, an alias, or either behind its provider's id (`anthropic/claude-opus-5`).
 * @throws ConfigurationError `unknown-model` with the names that look most alike.
 */
export function findModel(name: string): Found {
  for (const record of models) {
    if (namesOf(record).includes(name)) return { record, provider: findProvider(record.provider) };
  }
  const near = nearest(name, ["rehearsal", ...models.flatMap((record) => [record.name, ...record.aliases])]);
  throw new ConfigurationError(
    "unknown-model",
    `unknown model ${JSON.stringify(name)}; names like it: ${near.join(", ")} (\`colloquy models\` lists all)`,
    near,
  );
}

function namesOf(record: ModelRecord): string[] {
  const own = [record.name, ...record.aliases];
  return [...own, ...own.map((name) => `${record.provider}/${name}`)];
}

/** The provider of this id. @throws ConfigurationError for none. */
export function findProvider(id: string): Provider {
  const provider = providers.find((each) => each.id === id);
  if (provider === undefined)
    throw new ConfigurationError("invalid-option", `unknown provider ${JSON.stringify(id)}`);
  return provider;
}

/** The three names that take the fewest changes to become the given one; a common beginning counts for them. */
function nearest(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 100);
  const score = (candidate: string): number => {
    let common = 0;
    while (common < wanted.length && wanted[common] === candidate[common]) common++;
    return distance(wanted, candidate.toLowerCase()) - common / 2;
  };
  return names
    .map((candidate) => ({ candidate, score: score(candidate) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
