import { realpath } from "node:fs/promises";
import { ConfigurationError } from "../../llm/errors.ts";
import { readProjectSettings } from "../settings/settings-file.ts";
import { noSettings, saysNothing, type Settings } from "../settings/settings.ts";
import { offerOf, type Offer } from "./offer.ts";
import type { Trust } from "./trust-file.ts";

/** What a folder's settings are worth. `settings` is what is obeyed: all of them, or nothing. */
export type ProjectSettings = (
  | { readonly state: "none" }
  | { readonly state: "trusted"; readonly offer: Offer }
  | { readonly state: "untrusted"; readonly offer: Offer }
  /** It was trusted, and wants something else now. */
  | { readonly state: "changed"; readonly offer: Offer; readonly before: readonly string[] }
) & {
  readonly settings: Settings;
  /** In one line, for people. */
  readonly why: string;
  readonly notes: readonly string[];
};

/**
 * Reads what a folder wants to be obeyed in, and says whether it is. What cannot be read or understood is not: that is
 * told, and is no failure, since nobody asked for it.
 */
export async function projectSettings(asked: {
  readonly folder: string;
  readonly trust: Trust;
}): Promise<ProjectSettings> {
  const folder = await realpath(asked.folder);
  let read;
  try {
    read = await readProjectSettings(folder);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const why = `the project's settings are not obeyed: ${error.message}`;
    return { state: "none", settings: noSettings, why, notes: [why] };
  }
  const { settings, notes } = read;
  if (saysNothing(settings)) {
    return { state: "none", settings: noSettings, why: "the project has no settings", notes };
  }
  const offer = await offerOf(folder, settings);
  const known = asked.trust.folders.get(folder);
  if (known?.hash === offer.hash)
    return { state: "trusted", offer, settings, why: `you trusted this folder on ${known.date}`, notes };
  const nothing = "so nothing of its settings is obeyed; `colloquy trust` shows them";
  if (known === undefined) {
    const why = `you have not trusted this folder, ${nothing}`;
    return { state: "untrusted", offer, settings: noSettings, why, notes };
  }
  const why = `what this folder wants has changed since you trusted it on ${known.date}, ${nothing}`;
  return { state: "changed", offer, before: known.obeyed, settings: noSettings, why, notes };
}
