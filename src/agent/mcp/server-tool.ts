import { createHash } from "node:crypto";
import { isObject, own, type JsonObject, type JsonValue } from "../../llm/json.ts";
import { cleanSchema, UnusableSchema } from "./clean-schema.ts";
import { loosened } from "./loosened.ts";
import { mcpToolName } from "./names.ts";
import { manyLines, oneLine } from "./words.ts";

const MOST_TOOLS = 500;
const LONGEST_DESCRIPTION = 2000;
/** https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names */
const NAME = /^[A-Za-z0-9_./-]{1,128}$/;

/** A tool of a server, fit to be shown. What the server says of what it does (its annotations) is not believed. */
export interface ServerTool {
  readonly server: string;
  /** As the server calls it. */
  readonly name: string;
  /** As a model and rules call it. */
  readonly exposed: string;
  /** The server's words. */
  readonly description: string;
  /** The server's schema, for a model to read. */
  readonly shown: JsonObject;
  /** The same made safe, to check arguments by. */
  readonly schema: JsonObject;
  /** Of its description and schema as they came, whatever the order of their members. */
  readonly hash: string;
}

/** What a server lists, and why some of it is not used, each in words for people. */
export interface ToolList {
  readonly tools: readonly ServerTool[];
  readonly problems: readonly string[];
}

/** The tools of a server, of what it lists. */
export function readTools(server: string, listed: readonly JsonValue[]): ToolList {
  const tools = new Map<string, ServerTool>();
  const problems: string[] = [];
  for (const given of listed.slice(0, MOST_TOOLS)) {
    const name = isObject(given) ? own(given, "name") : undefined;
    if (!isObject(given) || typeof name !== "string" || !NAME.test(name)) {
      problems.push(
        `a tool named ${oneLine(JSON.stringify(name ?? null), 80)} is left out: that is no name for a tool`,
      );
    } else if (tools.has(name)) problems.push(`a second tool named ${name} is left out`);
    else {
      try {
        tools.set(name, readTool(server, name, given));
      } catch (error) {
        if (!(error instanceof UnusableSchema)) throw error;
        problems.push(`its tool ${name} is left out: it ${error.message}`);
      }
    }
  }
  const more = listed.length - MOST_TOOLS;
  if (more > 0) problems.push(`${more} of its ${listed.length} tools are left out: ${MOST_TOOLS} are enough`);
  return { tools: [...tools.values()], problems };
}

function readTool(server: string, name: string, given: JsonObject): ServerTool {
  const said = own(given, "description");
  const description = typeof said === "string" ? said : "";
  const input = own(given, "inputSchema");
  const shown = cleanSchema(input);
  const schema = loosened(shown);
  if (own(schema, "type") !== "object") throw new UnusableSchema("takes no object");
  const cut = description.length > LONGEST_DESCRIPTION;
  return {
    server,
    name,
    exposed: mcpToolName(server, name),
    description: manyLines(description.slice(0, LONGEST_DESCRIPTION)).trim() + (cut ? "… (cut)" : ""),
    shown,
    schema,
    hash: createHash("sha256")
      .update(canonical([description, input ?? null]))
      .digest("hex"),
  };
}

/** JSON with the members of each object in order. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`);
  return `{${members.join(",")}}`;
}
