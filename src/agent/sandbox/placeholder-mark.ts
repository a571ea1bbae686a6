import { lstatSync, readdirSync, readFileSync, renameSync, rmdirSync } from "node:fs";
import path from "node:path";

/** What the names of the empty folders begin with by which the holders of a placeholder are known. */
const MARK = "colloquy-sandbox-";

/** @param id tells this holder from others of the process */
export function markOf(pid: number, id: string): string {
  return `${MARK}${pid}-${startOf(pid) ?? "0"}-${id}`;
}

/** The mark of one who holds a folder of the user's that is empty, and has to be there afterwards. */
export function keepingMarkOf(mark: string): string {
  return mark + KEEPING;
}

const KEEPING = "-keeping";

/**
 * Whether a folder is there only because a sandbox holds it absent. Its first holder makes it before the mark in it, and
 * its last one removes the mark before it: one that has become empty in this moment may be somebody's placeholder on its
 * way, which is waited for, and one that is gone by now was.
 */
export function isPlaceholder(folder: string): boolean {
  try {
    for (let turn = 0; turn < SHORT_TURNS; turn++) {
      const names = readdirSync(folder);
      if (names.length > 0) return onlyMarks(names);
      if (Math.abs(Date.now() - lstatSync(folder).mtimeMs) > FRESH_MS) return false;
      waitATurn();
    }
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Between two system calls of another process there may be as much, if the machine has others to serve. */
const SHORT_TURNS = 20;
const FRESH_MS = 1000;

/** Whether these are the names in a placeholder. */
export function onlyMarks(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => isMark(name) && !name.endsWith(KEEPING));
}

/** Whether there is nothing in a folder but marks. */
export function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).every(isMark);
  } catch {
    return false;
  }
}

export function isMark(name: string): boolean {
  return name.startsWith(MARK);
}

/** Takes away the marks of holders that were killed. */
export function clearDead(folder: string): void {
  for (const mark of marksIn(folder)) {
    if (!isAlive(mark)) quietly(() => rmdirSync(path.join(folder, mark)));
  }
}

const LEAVING = "-leaving";

/**
 * Says that a holder is about to go, in one step. Of two who come and go at once either the one who goes sees the mark of
 * the other, or the other sees that somebody is going, and waits for it.
 *
 * @returns the mark that stands there now, and whether no other holder stays
 */
export function beginToLeave(
  folder: string,
  mark: string,
): { readonly mark: string; readonly last: boolean } {
  const leaving = mark + LEAVING;
  quietly(() => renameSync(path.join(folder, mark), path.join(folder, leaving)));
  return {
    mark: leaving,
    last: !marksIn(folder).some((other) => !other.endsWith(LEAVING) && isAlive(other)),
  };
}

/**
 * Returns when nobody is about to go any more.
 *
 * @throws Error if one stays about to
 */
export function waitForLeaving(folder: string): void {
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    if (!marksIn(folder).some((mark) => mark.endsWith(LEAVING) && isAlive(mark))) return;
    waitATurn();
  }
  throw new Error(`${folder} stays in use by one that is about to leave`);
}

const MOST_TURNS = 2000;

function waitATurn(): void {
  Atomics.wait(CLOCK, 0, 0, 1);
}

const CLOCK = new Int32Array(new SharedArrayBuffer(4));

function isAlive(mark: string): boolean {
  const [pid = "", start = ""] = mark.slice(MARK.length).split("-");
  return startOf(Number(pid)) === start;
}

function marksIn(folder: string): string[] {
  return namesIn(folder).filter(isMark);
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

export function quietly(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
