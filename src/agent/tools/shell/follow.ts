import type { ToolContext } from "../../../conversation/tool.ts";
import type { Clock } from "../../../providers/system.ts";
import { within, type Came } from "../../within.ts";
import type { RunningCommand } from "./running-command.ts";

/** What a command writes is told at most so often, in milliseconds, and so much of it, in UTF-16 units. */
const EVERY_MS = 250;
const MOST_TOLD = 4096;

/** Waits for a command, and tells listeners what it writes meanwhile: the latest of it, where it is much. */
export async function follow(
  clock: Clock,
  command: RunningCommand,
  ms: number,
  { signal, progress }: Pick<ToolContext, "signal" | "progress">,
): Promise<Came> {
  let held = "";
  let cancel: (() => void) | undefined;
  const tell = (): void => {
    cancel = undefined;
    if (held === "") return;
    const text = held.slice(-MOST_TOLD);
    held = "";
    cancel = clock.timer(EVERY_MS, tell);
    progress({ type: "command-output", id: command.id, text });
  };
  command.onText = (text) => {
    held = (held + text).slice(-2 * MOST_TOLD);
    if (cancel === undefined) tell();
  };
  try {
    return await within(clock, command.ended, ms, signal);
  } finally {
    command.onText = undefined;
    cancel?.();
  }
}
