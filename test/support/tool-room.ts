import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { codingTools } from "../../src/agent/tools/coding-tools.ts";
import { openToolRoom, type ToolRoom, type ToolRoomOptions } from "../../src/agent/tools/room.ts";
import type { Conversation } from "../../src/conversation/conversation.ts";
import type { Tool, ToolContext } from "../../src/conversation/tool.ts";
import { failure, readOutput } from "../../src/conversation/tool-output.ts";
import type { ResultPart } from "../../src/llm/message.ts";
import { VirtualClock } from "./clock.ts";
import { directSandbox } from "./direct-sandbox.ts";

/** What a model would be told, its texts joined. */
interface Said {
  readonly text: string;
  readonly isError: boolean;
  readonly parts: readonly ResultPart[];
  readonly display: unknown;
}

/** Tools in a workspace of their own, which is gone after the test; time stands still unless a clock is given. */
export interface Bench {
  readonly folder: string;
  readonly logs: string;
  readonly room: ToolRoom;
  /** Calls a tool as a conversation would, but for the check of its arguments. */
  readonly call: (name: string, input: unknown, signal?: AbortSignal) => Promise<Said>;
}

export function toolBench(test: TestContext, options: Partial<ToolRoomOptions> = {}): Bench {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "colloquy-tools-")));
  const folder = mkdtempSync(path.join(base, "workspace-"));
  const logs = path.join(base, "logs");
  const sandbox = directSandbox(folder);
  const room = openToolRoom({ sandbox, logFolder: logs, clock: new VirtualClock(), ...options });
  test.after(async () => {
    await room.close();
    await sandbox.close();
    rmSync(base, { recursive: true, force: true });
  });
  const tools = new Map(codingTools(room).map((tool) => [tool.name, tool]));
  return {
    folder,
    logs,
    room,
    call: async (name, input, signal = new AbortController().signal) => {
      const tool = tools.get(name);
      if (tool === undefined) throw new Error(`there is no tool ${name}`);
      return said(await run(tool, input, signal));
    },
  };
}

async function run(tool: Tool, input: unknown, signal: AbortSignal): Promise<ReturnType<typeof failure>> {
  const context: ToolContext = {
    signal,
    callId: "call-1",
    conversation: undefined as unknown as Conversation, // none of these tools asks for it
    extra: undefined,
    progress: () => undefined,
    child: () => {
      throw new Error("no tool here has children");
    },
  };
  try {
    const output = await tool.run(input, context);
    if (typeof output === "symbol") throw new Error("every call is answered");
    return readOutput(output);
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
}

function said({ content, isError, display }: ReturnType<typeof failure>): Said {
  const text = content.map((part) => (part.type === "text" ? part.text : `[${part.type}]`)).join("");
  return { text, isError, parts: content, display };
}
