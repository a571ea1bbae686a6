import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { Guard } from "./guard.ts";
import { clearDead, isPlaceholder, markOf } from "./placeholder-mark.ts";

type Held = Extract<Guard, { type: "absent" | "decoy" }>;

/** The folder that is held for a decoy, which is a file and cannot say who needs it. */
const KEEPER = "colloquy-sandbox";

/**
 * The mount points of `absent` and `decoy` guards, which have to be on the disk while something is mounted there: empty
 * folders, which git does not see, there while a program runs and gone afterwards.
 *
 * Removing a mount point that another process has something mounted on would take its guard away, so each holder puts
 * an empty folder named for itself into the placeholder: `rmdir` then fails for all but the last one, by the kernel, and
 * never takes anything of value. One who was killed leaves his; the next one removes it.
 */
export class Placeholders {
  readonly #mark: string;
  #held: Held[] = [];

  /** @param id tells this holder from others of the process */
  constructor(pid: number, id: string) {
    this.#mark = markOf(pid, id);
  }

  /** Puts there what is missing for these guards. */
  hold(guards: readonly Guard[]): void {
    const held = new Set(this.#held.map(({ path }) => path));
    const wanted = guards.filter(
      (guard): guard is Held => (guard.type === "absent" || guard.type === "decoy") && !held.has(guard.path),
    );
    for (const [folder, inOne] of byFolder(wanted)) {
      within(folder, (same) => {
        for (const guard of inOne) {
          this.#held.push(guard);
          const name = path.basename(guard.path);
          hold(path.join(same, guard.type === "decoy" ? KEEPER : name), this.#mark);
          if (guard.type === "decoy")
            quietly(() => writeFileSync(path.join(same, name), guard.text, { flag: "wx" }));
        }
      });
    }
  }

  /** Takes away what nobody else needs. */
  release(): void {
    for (const guard of this.#held.reverse()) {
      const folder = guard.type === "decoy" ? keeperOf(guard.path) : guard.path;
      const freed = release(folder, this.#mark);
      if (guard.type === "decoy" && freed && readText(guard.path) === guard.text)
        quietly(() => unlinkSync(guard.path));
    }
    this.#held = [];
  }
}

/** Whether a file is a decoy that a sandbox holds, or one left behind. */
export function isDecoy(at: string, text: string): boolean {
  return isPlaceholder(keeperOf(at)) && readText(at) === text;
}

function keeperOf(decoy: string): string {
  return path.join(path.dirname(decoy), KEEPER);
}

function hold(at: string, mark: string): void {
  for (let attempt = 0; attempt < 8; attempt++) {
    quietly(() => mkdirSync(at, 0o755));
    // In between its last holder may have removed it.
    if (quietly(() => mkdirSync(path.join(at, mark), 0o755))) return;
  }
  throw new Error(`cannot make a placeholder at ${at}`);
}

function release(folder: string, mark: string): boolean {
  quietly(() => rmdirSync(path.join(folder, mark)));
  if (quietly(() => rmdirSync(folder))) return true;
  clearDead(folder);
  return quietly(() => rmdirSync(folder));
}

/** The same folder as when it was looked at, even where somebody moves links about meanwhile. */
function within(folder: string, act: (same: string) => void): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const same = `/proc/self/fd/${fd}`;
    if (readlinkSync(same) !== folder) throw new Error(`${folder} has changed its place`);
    act(same);
  } finally {
    closeSync(fd);
  }
}

function readText(at: string): string | undefined {
  try {
    return readFileSync(at, "utf8");
  } catch {
    return undefined;
  }
}

function quietly(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

function byFolder(held: readonly Held[]): Map<string, Held[]> {
  const found = new Map<string, Held[]>();
  for (const each of held) {
    const folder = path.dirname(each.path);
    const others = found.get(folder);
    if (others === undefined) found.set(folder, [each]);
    else others.push(each);
  }
  return found;
}
