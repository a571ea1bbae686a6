import { GitError } from "./error.ts";
import type { Git } from "./git.ts";
import type { Change } from "./repository.ts";
import { readStatus } from "./status.ts";

/**
 * What is not as it was committed. Files that are not tracked are listed each, unless they are too many: then a folder
 * stands for what is in it, with a `/` at its end, as a repository within this one always does.
 */
export async function changesOf(git: Git): Promise<readonly Change[]> {
  try {
    return await status(git, "all");
  } catch (error) {
    if (error instanceof GitError && error.kind === "too-much") return status(git, "normal");
    throw error;
  }
}

async function status(git: Git, untracked: "all" | "normal"): Promise<readonly Change[]> {
  const flags = ["-z", `--untracked-files=${untracked}`, "--ignore-submodules=dirty", "--find-renames"];
  const { stdout } = await git.run({ args: ["status", "--porcelain=v2", ...flags], files: true });
  return readStatus(stdout.toString("utf8"));
}
