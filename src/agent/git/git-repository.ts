import { beginBranch, branchRefs } from "./branches.ts";
import { changesOf } from "./changes.ts";
import { readCommitted } from "./committed.ts";
import { diffFrom, diffOfCommit } from "./diff.ts";
import { GitError } from "./error.ts";
import type { Git } from "./git.ts";
import {
  commitOf,
  commitsSince,
  emptyTree,
  headOf,
  newCommits,
  noCommit,
  tipsOf,
  type NewCommits,
} from "./history.ts";
import { operationIn } from "./operation.ts";
import type { Repository } from "./repository.ts";

/** A repository, with what the rooms beside git need of it. */
export interface GitRepository extends Repository {
  /** All commits that something points at: HEAD, branches, tags, what is known of remotes. */
  tips(): Promise<readonly string[]>;
  /** What HEAD has that none of these have. */
  newCommits(known: readonly string[]): Promise<NewCommits>;
  /** The refs of all branches, of remotes too: `refs/heads/main`, `refs/remotes/origin/main`. */
  branchRefs(): Promise<readonly string[]>;
  /** Files as they are in HEAD, by their paths; those that are there, and of each 1 MiB at most. */
  committed(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/**
 * @param git in the top folder of the worktree
 * @param gitFolder where git keeps its own things of it
 */
export async function repositoryAt(git: Git, gitFolder: string): Promise<GitRepository> {
  const [start, startChanges] = await Promise.all([headOf(git), changesOf(git)]);
  return {
    root: git.folder,
    start,
    startChanges,
    head: () => headOf(git),
    branch: async () => (await git.line("symbolic-ref", "--quiet", "HEAD"))?.replace(/^refs\/heads\//, ""),
    changes: () => changesOf(git),
    commits: (since) => commitsSince(git, since),
    diff: async (since = start) => {
      const tree = since === undefined ? await emptyTree(git) : await commitOf(git, since);
      return diffFrom(git, tree, await changesOf(git));
    },
    diffOf: async (commit) => {
      if (!/^[0-9a-f]{4,64}$/i.test(commit)) throw noCommit(commit);
      return diffOfCommit(git, await commitOf(git, commit));
    },
    operation: () => Promise.resolve(operationIn(gitFolder)),
    createBranch: async (name) => {
      const operation = operationIn(gitFolder);
      if (operation === undefined) return beginBranch(git, name);
      throw new GitError(
        "refused",
        `git is in the middle of a ${operation}: finish or abort that first, then begin the branch`,
      );
    },
    tips: () => tipsOf(git),
    newCommits: (known) => newCommits(git, known),
    branchRefs: () => branchRefs(git),
    committed: (paths) => readCommitted(git, paths),
  };
}
