import type { JsonValue } from "../../llm/json.ts";
import { usualAuth, type Catalogue, type ModelRecord, type Provider } from "../provider.ts";
import { waysOf } from "./define.ts";
import { readModel, readPrices, readProvider } from "./read.ts";
import { free } from "./seed.ts";
import { Place } from "./shape.ts";

/**
 * A catalogue with a user's own over it: `{ providers: [...], models: [...], prices: { "provider/name": ... } }`. A
 * record of a name that is there already replaces what it says; others are added. Pure.
 * @throws CatalogueError with the file's name and the place in it.
 */
export function mergeCatalogue(base: Catalogue, overrides: JsonValue, file: string): Catalogue {
  const root = new Place(overrides, file).only(["providers", "models", "prices"]);
  const providers = new Map(base.providers.map((provider) => [provider.id, provider]));
  for (const place of root.at("providers")?.items() ?? []) {
    const provider = mergedProvider(place, providers);
    providers.set(provider.id, provider);
  }
  let models = [...base.models];
  for (const place of root.at("models")?.items() ?? []) {
    const said = readModel(place);
    const { provider: id = place.missing("provider"), name = place.missing("name") } = said;
    const provider =
      providers.get(id) ?? place.need("provider").fail(`there is no provider ${JSON.stringify(id)}`);
    models = withModel(models, provider, name, said);
  }
  for (const [name, place] of root.at("prices")?.entries() ?? []) {
    const prices = readPrices(place);
    const record = models.find((model) => namesOf(model).includes(name));
    const id = record?.provider ?? name.slice(0, Math.max(name.indexOf("/"), 0));
    const provider = providers.get(id) ?? place.fail("there is no such model; write it as PROVIDER/NAME");
    models = withModel(models, provider, record?.name ?? name.slice(id.length + 1), { prices });
  }
  return { providers: [...providers.values()], models };
}

function namesOf({ name, provider, aliases }: ModelRecord): string[] {
  return [...aliases, `${provider}/${name}`, ...aliases.map((alias) => `${provider}/${alias}`), name];
}

function mergedProvider(place: Place, providers: ReadonlyMap<string, Provider>): Provider {
  const said = readProvider(place);
  const { id = place.missing("id") } = said;
  const base = providers.get(id);
  const {
    protocol = place.missing("protocol"),
    baseUrl = place.missing("baseUrl"),
    keyVariables = [],
  }: Partial<Provider> = { ...base, ...said };
  const auth = keyVariables.length > 0 ? usualAuth[protocol] : "none";
  const whole: Provider = { name: id, auth, ...base, ...said, id, protocol, baseUrl, keyVariables };
  if (whole.auth !== "none" && keyVariables.length === 0)
    place.fail('a key needs "keyVariables" to be read from');
  return whole;
}

/** The models with what is said of one of them; a name that it takes is no other's any more. */
function withModel(
  models: readonly ModelRecord[],
  provider: Provider,
  name: string,
  said: Partial<ModelRecord>,
): ModelRecord[] {
  const at = models.findIndex(
    (model) => model.provider === provider.id && (model.name === name || model.aliases.includes(name)),
  );
  const record: ModelRecord = {
    thinking: waysOf(provider, name).thinking,
    ...(provider.local === true && { prices: free }),
    ...models[at],
    ...said,
    name: models[at]?.name ?? name,
    provider: provider.id,
    aliases: [...new Set([...(models[at]?.aliases ?? []), ...(said.aliases ?? [])])],
  };
  const taken = new Set(said.aliases ?? []);
  const others = models.map((model, index) =>
    index === at || !model.aliases.some((alias) => taken.has(alias))
      ? model
      : { ...model, aliases: model.aliases.filter((alias) => !taken.has(alias)) },
  );
  return at === -1 ? [...others, record] : others.with(at, record);
}
