import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { openMcp, type Mcp, type McpOptions } from "../../../src/agent/mcp/open-mcp.ts";
import type { StdioServer } from "../../../src/agent/mcp/server.ts";
import type { Conversation } from "../../../src/conversation/conversation.ts";
import type { Tool, ToolContext } from "../../../src/conversation/tool.ts";
import { readOutput } from "../../../src/conversation/tool-output.ts";
import type { JsonValue } from "../../../src/llm/json.ts";
import type { ResultPart } from "../../../src/llm/message.ts";
import { VirtualClock } from "../../support/clock.ts";
import { directSandbox } from "../../support/direct-sandbox.ts";

const script = path.join(import.meta.dirname, "raw-server.ts");

/** A server of `raw-server.ts`. */
export function raw(how: string, more: Partial<StdioServer> & { readonly note?: string } = {}): StdioServer {
  const { note, ...rest } = more;
  return {
    type: "stdio",
    name: "raw",
    origin: "user",
    command: process.execPath,
    args: [script, how, ...(note === undefined ? [] : [note])],
    env: {},
    outside: false,
    ...rest,
  };
}

/** What came of a call. */
interface Said {
  readonly text: string;
  readonly isError: boolean;
  readonly parts: readonly ResultPart[];
}

/** Servers in a folder of their own, which are gone after the test; time stands still. */
export interface McpBench {
  readonly mcp: Mcp;
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly notices: string[];
  readonly progress: JsonValue[];
  /** Calls a tool by the two that are given for many; what is thrown is thrown. */
  readonly call: (tool: string, input?: object, signal?: AbortSignal) => Promise<Said>;
  readonly list: (given?: object) => Promise<string>;
  /** Runs a tool. */
  readonly run: (tool: Tool | undefined, input: unknown, signal?: AbortSignal) => Promise<Said>;
}

/** A folder that is gone after the test. */
export function folderOf(test: TestContext): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-mcp-")));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens servers without a sandbox around them. */
export async function mcpBench(
  test: TestContext,
  servers: McpOptions["servers"],
  options: Partial<McpOptions> = {},
): Promise<McpBench> {
  const folder = folderOf(test);
  const sandbox = options.sandbox ?? directSandbox(folder);
  const clock = new VirtualClock();
  const notices: string[] = [];
  const progress: JsonValue[] = [];
  const mcp = await openMcp({
    servers,
    sandbox,
    env: { PATH: process.env["PATH"] },
    onNotice: (text) => notices.push(text),
    clock,
    ...options,
    limits: { closeMs: 0, ...options.limits },
  });
  test.after(async () => {
    await mcp.close();
    await sandbox.close();
  });
  const run: McpBench["run"] = async (tool, input, signal = new AbortController().signal) => {
    if (tool === undefined) throw new Error("there is no such tool");
    const context: ToolContext = {
      signal,
      callId: "call-1",
      conversation: undefined as unknown as Conversation, // none of these tools asks for it
      extra: undefined,
      progress: (update) => progress.push(update),
      child: () => {
        throw new Error("no tool here has children");
      },
    };
    const output = await tool.run(input, context);
    if (typeof output === "symbol") throw new Error("every call is answered");
    const { content, isError } = readOutput(output);
    const text = content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("");
    return { text, isError, parts: content };
  };
  const lazy = await mcp.tools({ waitMs: 0 });
  const named = (name: string): Tool | undefined => lazy.find((tool) => tool.name === name);
  return {
    mcp,
    folder,
    clock,
    notices,
    progress,
    run,
    call: (tool, input = {}, signal = new AbortController().signal) =>
      run(named("mcp_call"), { server: servers[0]?.name, tool, input }, signal),
    list: async (given = {}) => (await run(named("mcp_tools"), given)).text,
  };
}
