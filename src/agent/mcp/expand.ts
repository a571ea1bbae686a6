import { McpError } from "./error.ts";
import type { McpServer } from "./server.ts";

/** The environment that variables are taken from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A server with each `${VAR}` and `${VAR:-DEFAULT}` in its texts replaced. A project's file gets none of the user's
 * variables: where one stands there, the server is refused.
 *
 * @throws McpError `refused` for a project's, `unavailable` for a variable that is not set.
 */
export function expanded(server: McpServer, env: Environment): McpServer {
  const text = (given: string): string =>
    given.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (whole, name: string, otherwise?: string) => {
      if (server.origin === "project") {
        throw new McpError(
          "refused",
          server.name,
          `the project's server ${server.name} asks for ${whole}, and your variables are not given to projects; configure it in a file of your own (--mcp-config)`,
        );
      }
      const value = env[name] === "" ? undefined : env[name];
      const found = value ?? otherwise;
      if (found !== undefined) return found;
      throw new McpError(
        "unavailable",
        server.name,
        `the server ${server.name} needs the variable ${name}, which is not set; export it`,
      );
    });
  const record = (given: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name, text(value)]));
  if (server.type === "http") {
    return { ...server, url: text(server.url), headers: record(server.headers) };
  }
  return {
    ...server,
    command: text(server.command),
    args: server.args.map(text),
    env: record(server.env),
    ...(server.cwd !== undefined && { cwd: text(server.cwd) }),
  };
}
