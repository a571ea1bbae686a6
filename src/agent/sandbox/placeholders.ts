import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { Guard } from "./guard.ts";
import {
  beginToLeave,
  clearDead,
  keepingMarkOf,
  markOf,
  quietly,
  waitForLeaving,
} from "./placeholder-mark.ts";

type Held = Exclude<Guard, { type: "pin" | "read-only" }>;

/** The folder that is held for a decoy, which is a file and cannot say who needs it. */
const KEEPER = "colloquy-sandbox";

/**
 * The mount points of `absent`, `empty` and `decoy` guards, which have to be on the disk while something is mounted there:
 * empty folders, which git does not see, there while a program runs and gone soon afterwards; but those of the user's stay.
 *
 * Removing a mount point that another process has something mounted on would take its guard away, so each holder puts
 * an empty folder named for itself into the placeholder: `rmdir` then fails for all but the last one, by the kernel, and
 * never takes anything of value. One who was killed leaves his; the next one removes it.
 *
 * A file cannot hold marks, and could be taken away by the last holder while the next one comes: who goes says so before
 * (`beginToLeave`), and who comes waits for him.
 */
export class Placeholders {
  readonly #mark: string;
  #held: Held[] = [];
  /** The folders of the user's that are kept, as they were. */
  readonly #before = new Map<string, Stats>();

  /** @param id tells this holder from others of the process */
  constructor(pid: number, id: string) {
    this.#mark = markOf(pid, id);
  }

  /** Puts there what is missing for these guards: what is held already, too, if somebody took it away. */
  hold(guards: readonly Guard[]): void {
    this.#held = this.#held.filter(({ path }) => existsSync(path));
    const held = new Set(this.#held.map(({ path }) => path));
    const wanted = guards.filter(
      (guard): guard is Held => guard.type !== "pin" && guard.type !== "read-only" && !held.has(guard.path),
    );
    for (const [folder, inOne] of byFolder(wanted)) {
      within(folder, (same) => {
        for (const guard of inOne) {
          this.#held.push(guard);
          const at = path.join(same, path.basename(guard.path));
          if (guard.type === "decoy") pretend(at, this.#mark, guard.text);
          else if (guard.type === "absent") hold(at, this.#mark);
          else this.#keep(guard.path, at);
        }
      });
    }
  }

  /** Takes away what nobody else needs. */
  release(): void {
    for (const guard of this.#held.reverse()) {
      if (guard.type === "decoy") stopPretending(guard.path, this.#mark, guard.text);
      else if (guard.type === "absent") release(guard.path, this.#mark);
      else this.#stopKeeping(guard.path);
    }
    this.#held = [];
    this.#before.clear();
  }

  /** One that we may not write to is not taken away by us, either. */
  #keep(folder: string, same: string): void {
    quietly(() => {
      const before = lstatSync(same);
      mkdirSync(path.join(same, keepingMarkOf(this.#mark)), 0o755);
      this.#before.set(folder, before);
    });
  }

  /** It is as it was, also in its time: what has just changed is looked at for longer (`isPlaceholder`). */
  #stopKeeping(folder: string): void {
    quietly(() => {
      const before = this.#before.get(folder);
      // Another holder may have left meanwhile, who had seen it before us.
      const { atime, mtime } = lstatSync(folder);
      rmdirSync(path.join(folder, keepingMarkOf(this.#mark)));
      clearDead(folder);
      utimesSync(folder, atime, before !== undefined && before.mtime < mtime ? before.mtime : mtime);
    });
  }
}

/** Whether a file says no more than a decoy: so does one that is being written, and one that is gone by now. */
export function isDecoy(at: string, text: string): boolean {
  return text.startsWith(readText(at) ?? "");
}

function hold(at: string, mark: string): void {
  const own = path.join(at, mark);
  for (let attempt = 0; attempt < 100; attempt++) {
    quietly(() => mkdirSync(at, 0o755));
    // In between its last holder may have removed it.
    if (quietly(() => mkdirSync(own, 0o755)) || existsSync(own)) return;
  }
  throw new Error(`cannot make a placeholder at ${at}`);
}

function release(folder: string, mark: string): void {
  quietly(() => rmdirSync(path.join(folder, mark)));
  if (quietly(() => rmdirSync(folder))) return;
  clearDead(folder);
  quietly(() => rmdirSync(folder));
}

/** A decoy is a file, and cannot say who needs it: the folder beside it does. */
function pretend(at: string, mark: string, text: string): void {
  const keeper = path.join(path.dirname(at), KEEPER);
  hold(keeper, mark);
  waitForLeaving(keeper);
  quietly(() => writeFileSync(at, text, { flag: "wx" }));
  // Its writer is not at its end, or was killed. Not emptied for it: others may be reading it.
  if (readText(at) !== text && isDecoy(at, text)) writeFileSync(at, text, { flag: "r+" });
}

function stopPretending(at: string, mark: string, text: string): void {
  const keeper = path.join(path.dirname(at), KEEPER);
  const leaving = beginToLeave(keeper, mark);
  if (leaving.last && isDecoy(at, text)) quietly(() => unlinkSync(at));
  release(keeper, leaving.mark);
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
