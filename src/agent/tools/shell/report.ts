import type { ToolAnswer } from "../../../conversation/tool.ts";
import type { Excerpt } from "../../text/head-and-tail.ts";
import type { CommandEnd, RunningCommand } from "./running-command.ts";

/** What the model is told of a command: how it stands, then what it wrote since it was last told. */
export function reportOn(command: RunningCommand, note?: string): ToolAnswer {
  const { end, log, id } = command;
  const took = seconds(command.durationMs);
  const status =
    end === undefined
      ? `still running after ${took} as ${id}: shell_more reads on, waits, writes to it or kills it; log: ${log.path}`
      : `${ended(end)} after ${took}`;
  const left =
    end?.leftBehind === true ? "what it had started in the background was ended with it" : undefined;
  const lines = [note, status, left, log.gap].filter((line) => line !== undefined);
  const output = withGap(command.takeOutput(), log.path);
  return {
    content: `${lines.join("\n")}\n\n${output === "" ? "(no output)" : output}`,
    isError: end !== undefined && (end.stopped || end.exit.type !== "code"),
    display: {
      type: "command",
      id,
      command: command.command,
      log: log.path,
      durationMs: command.durationMs,
      ...(end !== undefined && { exit: exitFacts(end) }),
    },
  };
}

/** The text with what is missing told where it is missing. */
function withGap({ head, tail, omittedLines, omittedBytes }: Excerpt, log: string): string {
  if (omittedBytes === 0) return head + tail;
  return `${head}\n[${omittedLines} lines (${omittedBytes} bytes) omitted here; the whole log is at ${log}, and shell_more reads it with fromLine]\n\n${tail}`;
}

function ended({ exit, stopped }: CommandEnd): string {
  switch (exit.type) {
    case "code":
      return `${stopped ? "stopped, " : ""}exit code ${exit.code}`;
    case "signal":
      return `${stopped ? "stopped" : "ended"} by ${exit.signal}`;
    case "failed":
      return `could not be run: ${exit.error.message}`;
  }
}

function exitFacts({ exit }: CommandEnd): Readonly<Record<string, string | number>> {
  return exit.type === "failed" ? { type: "failed", message: exit.error.message } : { ...exit };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * A report without what differs each time though the command did the same: how long it took, its id and log, and times
 * that it says itself, as tests do. Of `shell_more` they count: to wait for a command is no loop.
 */
export function reportGist(report: string): string {
  return report
    .replace(/\bas s\d+:/g, "as it was:")
    .replace(/(?:\/[^/\s]+)+\/s\d+\.log\b/g, "its log")
    .replace(/\b\d+(?:[.,]\d+)?(?= ?(?:m|µ|u)?s(?:ec(?:ond)?s?)?\b| ?min(?:ute)?s?\b)/g, "0")
    .replace(/(duration_ms:? )\d+(?:\.\d+)?/g, (_, name: string) => `${name}0`);
}
