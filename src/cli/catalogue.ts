import { readFile } from "node:fs/promises";
import path from "node:path";
import { catalogue } from "../providers/catalogue/index.ts";
import { mergeCatalogue } from "../providers/catalogue/merge.ts";
import { CatalogueError } from "../providers/catalogue/shape.ts";
import type { JsonValue } from "../llm/json.ts";
import type { Catalogue } from "../providers/provider.ts";

/** The environment, as far as it is read here. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The models and providers that can be named here: ours, and over them those of the user's `models.json`.
 * @throws CatalogueError for a file that cannot be read or understood.
 */
export async function loadCatalogue(env: Env): Promise<Catalogue> {
  const file = configurationFile(env);
  if (file === undefined) return catalogue;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A file that was asked for must be there.
    if (code === "ENOENT" && !env["COLLOQUY_CONFIG"]) return catalogue;
    throw new CatalogueError(file, "$", message);
  }
  return mergeCatalogue(catalogue, parse(text, file), file);
}

function parse(text: string, file: string): JsonValue {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as JsonValue;
  } catch (error) {
    throw new CatalogueError(file, "$", `not JSON: ${(error as Error).message}`);
  }
}

/** Where the user's own catalogue is; undefined where there is no home. A relative XDG_CONFIG_HOME does not count. */
export function configurationFile(env: Env): string | undefined {
  if (env["COLLOQUY_CONFIG"]) return path.resolve(env["COLLOQUY_CONFIG"]);
  const home = env["HOME"] || env["USERPROFILE"];
  const xdg = env["XDG_CONFIG_HOME"] ?? "";
  const folder = path.isAbsolute(xdg) ? xdg : home && path.join(home, ".config");
  return folder ? path.join(folder, "colloquy", "models.json") : undefined;
}
