import { realpath } from "node:fs/promises";
import path from "node:path";
import { system, type Clock } from "../../providers/system.ts";
import type { CallAround } from "../around.ts";
import type { Companion } from "../companion.ts";
import { isWithin } from "../sandbox/look.ts";
import { callSnapshots } from "./call-snapshots.ts";
import type { Change, Counts } from "./change.ts";
import { limitsOf, type LeftOut, type UndoLimits } from "./coverage.ts";
import { UndoError } from "./errors.ts";
import { Notices } from "./notices.ts";
import type { PruneOptions, Pruned } from "./prune.ts";
import type { Problem } from "./restore.ts";
import type { DamagedSnapshot, Occasion } from "./snapshots.ts";
import { UndoStore } from "./undo-store.ts";

/** Where undo works, and how much it keeps. */
export interface UndoOptions {
  /** The folder whose files can be taken back. */
  readonly workspace: string;
  /** Where snapshots are kept: a folder of their own that nothing in the sandbox can reach. It is made when needed. */
  readonly folder: string;
  /** Folders in the workspace that are no part of it, such as that of our own records. */
  readonly leaveOut?: readonly string[];
  /** The machine's own by default. */
  readonly clock?: Clock;
  readonly limits?: UndoLimits;
}

/** A moment that can be gone back to. */
export interface RestorePoint {
  readonly id: number;
  /** In milliseconds since 1970. */
  readonly when: number;
  /** What was about to happen, in a line: the tool and its main argument. */
  readonly label: string;
  /** Whether it was taken before calls of tools, or before a restore, which it takes back. */
  readonly before: Occasion;
  /** What changed until the next point, or until now; undefined where it is damaged. */
  readonly step: Counts | undefined;
  /** What changed until now; undefined where it is damaged. */
  readonly since: Counts | undefined;
  readonly leftOut: readonly LeftOut[];
}

/** How to go back. */
export interface RestoreOptions {
  /** These alone, folders with all in them: from the workspace, or absolute. */
  readonly paths?: readonly string[];
  /** Only says what would be done. */
  readonly dryRun?: boolean;
}

/** What a restore came to. */
export interface Restored {
  readonly done: readonly Change[];
  /** What is not as it was, and why. */
  readonly problems: readonly Problem[];
  /** What the restore point does not cover, and was left as it is. */
  readonly leftOut: readonly LeftOut[];
  /** The point that takes this restore back; undefined after a dry run. */
  readonly back: number | undefined;
}

/**
 * Takes back what was done to the files of a workspace, whoever did it: they become what they were at a restore point,
 * byte for byte, with modes, links and empty folders. The records of git (`.git`) are left as they are.
 */
export interface Undo {
  /** Takes a snapshot before each call of a tool that is not `readOnly`; the calls of one answer share one. */
  readonly around: CallAround;
  /** Tells people, once, what is not covered. */
  readonly companion: Companion;
  /** Takes a snapshot, unless nothing has changed since the last one. Returns its point. @throws UndoError */
  snapshot(label: string): Promise<number>;
  /** Restore points, oldest first. @throws UndoError */
  list(): Promise<readonly RestorePoint[]>;
  /** Points that were kept and cannot be read. */
  damaged(): readonly DamagedSnapshot[];
  /** What a restore would do, outer paths first. @throws UndoError */
  changes(id: number): Promise<readonly Change[]>;
  /** Goes back, having taken a snapshot of the present. What cannot be done is told as a problem. @throws UndoError */
  restore(id: number, options?: RestoreOptions): Promise<Restored>;
  /** Takes away the oldest points, and what only they need. @throws UndoError */
  prune(options: PruneOptions): Promise<Pruned>;
  /** Lets another process write here. */
  close(): Promise<void>;
}

/**
 * Opens the undo of a workspace. Nothing is written before the first snapshot; from then on no other process can write
 * to the same folder.
 * @throws UndoError `invalid` where the folder is that of another workspace; ConfigurationError for limits that are none
 */
export async function openUndo(options: UndoOptions): Promise<Undo> {
  const { clock = system.clock, leaveOut = [] } = options;
  const limits = limitsOf(options.limits);
  const workspace = await realpath(options.workspace);
  const folder = path.resolve(options.folder);
  const given = [folder, ...leaveOut].map((each) => realpath(each).catch(() => path.resolve(each)));
  const [own = folder, ...others] = await Promise.all(given);
  if (isWithin(own, workspace)) {
    throw new UndoError(
      "invalid",
      `the workspace ${workspace} is inside ${folder}, where its snapshots would be`,
    );
  }
  const skip = [own, ...others]
    .filter((each) => each !== workspace && isWithin(workspace, each))
    .map((each) => path.relative(workspace, each).split(path.sep).join("/"));
  const store = new UndoStore({ workspace, folder, skip: new Set(skip), clock, limits });
  const notices = new Notices();
  const snapshot = async (label: () => string, signal?: AbortSignal): Promise<number> => {
    const taken = await store.snapshot(label, signal);
    notices.leftOut(taken.leftOut);
    return taken.id;
  };
  return {
    around: callSnapshots(snapshot, limits.whenItFails, (text) => notices.add(text)),
    companion: notices.companion,
    snapshot: (label) => snapshot(() => label),
    list: () => store.list(),
    damaged: () => store.damaged(),
    changes: (id) => store.changes(id),
    restore: (id, given = {}) => store.restore(id, given),
    prune: (given) => store.prune(given),
    close: () => store.close(),
  };
}
