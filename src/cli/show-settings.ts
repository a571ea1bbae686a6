import { realpath } from "node:fs/promises";
import type { From, Hook, McpServer, ResolvedSettings } from "../agent/index.ts";
import { agentSettings } from "./agent-settings.ts";
import type { SettingsCommand } from "./command.ts";
import type { Io } from "./io.ts";
import { jsonText } from "./json-text.ts";
import { print } from "./outlet.ts";
import { harmless, oneLine, teller } from "./terminal.ts";
import { workingFolder } from "./working-folder.ts";

/** The face of `colloquy settings`: what holds in this folder, and whose settings say it. */
export async function runSettings(command: SettingsCommand, io: Io): Promise<number> {
  const tell = teller(io, command);
  const folder = await realpath(await workingFolder(command, io));
  const settings = await agentSettings(folder, io);
  if (command.json) return print(jsonText(settingsJson(settings), io), io);
  const { notes, project } = settings;
  for (const note of [...notes, ...(notes.includes(project.why) ? [] : [project.why])]) tell.notice(note);
  const lines = settingsLines(settings);
  return print(lines.length === 0 ? "" : `${lines.join("\n")}\n`, io);
}

/** One line for each value: whose it is, which, what. Pure. */
function settingsLines({ hooks, mcpServers, allow, done }: ResolvedSettings): string[] {
  const line = (from: string, key: string, text: string): string =>
    `${from.padEnd(7)}  ${key.padEnd(16)}  ${harmless(oneLine(text))}`;
  return [
    ...Object.entries(hooks).flatMap(([event, each]) =>
      each.map(({ value, from }) => line(from, `hooks.${event}`, hookText(value))),
    ),
    ...Object.entries(mcpServers).map(([name, { value, from }]) =>
      line(from, "mcpServers", `${name}: ${serverText(value)}`),
    ),
    ...allow.map(({ value, from }) => line(from, "allow", value)),
    ...done.map(({ value, from }) => line(from, "done", value)),
  ];
}

function hookText({ match, command, timeoutSeconds, outside }: Hook): string {
  const where = outside ? ", outside of the sandbox" : "";
  return `${match === undefined ? "" : `${match.join("|")}: `}${command} (${timeoutSeconds} s${where})`;
}

function serverText(server: McpServer): string {
  return server.type === "http" ? server.url : [server.command, ...server.args].join(" ");
}

/** Values of headers and of the environment may be keys. */
function settingsJson({ mcpServers, project, ...others }: ResolvedSettings): object {
  const { state, why } = project;
  const wanted = project.state === "none" ? [] : project.offer.obeyed;
  const servers = Object.entries(mcpServers).map(([name, each]) => [name, masked(each)] as const);
  return { ...others, mcpServers: Object.fromEntries(servers), project: { state, why, wanted } };
}

function masked({ value, from }: From<McpServer>): From<McpServer> {
  const hide = (all: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.keys(all).map((name) => [name, "***"]));
  if (value.type === "http") return { from, value: { ...value, headers: hide(value.headers) } };
  return { from, value: { ...value, env: hide(value.env) } };
}
