import { readdirSync, readFileSync } from "node:fs";

/** The numbers of all processes below one, itself not among them, by proc(5). */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [Number(name)]);
    else siblings.push(Number(name));
  }
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    open.push(...below);
  }
  return found;
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program stands in brackets and may hold brackets and blanks.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** Whether a process still does something: what is over but was not asked about by its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

/** Sends a signal; one who is gone needs none. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone, or about to be.
  }
}

/** Sends a signal to all below a process, and again to those that came to be meanwhile. */
export function signalBelow(pid: number, name: NodeJS.Signals): void {
  const told = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const fresh = descendants(pid).filter((each) => !told.has(each));
    if (fresh.length === 0) return;
    for (const each of fresh) {
      told.add(each);
      signal(each, name);
    }
  }
}
