import { isSecretName } from "../log/key-like.ts";
import type { Catalogue } from "../providers/provider.ts";
import type { Env } from "./catalogue.ts";

/** What the environment has under the names of keys: a server or a command may repeat it, whatever it looks like. */
export function secretsOf(env: Env, { providers }: Catalogue): string[] {
  const keys = new Set(providers.flatMap(({ keyVariables }) => keyVariables));
  return Object.entries(env).flatMap(([name, value = ""]) =>
    keys.has(name) || isSecretName(name) ? [value.trim()] : [],
  );
}
