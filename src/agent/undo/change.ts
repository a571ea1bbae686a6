import { differences, type Difference } from "./compare.ts";
import type { Entry, FolderEntry } from "./entry.ts";
import type { Trees } from "./trees.ts";
import { Slices } from "./slices.ts";

/** What a restore does at a path. */
export interface Change {
  /** From the workspace, parted by `/`; the workspace itself is `.`. */
  readonly path: string;
  /** `mode`: only that is changed. `replace`: of a file, its content; or what stands there is of another kind. */
  readonly does: "create" | "replace" | "remove" | "mode";
  /** What is there afterwards; of what is removed, what was there before. */
  readonly type: Entry["type"];
}

/** How many paths changed in a span of time. */
export interface Counts {
  readonly created: number;
  readonly changed: number;
  readonly removed: number;
}

/** What it takes to make one tree the other. */
export async function changesBetween(
  trees: Trees,
  from: FolderEntry,
  to: FolderEntry,
  ignored: ReadonlySet<string>,
): Promise<Change[]> {
  const slices = new Slices();
  const changes: Change[] = [];
  for (const difference of differences(trees, from, to, ignored)) {
    await slices.spend(2);
    changes.push(changeOf(difference));
  }
  return changes;
}

function changeOf({ path, from, to }: Difference): Change {
  const shown = path === "" ? "." : path;
  if (to === undefined) return { path: shown, does: "remove", type: from?.type ?? "file" };
  if (from === undefined) return { path: shown, does: "create", type: to.type };
  return { path: shown, does: isOnlyMode(from, to) ? "mode" : "replace", type: to.type };
}

function isOnlyMode(from: Entry, to: Entry): boolean {
  if (from.type === "file") return to.type === "file" && from.hash === to.hash;
  return from.type === "folder" && to.type === "folder";
}

/** How much was done: folders do not count, but where nothing but they changed. */
export function countsOf(changes: readonly Change[]): Counts {
  const things = changes.filter(({ type }) => type !== "folder");
  const counted = things.length > 0 ? things : changes;
  const count = (does: readonly Change["does"][]): number =>
    counted.filter((change) => does.includes(change.does)).length;
  return { created: count(["create"]), changed: count(["replace", "mode"]), removed: count(["remove"]) };
}
