import { readdirSync, readFileSync, rmdirSync } from "node:fs";
import path from "node:path";

/** What the names of the empty folders begin with by which the holders of a placeholder are known. */
const MARK = "colloquy-sandbox-";

/** @param id tells this holder from others of the process */
export function markOf(pid: number, id: string): string {
  return `${MARK}${pid}-${startOf(pid) ?? "0"}-${id}`;
}

/** Whether a folder is there only because a sandbox holds it absent. */
export function isPlaceholder(folder: string): boolean {
  return onlyMarks(namesIn(folder));
}

/** Whether these are the names in a placeholder. */
export function onlyMarks(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => name.startsWith(MARK));
}

/** Takes away the marks of holders that were killed. */
export function clearDead(folder: string): void {
  for (const name of namesIn(folder)) {
    if (!name.startsWith(MARK)) continue;
    const [pid = "", start = ""] = name.slice(MARK.length).split("-");
    if (startOf(Number(pid)) === start) continue;
    try {
      rmdirSync(path.join(folder, name));
    } catch {
      // Somebody else did.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** When a process began, in ticks since the machine did: tells it from a later one of the same number. proc(5). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
