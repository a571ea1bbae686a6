import type { ToolContext } from "../../../conversation/tool.ts";
import { inOneLine } from "../../text/file-text.ts";
import { within } from "../../within.ts";
import type { ToolRoom } from "../room.ts";
import { follow } from "../shell/follow.ts";
import type { RunningCommand } from "../shell/running-command.ts";

/** A check may take so long, in milliseconds. */
const LONGEST_MS = 600_000;
/** A cancelled call has two seconds (`toolGraceMs`). */
const CANCEL_KILL_MS = 1500;
const CANCEL_GIVE_UP_MS = 1800;
/** Of what it wrote, so much of the end is told, in UTF-16 units. */
const MOST_TOLD = 4000;

/** Runs a check of the project inside the sandbox. @returns what is wrong, and what it wrote; undefined for a success. */
export async function runCheck(
  { commands, sandbox, clock }: ToolRoom,
  command: string,
  context: ToolContext,
): Promise<string | undefined> {
  const running = commands.start(command, sandbox.workspace, false);
  context.progress({ type: "command-start", id: running.id, log: running.log.path });
  const came = await follow(clock, running, LONGEST_MS, context);
  if (came !== "done") {
    running.stop(CANCEL_KILL_MS);
    await within(clock, running.ended, CANCEL_GIVE_UP_MS);
  }
  if (came === "aborted") throw context.signal.reason;
  const how =
    came === "time" ? `was not over after ${LONGEST_MS / 1000} s, and was ended` : failureOf(running);
  if (how === undefined) return undefined;
  return `the check \`${inOneLine(command)}\` ${how}: mend what it found, and call done again. Its log is at ${running.log.path}; the end of what it wrote:\n${endOf(running)}`;
}

function failureOf({ end }: RunningCommand): string | undefined {
  const exit = end?.exit;
  switch (exit?.type) {
    case undefined:
      return "did not end";
    case "code":
      return exit.code === 0 ? undefined : `failed with exit code ${exit.code}`;
    case "signal":
      return `was ended by ${exit.signal}`;
    case "failed":
      return `could not be run (${exit.error.message})`;
  }
}

function endOf(running: RunningCommand): string {
  const { head, tail } = running.takeOutput();
  const all = (tail === "" ? head : tail).trimEnd();
  if (all === "") return "(nothing)";
  return all.length <= MOST_TOLD ? all : `[...]${all.slice(all.indexOf("\n", all.length - MOST_TOLD))}`;
}
