import type { Entry } from "./entry.ts";
import { isSame } from "./entry.ts";
import { below } from "./look-around.ts";
import type { Trees } from "./trees.ts";

/** A path at which two trees differ. */
export interface Difference {
  readonly path: string;
  /** In the one. */
  readonly from: Entry | undefined;
  /** In the other. */
  readonly to: Entry | undefined;
}

/**
 * Where two trees differ, outer paths first. Of a folder that only one of them has, each thing in it. Times make no
 * difference, and neither does what stands at the paths that are to be ignored.
 */
export function* differences(
  trees: Trees,
  from: Entry | undefined,
  to: Entry | undefined,
  ignored: ReadonlySet<string>,
  path = "",
): Generator<Difference> {
  if (from !== undefined && to !== undefined && isSame(from, to)) return;
  const bothFolders = from?.type === "folder" && to?.type === "folder";
  if (!bothFolders || from.mode !== to.mode) yield { path, from, to };
  const before = from?.type === "folder" ? trees.listing(from.hash) : undefined;
  const after = to?.type === "folder" ? trees.listing(to.hash) : undefined;
  for (const name of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
    const at = below(path, name);
    if (!ignored.has(at)) yield* differences(trees, before?.get(name), after?.get(name), ignored, at);
  }
}
