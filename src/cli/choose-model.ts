import { catalogue as ours } from "../providers/catalogue/index.ts";
import { findProvider, shortName } from "../providers/lookup.ts";
import type { Catalogue, ModelRecord, Provider } from "../providers/provider.ts";
import type { Env } from "./catalogue.ts";

export type { Env } from "./catalogue.ts";

/**
 * The model to ask, and what decided it. `session`: it was asked before. `replay`: a recording needs no key, so the
 * first model will do.
 */
export interface Choice {
  readonly name: string;
  readonly by: "flag" | "session" | "variable" | "key" | "replay" | "nothing";
}

/** The model to ask: `--model`, else COLLOQUY_MODEL, else the first with a key, else the rehearsal. Pure. */
export function chooseModel(
  { model, replay }: { model?: string; replay?: string },
  env: Env,
  catalogue: Catalogue = ours,
): Choice {
  if (model !== undefined) return { name: model, by: "flag" };
  if (env["COLLOQUY_MODEL"]) return { name: env["COLLOQUY_MODEL"], by: "variable" };
  const { models } = catalogue;
  const keyed = models.find((record) => hasKey(findProvider(record.provider, catalogue), env));
  if (keyed !== undefined) return { name: nameFor(keyed, catalogue), by: "key" };
  const [first] = models;
  if (replay !== undefined && first !== undefined) return { name: nameFor(first, catalogue), by: "replay" };
  return { name: "rehearsal", by: "nothing" };
}

/** Whether the environment holds a key for a provider that wants one. */
export function hasKey({ auth, keyVariables }: Provider, env: Env): boolean {
  return auth !== "none" && keyVariables.some((name) => env[name]?.trim());
}

/** What is said when there was no key and no choice. */
export function noKeyNotice({ providers }: Catalogue = ours): string {
  const variables = new Set(
    providers.flatMap(({ auth, keyVariables }) => (auth === "none" ? [] : keyVariables)),
  );
  return (
    `no key found: looked for ${[...variables].join(", ")} (\`colloquy models\` says where to get one),\n` +
    "so the answers come from the built-in rehearsal model: by rules, without a network, free"
  );
}

/** The first of a model's names is for those who did not choose it. */
function nameFor(record: ModelRecord, catalogue: Catalogue): string {
  return record.aliases[0] ?? shortName(record, catalogue);
}
