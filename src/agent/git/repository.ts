/*
 * What the agent knows of the repository that it works in. Contract of the rooms around it; `openRepository` makes one.
 */

/** A commit. */
export interface Commit {
  /** The whole hash. */
  readonly hash: string;
  readonly subject: string;
  /** What is said below the subject; empty where nothing is. */
  readonly body: string;
}

/** A path that is not as it was committed. */
export interface Change {
  /** Seen from the top of the worktree, with `/`. */
  readonly path: string;
  readonly status: "added" | "modified" | "deleted" | "renamed" | "untracked" | "conflict";
}

/** What git is in the middle of. */
export type GitOperation = "merge" | "rebase" | "cherry-pick" | "revert" | "bisect";

/** A worktree of a git repository. Each method asks git anew; all reject with GitError when git fails. */
export interface Repository {
  /** The top folder of the worktree. */
  readonly root: string;
  /** Where it stood when it was opened: undefined for a repository without commits. */
  readonly start: string | undefined;
  /** What was not committed then. */
  readonly startChanges: readonly Change[];
  /** The hash of HEAD; undefined in a repository without commits. */
  head(): Promise<string | undefined>;
  /** Undefined where HEAD is detached. */
  branch(): Promise<string | undefined>;
  changes(): Promise<readonly Change[]>;
  /** What HEAD has that `since` has not, oldest first, at most 100; all of it where `since` is undefined. */
  commits(since: string | undefined): Promise<readonly Commit[]>;
  /** What changed since a commit (since the start by default), with what is not committed and not tracked. */
  diff(since?: string): Promise<string>;
  /** What one commit changed. @param commit 4 to 40 hex digits. */
  diffOf(commit: string): Promise<string>;
  operation(): Promise<GitOperation | undefined>;
  /** Begins a branch at HEAD and goes to it. @throws GitError where it is there already, or its name is none. */
  createBranch(name: string): Promise<void>;
}
