import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { readBytesWithin } from "../read-within.ts";
import { isWithin } from "../sandbox/look.ts";
import { visible } from "../permissions/visible.ts";
import type { McpServer } from "../mcp/server.ts";
import { hookEvents, type Hook, type HookEvent, type Settings } from "../settings/settings.ts";

/** What a folder wants to be obeyed in: to be shown to its user, who trusts it or not. */
export interface Offer {
  /** Its path, links followed. */
  readonly folder: string;
  readonly settings: Settings;
  /** Line by line, with everything in it to be seen. */
  readonly obeyed: readonly string[];
  /** SHA-256 of the settings and of the files that their commands name, in hex. */
  readonly hash: string;
}

/** So many files that commands name are bound, and so much of each counts, beside its size, in bytes. */
const MOST_FILES = 100;
const MOST_BYTES = 16 * 1024 * 1024;

/** Makes an offer of what a project says. Files of the project that its commands name are part of it, by their hash. */
export async function offerOf(folder: string, settings: Settings): Promise<Offer> {
  const files = await namedFiles(folder, settings);
  const obeyed = [
    ...hookEvents.flatMap((event) => settings.hooks[event].map((hook) => hookLine(event, hook))),
    ...Object.entries(settings.mcpServers).map(([name, server]) => serverLine(name, server)),
    ...settings.allow.map((rule) => `allow without asking: ${inLine(rule)}`),
    ...settings.done.map((command) => `before work counts as done, run in the sandbox: ${inLine(command)}`),
    ...files.map(([name, hash]) => `with the file ${inLine(name)} (sha256 ${hash.slice(0, 16)})`),
  ];
  const hash = sha256(JSON.stringify([settings, files]));
  return { folder, settings, obeyed, hash };
}

const moments: Readonly<Record<HookEvent, string>> = {
  beforeTool: "before each call of",
  afterTool: "after each call of",
  endOfTurn: "at the end of each turn",
};

function hookLine(event: HookEvent, { match, command, timeoutSeconds, outside }: Hook): string {
  const tools = event === "endOfTurn" ? "" : ` ${match?.join(", ") ?? "any tool"}`;
  const where = outside ? "OUTSIDE of the sandbox" : "in the sandbox";
  return `${moments[event]}${tools}, run ${where}, for ${timeoutSeconds} s at most: ${inLine(command)}`;
}

function serverLine(name: string, server: McpServer): string {
  if (server.type === "http") {
    const headers =
      Object.keys(server.headers).length === 0 ? "" : ` with the headers ${json(server.headers)}`;
    return `ask the MCP server ${name}: ${inLine(server.url)}${headers}`;
  }
  const env = Object.keys(server.env).length === 0 ? "" : ` with ${json(server.env)}`;
  const cwd = server.cwd === undefined ? "" : ` in ${inLine(server.cwd)}`;
  return `start the MCP server ${name}: ${json([server.command, ...server.args])}${env}${cwd}`;
}

const json = (value: unknown): string => inLine(JSON.stringify(value));

/** One line, of which no two texts have the same. */
function inLine(text: string): string {
  return visible(text).replaceAll("\n", "\\u{a}").replaceAll("\t", "\\u{9}");
}

/** Files of the project that a hook or a server names, by their paths, with their hashes. */
async function namedFiles(folder: string, { hooks, mcpServers }: Settings): Promise<[string, string][]> {
  const lines = hookEvents.flatMap((event) => hooks[event].map(({ command }) => command));
  const words = new Set(wordsOf(lines));
  for (const server of Object.values(mcpServers)) {
    if (server.type !== "stdio") continue;
    for (const word of wordsOf([server.command, ...server.args])) {
      words.add(word).add(path.join(server.cwd ?? ".", word));
    }
  }
  const found = new Map<string, string>();
  for (const word of [...words].sort()) {
    if (word === "" || word.length > 1024 || found.size >= MOST_FILES) continue;
    const at = path.resolve(folder, word);
    const name = path.relative(folder, at);
    if (at === folder || !isWithin(folder, at) || found.has(name)) continue;
    const hash = await hashOf(folder, at);
    if (hash !== undefined) found.set(name, hash);
  }
  return [...found];
}

/** All that may be a path in what a shell would read. */
function wordsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => [line, ...line.split(/[\s"'`;|&<>()=,:$]+/)]);
}

async function hashOf(folder: string, at: string): Promise<string | undefined> {
  const read = await readBytesWithin(folder, at, MOST_BYTES);
  if (read.type === "absent") return undefined;
  // A folder, or a link to somewhere else, which is not the project's to change.
  if (read.type === "refused") return undefined;
  const whole = read.cut ? ` of ${(await stat(read.path)).size}` : "";
  return createHash("sha256").update(read.bytes).update(whole).digest("hex");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
