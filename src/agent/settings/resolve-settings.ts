import { projectSettings, type ProjectSettings } from "../trust/project-settings.ts";
import type { Trust } from "../trust/trust-file.ts";
import type { SettingsOf } from "./read-settings.ts";
import type { McpServer } from "../mcp/server.ts";
import { hookEvents, type Hook, type HookEvent } from "./settings.ts";
import { readUserSettings } from "./settings-file.ts";

/** A value, and whose settings it is from. */
export interface From<Value> {
  readonly value: Value;
  readonly from: SettingsOf;
}

/** What holds in a folder: the user's own settings, and of the project's only what was trusted. */
export interface ResolvedSettings {
  /** In the order in which they run: the user's first. */
  readonly hooks: Readonly<Record<HookEvent, readonly From<Hook>[]>>;
  /** By name; of two of the same name, the user's. */
  readonly mcpServers: Readonly<Record<string, From<McpServer>>>;
  readonly allow: readonly From<string>[];
  readonly done: readonly From<string>[];
  /** How it stands with the project's. */
  readonly project: ProjectSettings;
  /** What people should know. */
  readonly notes: readonly string[];
}

/** Where settings are looked for. */
export interface SettingsPlaces {
  readonly folder: string;
  /** {@link UserPlaces.configFolder} */
  readonly configFolder: string | undefined;
  readonly trust: Trust;
  /** We were started by a hook ourselves: then no hook runs, or they would cause each other. {@link inHook} */
  readonly withoutHooks?: boolean;
}

/**
 * Reads all settings there are, and says where each value is from.
 *
 * @throws ConfigurationError `invalid-option` for settings of the user's own that cannot be read or understood. A project's
 * are told of, and not obeyed.
 */
export async function resolveSettings(places: SettingsPlaces): Promise<ResolvedSettings> {
  const { folder, configFolder, trust, withoutHooks = false } = places;
  const user = await readUserSettings(configFolder);
  const project = await projectSettings({ folder, trust });
  const notes = [...user.notes, ...project.notes];
  if (trust.problem !== undefined) notes.push(trust.problem);
  const [own, theirs] = [user.settings, project.settings];
  const both = <Value>(mine: readonly Value[], other: readonly Value[]): From<Value>[] => [
    ...mine.map((value) => ({ value, from: "user" as const })),
    ...other.map((value) => ({ value, from: "project" as const })),
  ];
  const hooks = (event: HookEvent): From<Hook>[] =>
    withoutHooks ? [] : both(own.hooks[event], theirs.hooks[event]);
  if (withoutHooks && hookEvents.some((event) => both(own.hooks[event], theirs.hooks[event]).length > 0))
    notes.push("no hooks run here: this was started by a hook itself");
  const mcpServers = Object.entries(theirs.mcpServers).map(
    ([name, value]) => [name, { value, from: "project" }] as const,
  );
  for (const [name] of mcpServers) {
    if (Object.hasOwn(own.mcpServers, name))
      notes.push(`the server ${name} is that of your own settings, not the project's`);
  }
  const mine = Object.entries(own.mcpServers).map(
    ([name, value]) => [name, { value, from: "user" }] as const,
  );
  return {
    hooks: { beforeTool: hooks("beforeTool"), afterTool: hooks("afterTool"), endOfTurn: hooks("endOfTurn") },
    mcpServers: Object.fromEntries([...mcpServers, ...mine]),
    allow: both(own.allow, theirs.allow),
    done: both(own.done, theirs.done),
    project,
    notes,
  };
}
