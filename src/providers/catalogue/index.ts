import type { Catalogue } from "../provider.ts";
import { define } from "./define.ts";
import { hosts } from "./hosts.ts";
import { rows } from "./models.ts";
import { vendors } from "./vendors.ts";

const providers = [...vendors, ...hosts];

/** What is known without anybody's configuration. */
export const catalogue: Catalogue = {
  providers,
  models: providers.flatMap((provider) => define(provider, rows[provider.id] ?? [])),
};
