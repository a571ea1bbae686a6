import type { ToolPolicy, Verdict } from "../../conversation/tool-batch.ts";
import type { Tool } from "../../conversation/tool.ts";
import { ConfigurationError } from "../../llm/errors.ts";
import { isObject } from "../../llm/json.ts";
import type { ToolCallPart } from "../../llm/message.ts";
import { mcpToolName } from "../mcp/names.ts";
import { commandWords } from "./command-words.ts";
import { visible } from "./visible.ts";

/**
 * What calls may do without asking: `plan`: nothing that changes anything runs; `ask`: somebody is asked before it does;
 * `auto`: everything runs. Whatever runs is inside the sandbox all the same.
 */
export type PermissionMode = "plan" | "ask" | "auto";

export const permissionModes: readonly PermissionMode[] = ["plan", "ask", "auto"];

/** What decides. */
export interface PermissionOptions {
  readonly mode: PermissionMode;
  /**
   * Calls that need nobody's leave in the mode `ask`: the name of a tool, or `shell(WORDS)` for commands of exactly
   * these words, with `*` as the last word for any further ones. A line of several commands needs a rule for each.
   * `mcp_call(SERVER.TOOL)` and `mcp__SERVER__TOOL` are a tool of an MCP server, in whichever way it is called;
   * `mcp_call(SERVER.*)` all of that server's.
   */
  readonly allow?: readonly string[];
}

/** The policy of a conversation's calls. @throws ConfigurationError `invalid-option` for a rule that is none. */
export function permissions({ mode, allow = [] }: PermissionOptions): ToolPolicy {
  const rules = allow.map(readRule);
  return (call, tool): Verdict => {
    if (tool.readOnly || mode === "auto") return "allow";
    if (mode === "plan") {
      return {
        deny: "this is plan mode, in which nothing is changed; look around with tools that only read, and say what you would do",
      };
    }
    return isAllowed(call, tool, rules) ? "allow" : "ask";
  };
}

interface Rule {
  /** Its name; of a tool of an MCP server, what it is called when it stands among the others. */
  readonly tool: string;
  /** The words of a command; undefined where all calls of the tool are meant. */
  readonly words?: readonly string[];
}

function readRule(text: string): Rule {
  const [, tool, words] = /^([a-zA-Z_][\w-]*)(?:\((.+)\))?$/.exec(text) ?? [];
  const mcp = tool === "mcp_call" && words !== undefined ? mcpRule(words) : undefined;
  if (mcp !== undefined) return { tool: mcp };
  if (tool === undefined || (words !== undefined && tool !== "shell")) {
    throw new ConfigurationError(
      "invalid-option",
      `${JSON.stringify(text)} is no rule; write the name of a tool, shell(WORDS) such as "shell(npm test *)", or mcp_call(SERVER.TOOL)`,
    );
  }
  return words === undefined ? { tool } : { tool, words: words.trim().split(/\s+/) };
}

/** `SERVER.TOOL` as that tool's name, `SERVER.*` as the beginning of all of that server's. */
function mcpRule(words: string): string | undefined {
  const [, server, tool] = /^([A-Za-z0-9][\w-]*)\.(.+)$/.exec(words) ?? [];
  if (server === undefined || tool === undefined) return undefined;
  return tool === "*" ? `mcp__${server}__*` : mcpToolName(server, tool);
}

function isAllowed(call: ToolCallPart, { name }: Tool, rules: readonly Rule[]): boolean {
  const mcp = mcpToolOf(name, call);
  if (mcp !== undefined && rules.some(({ tool }) => isMcpMeant(tool, mcp))) return true;
  const own = rules.filter(({ tool }) => tool === name);
  if (own.some(({ words }) => words === undefined)) return true;
  const commands = own.length === 0 ? undefined : commandWords(commandOf(call) ?? "");
  if (commands === undefined || commands.length === 0) return false;
  return commands.every((words) => own.some((rule) => isMeant(rule.words ?? [], words)));
}

/** What a call calls on an MCP server, by the name that rules have for it. */
function mcpToolOf(name: string, { input }: ToolCallPart): string | undefined {
  if (name !== "mcp_call") return name.startsWith("mcp__") ? name : undefined;
  const { server, tool } = isObject(input) ? input : {};
  return typeof server === "string" && typeof tool === "string" ? mcpToolName(server, tool) : undefined;
}

function isMcpMeant(rule: string, tool: string): boolean {
  return rule.endsWith("*") ? tool.startsWith(rule.slice(0, -1)) : rule === tool;
}

function isMeant(rule: readonly string[], words: readonly string[]): boolean {
  const open = rule.at(-1) === "*";
  const fixed = open ? rule.slice(0, -1) : rule;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every((word, at) => word === words[at]);
}

function commandOf({ name, input }: ToolCallPart): string | undefined {
  const command = name === "shell" && isObject(input) ? input["command"] : undefined;
  return typeof command === "string" ? command : undefined;
}

/** What would run, for whoever decides: exactly that, with everything in it to be seen. */
export function shownCall(call: Pick<ToolCallPart, "name" | "input" | "argumentsText">): string {
  const command = commandOf({ type: "tool-call", id: "", ...call });
  const others = isObject(call.input)
    ? Object.entries(call.input).filter(([key]) => key !== "command" || command === undefined)
    : [];
  const rest = others.map(([key, value]) => `${visible(key)}: ${visible(JSON.stringify(value))}`);
  if (!isObject(call.input)) rest.push(visible(call.argumentsText));
  return [visible(call.name), ...(command === undefined ? [] : [visible(command)]), ...rest].join("\n");
}
