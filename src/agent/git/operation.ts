import path from "node:path";
import { look } from "../sandbox/look.ts";
import type { GitOperation } from "./repository.ts";

/** What git leaves in its folder while it is in the middle of something (wt-status.c, `wt_status_get_state`). */
const TRACES: readonly (readonly [name: string, operation: GitOperation])[] = [
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["BISECT_LOG", "bisect"],
];

/** @param gitFolder of the worktree: `.git`, or what it says. */
export function operationIn(gitFolder: string): GitOperation | undefined {
  return TRACES.find(([name]) => look(path.join(gitFolder, name)) !== "absent")?.[1];
}
