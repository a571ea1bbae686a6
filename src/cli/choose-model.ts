import { models, providers } from "../providers/catalogue.ts";
import type { ModelRecord, Provider } from "../providers/provider.ts";

/** The environment, as far as it is read here. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The model to ask, and what decided it. `replay`: a recording needs no key, so the first model will do. */
export interface Choice {
  readonly name: string;
  readonly by: "flag" | "variable" | "key" | "replay" | "nothing";
}

/** The model to ask: `--model`, else COLLOQUY_MODEL, else the first with a key, else the rehearsal. Pure. */
export function chooseModel({ model, replay }: { model?: string; replay?: string }, env: Env): Choice {
  if (model !== undefined) return { name: model, by: "flag" };
  if (env["COLLOQUY_MODEL"]) return { name: env["COLLOQUY_MODEL"], by: "variable" };
  const keyed = models.find((record) => hasKey(providerOf(record), env));
  if (keyed !== undefined) return { name: shortName(keyed), by: "key" };
  const [first] = models;
  if (replay !== undefined && first !== undefined) return { name: shortName(first), by: "replay" };
  return { name: "rehearsal", by: "nothing" };
}

/** Whether the environment holds a key for a provider that wants one. */
export function hasKey({ auth, keyVariables }: Provider, env: Env): boolean {
  return auth !== "none" && keyVariables.some((name) => env[name]?.trim());
}

/** The provider of a catalogue's model. */
export function providerOf(record: ModelRecord): Provider {
  return providers.find(({ id }) => id === record.provider) as Provider;
}

/** What is said when there was no key and no choice. */
export function noKeyNotice(): string {
  const variables = new Set(
    models.map(providerOf).flatMap(({ auth, keyVariables }) => (auth === "none" ? [] : keyVariables)),
  );
  return (
    `no key found: looked for ${[...variables].join(", ")} (\`colloquy models\` says where to get one),\n` +
    "so the answers come from the built-in rehearsal model: by rules, without a network, free"
  );
}

function shortName(record: ModelRecord): string {
  return record.aliases[0] ?? record.name;
}
