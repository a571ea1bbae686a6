import path from "node:path";
import type { Tool, ToolAnswer } from "../../../conversation/tool.ts";
import { agentTool } from "../agent-tool.ts";
import type { ToolRoom } from "../room.ts";
import { within } from "../../within.ts";
import { commandProblem } from "./command-lint.ts";
import { follow } from "./follow.ts";
import { reportGist, reportOn } from "./report.ts";
import type { RunningCommand } from "./running-command.ts";
import { waitMs } from "./wait-seconds.ts";

/**
 * A cancelled call has two seconds (`toolGraceMs`) before its result is given up, and what was captured is to be in it:
 * a command has most of them to end by itself.
 */
const CANCEL_KILL_MS = 1500;
const CANCEL_GIVE_UP_MS = 1800;

/** Linux takes no argument of 128 KiB or more (execve(2), MAX_ARG_STRLEN). */
const LONGEST_COMMAND = 120_000;

interface Arguments {
  readonly command: string;
  readonly waitSeconds?: number;
  readonly cwd?: string;
  readonly input?: boolean;
}

/** Runs commands; one that takes longer than the model waits goes on, and is the business of `shell_more`. */
export function shellTool(room: ToolRoom): Tool {
  return agentTool<Arguments>({
    name: "shell",
    description:
      "Runs a command in a sandbox and gives its exit code and output. One that is not over after waitSeconds is not " +
      "killed: you get an id for shell_more. So run servers and watchers in the foreground with a short waitSeconds; what " +
      "a command leaves in the background ends with it. Each call starts anew: give cwd instead of relying on an earlier " +
      "cd. Long output is cut in the middle and kept whole in a log: do not pipe it to head or tail. Standard input is " +
      "closed, and there is no terminal: give flags instead of answers to questions.",
    properties: {
      command: { type: "string", description: "For bash -c." },
      waitSeconds: {
        type: "number",
        description: "30 by default, 600 at most; then it goes on in the background.",
      },
      cwd: { type: "string", description: "Where to run it; the workspace by default." },
      input: { type: "boolean", description: "Leave its standard input open, for shell_more to write to." },
    },
    required: ["command"],
    gist: reportGist,
    run: async ({ command, waitSeconds, cwd, input: open }, context) => {
      const problem = unrunnable(command) ?? commandProblem(command);
      if (problem !== undefined) return { content: `not run: ${problem}`, isError: true };
      const folder = path.resolve(room.sandbox.workspace, cwd ?? ".");
      const running = room.commands.start(command, folder, open ?? false);
      context.progress({ type: "command-start", id: running.id, log: running.log.path });
      const came = await follow(room.clock, running, waitMs(waitSeconds, 30), context);
      return came === "aborted" ? cancelled(room, running) : reportOn(running);
    },
  });
}

/** Ends a command whose call was cancelled, and tells what it had done by then. */
async function cancelled(room: ToolRoom, running: RunningCommand): Promise<ToolAnswer> {
  running.stop(CANCEL_KILL_MS);
  await within(room.clock, running.ended, CANCEL_GIVE_UP_MS);
  return { ...reportOn(running, "cancelled while it ran"), isError: true };
}

function unrunnable(command: string): string | undefined {
  if (command.trim() === "") return "the command is empty";
  if (command.includes("\0")) return "the command has a NUL character, which no shell takes";
  if (Buffer.byteLength(command) > LONGEST_COMMAND) {
    return `the command is longer than ${LONGEST_COMMAND} bytes; write it to a file with the write tool and run that`;
  }
  return undefined;
}
