import { ConfigurationError } from "../llm/errors.ts";
import type { Dialect } from "../protocols/dialect.ts";
import { waysOf } from "./catalogue/define.ts";
import { catalogue as ours } from "./catalogue/index.ts";
import { free } from "./catalogue/seed.ts";
import type { Catalogue, ModelRecord, Provider } from "./provider.ts";

/** A model with the provider that runs it. */
export interface Found {
  readonly record: ModelRecord;
  /** The provider as this model is asked there: protocol, base URL, auth and dialect are the model's own. */
  readonly provider: Provider;
}

/**
 * The model of this name: its own, an alias, or either behind its provider's id (`anthropic/claude-opus-5`). Behind the
 * id of a known provider any other name is one that we know nothing of, and that the provider may well know.
 * @throws ConfigurationError `unknown-model` with the names that look most alike.
 */
export function findModel(name: string, catalogue: Catalogue = ours): Found {
  const record = indexOf(catalogue).get(name) ?? unlisted(name, catalogue);
  if (record !== undefined)
    return { record, provider: asAskedFor(record, findProvider(record.provider, catalogue)) };
  const qualified = catalogue.models.filter((model) => model.name === name).map(qualifiedName);
  const near = qualified.length > 0 ? qualified : nearest(name, ["rehearsal", ...namesIn(catalogue)]);
  throw new ConfigurationError(
    "unknown-model",
    qualified.length > 0
      ? `the model ${JSON.stringify(name)} is at several providers: ${near.join(", ")}`
      : `unknown model ${JSON.stringify(name)}; names like it: ${near.join(", ")} (\`colloquy models\` lists all)`,
    near,
  );
}

/** The provider of this id. @throws ConfigurationError for none. */
export function findProvider(id: string, catalogue: Catalogue = ours): Provider {
  const provider = catalogue.providers.find((each) => each.id === id);
  if (provider === undefined)
    throw new ConfigurationError("invalid-option", `unknown provider ${JSON.stringify(id)}`);
  return provider;
}

/** A name to ask for a model by: its own where that is a plain one that no other has, else an alias, else both names. */
export function shortName(record: ModelRecord, catalogue: Catalogue = ours): string {
  const [alias = qualifiedName(record)] = record.aliases;
  return /^[^\s/]+$/.test(record.name) && isFoundBy(record, record.name, catalogue) ? record.name : alias;
}

/** Whether a name means this model and no other. */
export function isFoundBy(record: ModelRecord, name: string, catalogue: Catalogue = ours): boolean {
  return indexOf(catalogue).get(name) === record;
}

function qualifiedName({ provider, name }: ModelRecord): string {
  return `${provider}/${name}`;
}

const indexes = new WeakMap<Catalogue, ReadonlyMap<string, ModelRecord>>();

/** Every name that finds a listed model. */
function indexOf(catalogue: Catalogue): ReadonlyMap<string, ModelRecord> {
  let index = indexes.get(catalogue);
  if (index === undefined) {
    index = buildIndex(catalogue);
    indexes.set(catalogue, index);
  }
  return index;
}

function buildIndex({ providers, models }: Catalogue): ReadonlyMap<string, ModelRecord> {
  const index = new Map<string, ModelRecord>();
  for (const record of models) {
    for (const alias of record.aliases) index.set(alias, record).set(`${record.provider}/${alias}`, record);
  }
  const ids = new Set(providers.map(({ id }) => id));
  const counts = new Map<string, number>();
  for (const { name } of models) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const record of models) {
    index.set(qualifiedName(record), record);
    const [first = ""] = record.name.split("/", 1);
    // `openai/gpt-oss-120b` is OpenAI's, though others use it for a name of their own.
    const taken = record.name.includes("/") && ids.has(first);
    if (!taken && counts.get(record.name) === 1 && !index.has(record.name)) index.set(record.name, record);
  }
  return index;
}

/** Names that people type; those behind a provider's id are left out where there is a shorter one. */
function namesIn(catalogue: Catalogue): string[] {
  return catalogue.models.flatMap((record) => [shortName(record, catalogue), ...record.aliases]);
}

/** A model that is not listed, of a provider that is. Nothing is known of it but that local ones are free. */
function unlisted(given: string, { providers }: Catalogue): ModelRecord | undefined {
  const provider = providers.find(({ id }) => given.startsWith(`${id}/`));
  const name = given.slice((provider?.id.length ?? 0) + 1);
  if (provider === undefined || !/^[^\s\p{C}]{1,256}$/u.test(name)) return undefined;
  return {
    name,
    provider: provider.id,
    aliases: [],
    thinking: waysOf(provider, name).thinking,
    ...(provider.local === true && { prices: free }),
  };
}

/** A provider as one of its models is asked there: what the model, its family and its language have of their own wins. */
function asAskedFor(record: ModelRecord, provider: Provider): Provider {
  const ways = waysOf(provider, record.name);
  const protocol = record.protocol ?? ways.protocol;
  const place = protocol === provider.protocol ? undefined : provider.also?.[protocol];
  const dialect: Dialect = { ...provider.dialect, ...place?.dialect, ...ways.dialect, ...record.dialect };
  const { baseUrlVariable, ...rest } = provider;
  return {
    ...rest,
    protocol,
    // The variable says where the provider's usual language is spoken.
    ...(baseUrlVariable !== undefined && place?.baseUrl === undefined && { baseUrlVariable }),
    baseUrl: place?.baseUrl ?? provider.baseUrl,
    auth: place?.auth ?? provider.auth,
    dialect,
  };
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
