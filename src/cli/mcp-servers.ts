import { readFile } from "node:fs/promises";
import path from "node:path";
import type { McpServer, ResolvedSettings } from "../agent/index.ts";
import { ConfigurationError } from "../llm/errors.ts";
import { UsageError } from "./command.ts";
import { whyNot } from "./file-reasons.ts";

/**
 * The servers that are to be used: those of `--mcp-config` files, which are the user's own, then those of the settings.
 * @throws UsageError for a file that cannot be read or understood.
 */
export async function mcpServers(
  files: readonly string[],
  cwd: string,
  settings: Pick<ResolvedSettings, "mcpServers">,
): Promise<readonly McpServer[]> {
  const given = await Promise.all(files.map((file) => readServers(path.resolve(cwd, file))));
  return [...given.flat(), ...Object.values(settings.mcpServers).map(({ value }) => value)];
}

async function readServers(file: string): Promise<readonly McpServer[]> {
  const { readMcpConfig } = await import("../agent/index.ts");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`--mcp-config ${file} cannot be read: ${whyNot(error)}`);
  }
  try {
    return readMcpConfig(text, "user");
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(`--mcp-config ${file}: ${error.message}`);
    throw error;
  }
}
