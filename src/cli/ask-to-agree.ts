import type { McpChange } from "../agent/index.ts";
import { isYes, type LineReader } from "./line-reader.ts";
import type { Teller } from "./terminal.ts";

/**
 * Asks at the terminal whether tools of a server may be used that are not as they were when it was first used. All that is
 * new in what the model would be told of them is shown.
 */
export async function askToAgree(
  { server, tools }: McpChange,
  lines: Pick<LineReader, "read">,
  tell: Pick<Teller, "reply">,
): Promise<boolean> {
  const each = tools.map(({ name, change, description }) => {
    const what = change === "new" ? "new" : "its description or its input changed";
    return `  ${name} (${what}): ${description.replaceAll("\n", "\n    ")}`;
  });
  tell.reply(
    ["", `the MCP server ${server} says other things of its tools than before:`, ...each].join("\n"),
  );
  return isYes(await lines.read("use them as they are now? y/N "));
}
