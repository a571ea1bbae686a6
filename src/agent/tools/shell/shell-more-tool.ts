import type { Tool, ToolAnswer, ToolContext } from "../../../conversation/tool.ts";
import { agentTool } from "../agent-tool.ts";
import type { ToolRoom } from "../room.ts";
import { capLines } from "../../text/cap-lines.ts";
import { within } from "../../within.ts";
import { KILL_AFTER_MS } from "./commands.ts";
import { follow } from "./follow.ts";
import { reportOn } from "./report.ts";
import type { RunningCommand } from "./running-command.ts";
import { waitMs } from "./wait-seconds.ts";

const PAGE_BYTES = 30 * 1024;
const LONGEST_LINE = 2000;

interface Arguments {
  id: string;
  action: "read" | "wait" | "input" | "kill";
  waitSeconds?: number;
  fromLine?: number;
  input?: string;
  endInput?: boolean;
}

/** What can be done with a command that `shell` did not wait for to the end. */
export function shellMoreTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "shell_more",
    description:
      "Goes on with a command that shell started: read (what it wrote since you last looked; with fromLine any part of " +
      "its log, also when it is over), wait (until it ends or the time is up), input (writes to it; shell must have been " +
      "given input: true), kill.",
    properties: {
      id: { type: "string", description: "As shell gave it." },
      action: { type: "string", enum: ["read", "wait", "input", "kill"] },
      waitSeconds: {
        type: "number",
        description: "For wait (30 by default, 600 at most) and input (1 by default).",
      },
      fromLine: {
        type: "integer",
        minimum: 1,
        description: "For read: a page of the whole log from this line on.",
      },
      input: { type: "string", description: "For input: what to write, with \\n at the end of a line." },
      endInput: { type: "boolean", description: "For input: end its standard input after that." },
    },
    required: ["id", "action"],
    run: async (given, context) => {
      const command = room.commands.find(given.id);
      switch (given.action) {
        case "read":
          return given.fromLine === undefined ? reportOn(command) : page(command, given.fromLine);
        case "wait":
          return wait(room, command, waitMs(given.waitSeconds, 30), context);
        case "input": {
          const problem = noInput(command, given);
          if (problem !== undefined) return { content: problem, isError: true };
          if (given.input !== undefined) command.write(given.input);
          if (given.endInput === true) command.closeInput();
          return wait(room, command, waitMs(given.waitSeconds, 1), context);
        }
        case "kill":
          command.stop(KILL_AFTER_MS);
          await within(room.clock, command.ended, KILL_AFTER_MS + 1000, context.signal);
          return { ...reportOn(command), isError: false };
      }
    },
  });
}

async function wait(
  room: ToolRoom,
  command: RunningCommand,
  ms: number,
  context: ToolContext,
): Promise<ToolAnswer> {
  const came = await follow(room.clock, command, ms, context);
  return reportOn(command, came === "aborted" ? "the wait was cancelled; the command was not" : undefined);
}

function noInput(command: RunningCommand, given: Arguments): string | undefined {
  if (command.end !== undefined) return `${command.id} is over; nothing was written`;
  if (!command.takesInput)
    return `the input of ${command.id} is closed; start it with input: true to write to it`;
  if (given.input === undefined && given.endInput !== true) return "give input, endInput or both";
  return undefined;
}

async function page(command: RunningCommand, fromLine: number): Promise<string> {
  const { text, more } = await command.log.lines(fromLine, PAGE_BYTES);
  const gap = command.log.gap;
  if (text === "")
    return [`the log has no line ${fromLine}`, gap].filter((line) => line !== undefined).join("\n");
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const last = fromLine + lines - 1;
  const rest = more ? `; there is more from line ${last + 1} on` : "";
  return `lines ${fromLine} to ${last} of ${command.log.path}${rest}\n\n${capLines(text, LONGEST_LINE)}`;
}
