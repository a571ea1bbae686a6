import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import path from "node:path";
import { openModel } from "../providers/open-model.ts";
import { catalogue as ours } from "../providers/catalogue/index.ts";
import type { Catalogue } from "../providers/provider.ts";
import { proxyFor } from "../providers/proxy.ts";
import { loadCatalogue, type Env } from "./catalogue.ts";
import { chooseModel, type Choice } from "./choose-model.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { openKeptSessions, sessionsFile } from "./sessions-file.ts";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly told: string;
  /** What to do, where something is not as it should be. */
  readonly advice?: string;
}

/** The keys, by the names of their variables alone, and the model that is asked when none is named. */
export async function checkKeys(env: Env): Promise<readonly Check[]> {
  let catalogue: Catalogue = ours;
  const checks: Check[] = [];
  try {
    catalogue = await loadCatalogue(env);
  } catch (error) {
    checks.push({
      name: "models.json",
      ok: false,
      told: told(error),
      advice: "mend the file, or move it away",
    });
  }
  const { providers } = catalogue;
  const names = new Set(providers.flatMap(({ auth, keyVariables }) => (auth === "none" ? [] : keyVariables)));
  const found = [...names].filter((name) => env[name]?.trim());
  const choice = chooseModel({}, env, catalogue);
  checks.push(
    found.length > 0
      ? { name: "keys", ok: true, told: found.join(", ") }
      : {
          name: "keys",
          ok: choice.by !== "nothing",
          told: "none found",
          ...(choice.by === "nothing" && {
            advice: `set one, such as ${[...names][0]}; \`colloquy models\` lists all, and where to get one`,
          }),
        },
    checkModel(choice, env, catalogue),
  );
  return checks;
}

const because: Readonly<Record<Choice["by"], string>> = {
  flag: "by --model",
  session: "by the session",
  replay: "by the recording",
  variable: "by COLLOQUY_MODEL",
  key: "the first for which there is a key",
  nothing: "built in, for there is no key; it answers by rules",
};

function checkModel(choice: Choice, env: Env, catalogue: Catalogue): Check {
  const name = "model";
  try {
    const { provider, name: model } = openModel(choice.name, { env, catalogue }).info;
    return { name, ok: true, told: `${provider}/${model} (${because[choice.by]})` };
  } catch (error) {
    const advice =
      choice.by === "variable" ? "change or unset COLLOQUY_MODEL; `colloquy models` lists names" : undefined;
    return { name, ok: false, told: told(error), ...(advice !== undefined && { advice }) };
  }
}

/** Where sessions are kept, and whether they can be. Makes nothing. */
export async function checkStore(io: Io): Promise<Check> {
  const name = "sessions";
  const advice = "set COLLOQUY_HOME to a folder that can be written, or say --no-session each time";
  const file = sessionsFile(io.env);
  if (file === undefined) {
    return {
      name,
      ok: false,
      told: "there is no place for them: COLLOQUY_HOME and HOME are not set",
      advice,
    };
  }
  try {
    const store = await openKeptSessions(io);
    if (store === undefined) {
      const folder = await nearest(path.dirname(file));
      await access(folder, constants.W_OK);
      return { name, ok: true, told: `${file}, which is made with the first one` };
    }
    try {
      await access(file, constants.W_OK);
      return { name, ok: true, told: `${file}, ${(await store.list()).length} of them` };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { name, ok: false, told: `${file}: ${told(error)}`, advice };
  }
}

/** What is there of a path: itself, or the first that is above it. */
async function nearest(place: string): Promise<string> {
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() === true) return place;
  const above = path.dirname(place);
  if (found !== undefined || above === place) throw new Error(`${place} is no folder`);
  return nearest(above);
}

/** The variables that name a proxy, and whether it is one. Their values may hold passwords and are not told. */
export function checkProxies(env: Env): readonly Check[] {
  const name = "proxy";
  const set = ["https_proxy", "http_proxy", "all_proxy", "no_proxy"]
    .flatMap((lower) => [lower, lower.toUpperCase()])
    .filter((variable) => env[variable]?.trim());
  if (set.length === 0) return [{ name, ok: true, told: "none: no variable names one" }];
  try {
    const ways = ["https", "http"].map((scheme) => {
      const proxy = proxyFor(new URL(`${scheme}://example.com`), env);
      return `${scheme} ${proxy === undefined ? "goes straight" : `by ${proxy.url.host}`}`;
    });
    return [{ name, ok: true, told: `${ways.join(", ")} (${set.join(", ")})` }];
  } catch (error) {
    return [{ name, ok: false, told: told(error) }];
  }
}

function told(error: unknown): string {
  return explain(error, false)[0] ?? "";
}
