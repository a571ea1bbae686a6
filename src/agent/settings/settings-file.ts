import path from "node:path";
import { ConfigurationError } from "../../llm/errors.ts";
import { readOwn, readWithin, type FileRead } from "../read-within.ts";
import { parseServers, parseSettings, type ReadSettings } from "./read-settings.ts";
import { noSettings } from "./settings.ts";

/** Where a project has its settings, and its MCP servers in the form that other agents read too. */
const projectFiles = { settings: ".colloquy/settings.json", servers: ".mcp.json" } as const;

/** Longer settings are none, in bytes. */
const MOST_BYTES = 256 * 1024;

/**
 * What a project says it wants. Nobody has trusted it: this is to be shown, and obeyed only as far as it was.
 *
 * @param folder absolute, links followed
 * @throws ConfigurationError `invalid-option` for files that cannot be read or understood
 */
export async function readProjectSettings(folder: string): Promise<ReadSettings> {
  const settings = textOf(await read(folder, projectFiles.settings), projectFiles.settings);
  const servers = textOf(await read(folder, projectFiles.servers), projectFiles.servers);
  const own = settings === undefined ? nothing : parseSettings(settings, projectFiles.settings, "project");
  const listed = servers === undefined ? nothing : parseServers(servers, projectFiles.servers);
  const notes = [...own.notes, ...listed.notes];
  for (const name of Object.keys(listed.settings.mcpServers)) {
    if (Object.hasOwn(own.settings.mcpServers, name))
      notes.push(`${projectFiles.servers}: the server ${name} is that of ${projectFiles.settings}`);
  }
  const mcpServers = { ...listed.settings.mcpServers, ...own.settings.mcpServers };
  return { settings: { ...own.settings, mcpServers }, notes };
}

/**
 * The user's own settings, for all projects.
 *
 * @throws ConfigurationError `invalid-option` for a file that cannot be read or understood
 */
export async function readUserSettings(configFolder: string | undefined): Promise<ReadSettings> {
  if (configFolder === undefined) return nothing;
  const file = path.join(configFolder, "settings.json");
  const text = textOf(await readOwn(file, MOST_BYTES), file);
  return text === undefined ? nothing : parseSettings(text, file, "user");
}

const nothing: ReadSettings = { settings: noSettings, notes: [] };

function read(folder: string, name: string): Promise<FileRead> {
  return readWithin(folder, path.join(folder, name), MOST_BYTES);
}

function textOf(read: FileRead, file: string): string | undefined {
  if (read.type === "absent") return undefined;
  if (read.type === "text" && !read.cut) return read.text;
  const why = read.type === "refused" ? read.why : `is larger than ${MOST_BYTES / 1024} KB`;
  throw new ConfigurationError("invalid-option", `${file} is not read: it ${why}`);
}
