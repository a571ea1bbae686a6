import { ConfigurationError } from "../../llm/errors.ts";
import type { JsonValue } from "../../llm/json.ts";
import { Place } from "../../providers/catalogue/shape.ts";
import { permissions } from "../permissions/permissions.ts";
import { readServers } from "../mcp/config.ts";
import type { McpServer } from "../mcp/server.ts";
import { hookEvents, noSettings, type Hook, type Settings } from "./settings.ts";

/** Whose settings they are: a project's may say less. */
export type SettingsOf = "user" | "project";

/** What is read of a file of settings, and what in it does nothing. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly notes: readonly string[];
}

const KEYS = ["hooks", "mcpServers", "allow", "done"] as const;

/** So long may one text be, and so many things may be said of a kind. */
const LONGEST = 8192;
const MOST = 100;

/** How long a hook may take where nothing is said, and at most. */
const TIMEOUT_SECONDS = 30;
const MOST_SECONDS = 600;

/**
 * Settings from JSON. Keys that are not known do nothing and are told.
 *
 * @param file its name, for messages
 * @throws ConfigurationError `invalid-option` with the place in the file of what makes no sense
 */
export function parseSettings(json: string, file: string, of: SettingsOf): ReadSettings {
  const place = new Place(parseJson(json, file), file);
  const notes: string[] = [];
  for (const key of Object.keys(place.object())) {
    if (key === "$schema" || (KEYS as readonly string[]).includes(key)) continue;
    const why =
      of === "project"
        ? " (keys, addresses of providers and environment are never taken from a project)"
        : "";
    notes.push(
      `${file}: ${JSON.stringify(key)} is not known and does nothing${why}; known: ${KEYS.join(", ")}`,
    );
  }
  const hooks = place.at("hooks")?.only(hookEvents);
  const told = (event: (typeof hookEvents)[number]): Hook[] =>
    few(hooks?.at(event)).map((each) => hook(each, event, of));
  const settings: Settings = {
    hooks: { beforeTool: told("beforeTool"), afterTool: told("afterTool"), endOfTurn: told("endOfTurn") },
    mcpServers: servers(place.at("mcpServers"), of),
    allow: few(place.at("allow")).map(rule),
    done: few(place.at("done")).map(short),
  };
  return { settings, notes };
}

/** The servers of a `.mcp.json`, of which nothing else is taken. @throws ConfigurationError `invalid-option` */
export function parseServers(json: string, file: string): ReadSettings {
  const place = new Place(parseJson(json, file), file);
  const others = Object.keys(place.object()).filter((key) => key !== "mcpServers" && key !== "$schema");
  return {
    settings: { ...noSettings, mcpServers: servers(place.at("mcpServers"), "project") },
    notes: others.map(
      (key) => `${file}: ${JSON.stringify(key)} is not known and does nothing; known: mcpServers`,
    ),
  };
}

function parseJson(json: string, file: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch (error) {
    throw new ConfigurationError("invalid-option", `${file}: it is not JSON: ${(error as Error).message}`);
  }
}

function hook(place: Place, event: (typeof hookEvents)[number], of: SettingsOf): Hook {
  place.only(["match", "command", "timeoutSeconds", "outside"]);
  const match = place.at("match");
  if (match !== undefined && event === "endOfTurn")
    match.fail("has no meaning at the end of a turn; leave it out");
  const outside = place.at("outside")?.flag() ?? false;
  if (outside && of === "project") {
    place.at("outside")?.fail("only your own settings may run a hook outside of the sandbox");
  }
  const timeoutSeconds = place.at("timeoutSeconds")?.count() ?? TIMEOUT_SECONDS;
  if (timeoutSeconds > MOST_SECONDS) place.at("timeoutSeconds")?.fail(`must be ${MOST_SECONDS} at most`);
  return {
    match: match === undefined ? undefined : names(match),
    command: short(place.need("command")),
    timeoutSeconds,
    outside,
  };
}

/** `shell|patch`, `mcp_*`. No regular expression: one of a stranger's could be made to take for ever. */
function names(place: Place): string[] {
  const all = short(place).split("|");
  if (all.some((name) => !/^[\w*-]{1,64}$/.test(name))) {
    place.fail('must be names of tools, such as "shell|patch"; * stands for any letters');
  }
  return all;
}

/** By name. */
function servers(place: Place | undefined, of: SettingsOf): Readonly<Record<string, McpServer>> {
  if (place === undefined) return {};
  try {
    return Object.fromEntries(readServers(place.value, of).map((server) => [server.name, server]));
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return place.fail(error.message);
  }
}

function few(place: Place | undefined): readonly Place[] {
  const items = place?.items() ?? [];
  return items.length <= MOST ? items : (place as Place).fail(`must have ${MOST} members at most`);
}

function rule(place: Place): string {
  const text = short(place);
  try {
    permissions({ mode: "ask", allow: [text] });
  } catch (error) {
    place.fail((error as Error).message);
  }
  return text;
}

function short(place: Place): string {
  const text = place.text();
  if (text.includes("\0")) place.fail("must not have a zero byte in it");
  return text.length <= LONGEST ? text : place.fail(`must have ${LONGEST} characters at most`);
}
