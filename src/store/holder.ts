import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** A process that has a session open. */
export interface Holder {
  readonly host: string;
  readonly pid: number;
  /** When the process began, as its system counts; tells it from a later one with the same number. */
  readonly began: string;
}

/** This process. */
export function thisProcess(): Holder {
  return { host: hostname(), pid: process.pid, began: beganOf(process.pid) };
}

/** Whether it is certain that a holder is no more: only of processes on this machine can that be said. */
export function isGone({ host, pid, began }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  return began !== beganOf(pid);
}

/**
 * Field 22 of `/proc/PID/stat` (proc(5)), in clock ticks since the machine began; empty where there is none. A process
 * that is dead and was not waited for yet (field 3) has none any more.
 */
function beganOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return /^[ZX]/.test(fields[0] ?? "") ? "" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

/** A holder as one line, and back; undefined where the line is none. */
export function holderLine({ host, pid, began }: Holder): string {
  return JSON.stringify([host, pid, began]);
}

export function readHolder(line: string): Holder | undefined {
  try {
    const [host, pid, began] = JSON.parse(line) as [unknown, unknown, unknown];
    if (typeof host !== "string" || typeof pid !== "number" || typeof began !== "string") return undefined;
    return { host, pid, began };
  } catch {
    return undefined;
  }
}
