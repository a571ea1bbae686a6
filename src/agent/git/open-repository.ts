import { environment, system, type Clock } from "../../providers/system.ts";
import { findProgram } from "../sandbox/find-program.ts";
import { isWithin, real } from "../sandbox/look.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { GitError } from "./error.ts";
import { Git } from "./git.ts";
import { repositoryAt, type GitRepository } from "./git-repository.ts";

/** Where a repository is looked for. */
export interface RepositoryOptions {
  readonly sandbox: Sandbox;
  /** The machine's own by default. */
  readonly clock?: Clock;
  /** An absolute path in the worktree; the sandbox's workspace by default. */
  readonly folder?: string;
  /** How git is started inside; by default as it is found on this machine, never in the workspace. */
  readonly program?: string;
}

/**
 * The worktree that a folder is in. Git runs inside the sandbox, with nothing of what the repository's configuration
 * could make it run: {@link Git} says what remains. Of a submodule it is told that its commit changed, not that there are
 * changes in it.
 *
 * @returns undefined where there is no worktree: no repository, or a bare one.
 * @throws GitError `not-there` without git, `refused` for a repository whose worktree is said to be elsewhere.
 */
export async function openRepository(options: RepositoryOptions): Promise<GitRepository | undefined> {
  const { sandbox, folder = sandbox.workspace } = options;
  const git = gitIn(options, folder);
  const found = await discover(git);
  if (found === undefined) return undefined;
  const [root, gitFolder] = found;
  const at = real(folder) ?? folder;
  if (!isWithin(root, at)) {
    throw new GitError(
      "refused",
      `the worktree of the repository at ${at} is said to be ${root}, which is elsewhere: look at core.worktree in its configuration`,
    );
  }
  return repositoryAt(git.in(root), gitFolder);
}

/** Git in a folder, as it is found outside of what the sandbox may change. */
export function gitIn({ sandbox, clock = system.clock, program }: RepositoryOptions, folder: string): Git {
  const searched = environment()["PATH"] ?? "";
  const find = (name: string): string => {
    if (name === "git" && program !== undefined) return program;
    // What is on this machine need not be in a container.
    if (sandbox.kind === "container") return name;
    const found = findProgram(name, searched, [sandbox.workspace]);
    if (found !== undefined) return found;
    throw new GitError(
      "not-there",
      `there is no ${name} on this machine: install it, or work without a repository`,
    );
  };
  return new Git({ sandbox, clock, find, folder });
}

/** The top of the worktree, and the folder that git keeps its own things of it in. */
async function discover(git: Git): Promise<readonly [root: string, gitFolder: string] | undefined> {
  try {
    const said = await git.line("rev-parse", "--show-toplevel", "--absolute-git-dir");
    const [root, gitFolder, ...more] = (said ?? "").split("\n");
    if (root !== undefined && gitFolder !== undefined && more.length === 0) return [root, gitFolder];
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== "failed") throw error;
    if (/not a git repository|cannot use bare repository|must be run in a work tree/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
  throw new GitError(
    "refused",
    `the path of the repository at ${git.folder} has a line break: move it to another place`,
  );
}
