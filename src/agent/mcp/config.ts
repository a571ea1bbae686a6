import { ConfigurationError } from "../../llm/errors.ts";
import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { oneLine } from "./words.ts";
import type { HttpServer, McpOrigin, McpServer, StdioServer } from "./server.ts";

/** Nobody has more, and a file with more is no configuration. */
const MOST_SERVERS = 50;
const MOST_BYTES = 256 * 1024;

/**
 * So that `mcp__SERVER__TOOL` can be read in one way only, and stands in a rule as it is: no two `_` in a row, and none
 * at the end.
 */
const NAME = /^(?!.*__)[A-Za-z0-9][A-Za-z0-9_-]{0,31}(?<!_)$/;

/**
 * The servers of a configuration file in the usual format, `{ "mcpServers": { NAME: { command, args, env, cwd } | { url,
 * headers } } }`. Members that we do not know are passed over, as other programs' are; `"disabled": true` leaves one out.
 *
 * @throws ConfigurationError `invalid-option` for a file that is none; its message says where and what to write.
 */
export function readMcpConfig(text: string, origin: McpOrigin): readonly McpServer[] {
  if (text.length > MOST_BYTES) throw invalid(`it is larger than ${MOST_BYTES / 1024} KB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const servers = isObject(value) ? own(value, "mcpServers") : undefined;
  if (!isObject(servers)) {
    throw invalid('write { "mcpServers": { "NAME": { "command": "PROGRAM" } or { "url": "https://..." } } }');
  }
  return readServers(servers, origin);
}

/**
 * The servers of an object of them, by their names.
 * @throws ConfigurationError `invalid-option`
 */
export function readServers(servers: JsonValue, origin: McpOrigin): readonly McpServer[] {
  if (!isObject(servers)) throw invalid('"mcpServers" is no object');
  const entries = Object.entries(servers);
  if (entries.length > MOST_SERVERS) throw invalid(`it has more than ${MOST_SERVERS} servers`);
  return entries
    .filter(([, server]) => !(isObject(server) && own(server, "disabled") === true))
    .map(([name, server]) => readServer(name, server, origin));
}

function readServer(name: string, given: JsonValue, origin: McpOrigin): McpServer {
  if (!NAME.test(name)) {
    throw invalid(
      `${JSON.stringify(name.slice(0, 80))} is no name for a server; take up to 32 letters, digits, - and single _`,
    );
  }
  const at = new Members(name, given, origin);
  const type = at.text("type");
  if (type === "sse") {
    throw at.wrong("its type is sse, which was given up in 2025; if it also has streamable HTTP, write http");
  }
  const [command, url] = [at.text("command"), at.text("url")];
  if (command !== undefined && url !== undefined)
    throw at.wrong("has both a command and a url; take one out");
  if (command !== undefined) return stdio(at, command);
  if (url !== undefined) return http(at, url);
  throw at.wrong('has neither a "command" nor a "url"; write one');
}

function stdio(at: Members, command: string): StdioServer {
  if (command.trim() === "") throw at.wrong("has an empty command; write the program's name");
  const cwd = at.text("cwd");
  return {
    type: "stdio",
    name: at.server,
    origin: at.origin,
    command,
    args: at.texts("args"),
    env: at.record("env"),
    ...(cwd !== undefined && { cwd }),
    outside: at.userOnly("outside"),
  };
}

function http(at: Members, url: string): HttpServer {
  // With a variable in it, it is looked at when it is known.
  const parsed = url.includes("${") ? undefined : URL.parse(url);
  if (parsed === null || (parsed !== undefined && !/^https?:$/.test(parsed.protocol))) {
    throw at.wrong("has a url that is no http or https URL");
  }
  if (parsed !== undefined && (parsed.username !== "" || parsed.password !== "")) {
    throw at.wrong('has a url with a name or a password in it; write a token into "headers"');
  }
  const headers = at.record("headers");
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[\r\n\0]/.test(value)) {
      throw at.wrong(`cannot send the header ${JSON.stringify(name)}; it holds what no header may`);
    }
  }
  return {
    type: "http",
    name: at.server,
    origin: at.origin,
    url,
    headers,
    private: at.userOnly("private"),
  };
}

/** The members of one server, read by what they have to be. */
class Members {
  readonly server: string;
  readonly origin: McpOrigin;
  readonly #given: JsonObject;

  constructor(server: string, given: JsonValue, origin: McpOrigin) {
    this.server = server;
    this.origin = origin;
    if (!isObject(given)) throw this.wrong("is no object");
    this.#given = given;
  }

  text(key: string): string | undefined {
    const value = own(this.#given, key);
    if (value === undefined || typeof value === "string") return value;
    throw this.wrong(`has a "${key}" that is no text`);
  }

  texts(key: string): readonly string[] {
    const value = own(this.#given, key) ?? [];
    if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
    throw this.wrong(`has "${key}" that are no list of texts`);
  }

  record(key: string): Readonly<Record<string, string>> {
    const value = own(this.#given, key) ?? {};
    if (!isObject(value)) throw this.wrong(`has "${key}" that are no object`);
    const entries = Object.entries(value).map(([name, each]): [string, string] => {
      if (typeof each !== "string")
        throw this.wrong(`has "${key}" in which ${JSON.stringify(name)} is no text`);
      return [name, each];
    });
    return Object.fromEntries(entries);
  }

  /** A liberty that a project cannot take. */
  userOnly(key: string): boolean {
    const value = own(this.#given, key) ?? false;
    if (typeof value !== "boolean") throw this.wrong(`has "${key}", which is true or false`);
    if (value && this.origin === "project") {
      throw this.wrong(
        `says "${key}", which only your own configuration can; copy the server there if you want that`,
      );
    }
    return value;
  }

  wrong(what: string): ConfigurationError {
    return invalid(`the server ${this.server} ${what}`);
  }
}

function invalid(what: string): ConfigurationError {
  const why = oneLine(what, 500);
  return new ConfigurationError("invalid-option", `this configuration of MCP servers cannot be used: ${why}`);
}
