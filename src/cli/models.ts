import type { Prices } from "../llm/money.ts";
import { catalogue as ours } from "../providers/catalogue/index.ts";
import { isFoundBy, shortName } from "../providers/lookup.ts";
import { openModel } from "../providers/open-model.ts";
import type { Catalogue, ModelRecord, Provider } from "../providers/provider.ts";
import { loadCatalogue } from "./catalogue.ts";
import type { ModelsCommand } from "./command.ts";
import { chooseModel, hasKey, type Env } from "./choose-model.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { modelTable } from "./model-table.ts";
import { Outlet } from "./outlet.ts";

/** One model as `colloquy models` lists it. */
export interface ModelRow {
  readonly name: string;
  /** What to ask for it by. */
  readonly ask: string;
  /** Other names that mean it. */
  readonly aliases: readonly string[];
  readonly provider: string;
  readonly providerName: string;
  readonly usable: boolean;
  /** Whether its server runs on this machine, which nobody has looked for. */
  readonly local: boolean;
  /** Whether it is asked when none is named. */
  readonly default: boolean;
  readonly window?: number;
  readonly maxOutput?: number;
  /** Dollars per million tokens; absent when unknown. */
  readonly prices?: Prices;
  /** Why it cannot be used. */
  readonly why?: string;
  /** Variables of which one has to hold a key. */
  readonly keyVariables?: readonly string[];
  readonly keyUrl?: string;
}

/** All models, those that can be used here first: by key, then the rehearsal, then local ones. Pure. */
export function modelRows(env: Env, catalogue: Catalogue = ours): ModelRow[] {
  const preferred = chooseModel({}, env, catalogue).name;
  const rows = catalogue.providers.flatMap((provider) =>
    catalogue.models
      .filter((record) => record.provider === provider.id)
      .map((record) => rowOf(record, provider, env, catalogue, preferred)),
  );
  return [
    ...rows.filter((row) => row.usable && !row.local),
    rehearsalRow(preferred),
    ...rows.filter((row) => row.local),
    ...rows.filter((row) => !row.usable),
  ];
}

function rowOf(
  record: ModelRecord,
  provider: Provider,
  env: Env,
  catalogue: Catalogue,
  preferred: string,
): ModelRow {
  const { name, aliases } = record;
  const { keyVariables, keyUrl } = provider;
  const usable = provider.auth === "none" || hasKey(provider, env);
  return {
    name,
    ask: shortName(record, catalogue),
    aliases,
    provider: provider.id,
    providerName: provider.name,
    usable,
    local: provider.local === true,
    default: isFoundBy(record, preferred, catalogue),
    ...known(record),
    ...(!usable && {
      why: `no key for ${provider.name}: set ${keyVariables.join(" or ")}${keyUrl === undefined ? "" : ` (a key can be had at ${keyUrl})`}`,
      keyVariables,
      ...(keyUrl !== undefined && { keyUrl }),
    }),
  };
}

function rehearsalRow(preferred: string): ModelRow {
  return {
    name: "rehearsal",
    ask: "rehearsal",
    aliases: [],
    provider: "built in",
    providerName: "Built in",
    usable: true,
    local: false,
    default: preferred === "rehearsal",
    ...known(openModel("rehearsal").info),
  };
}

/** What is known of a model, without members for what is not. */
function known({
  window,
  maxOutput,
  prices,
}: Partial<Pick<ModelRow, "window" | "maxOutput" | "prices">>): Pick<
  ModelRow,
  "window" | "maxOutput" | "prices"
> {
  return {
    ...(window !== undefined && { window }),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(prices !== undefined && { prices }),
  };
}

/** The face of `colloquy models`. */
export async function runModels(command: ModelsCommand, io: Io): Promise<number> {
  const catalogue = await loadCatalogue(io.env);
  const rows = modelRows(io.env, catalogue);
  const out = new Outlet(io.stdout);
  out.write(command.json ? `${JSON.stringify(rows, null, 2)}\n` : modelTable(rows, catalogue));
  await out.flush();
  return out.failure === undefined ? 0 : exitCode(out.failure);
}
