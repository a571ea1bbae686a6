import path from "node:path";
import type { Clock } from "../../providers/system.ts";
import { look, real } from "../sandbox/look.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { branchRefs, freeBranch } from "./branches.ts";
import { GitError } from "./error.ts";
import type { Git } from "./git.ts";
import { gitIn } from "./open-repository.ts";
import { slug } from "./slug.ts";

/** Files by the ten thousand take their time; in milliseconds. */
const LONGEST = 10 * 60_000;

/** How a worktree is made. */
export interface WorktreeOptions {
  /**
   * Where git runs. Both `folder` and `into` must be writable in it:
   * `openSandbox({ workspace: folder, writable: [into] })`.
   */
  readonly sandbox: Sandbox;
  /**
   * The top of the user's own checkout; an absolute path. Where that is a linked worktree itself, the sandbox must let its
   * repository be written too.
   */
  readonly folder: string;
  /** What the work is about; the branch and the folder are named for it. */
  readonly name: string;
  /** The folder in which the worktree gets a folder of its own. It has to be there; an absolute path. */
  readonly into: string;
  /** The commit that it begins at; the user's HEAD by default. */
  readonly from?: string;
  readonly clock?: Clock;
  readonly program?: string;
}

/** A worktree of the agent's own, beside the user's checkout. */
export interface Worktree {
  readonly folder: string;
  /** Its own branch, new with it. */
  readonly branch: string;
  /** The commit at which the branch began. */
  readonly start: string;
  /**
   * What else a sandbox for it must let be written, so that the agent can commit: the repository's own folder. For
   * `SandboxOptions.writable`.
   */
  readonly writable: readonly string[];
}

/**
 * Makes a worktree with a branch of its own, so that the agent can work beside the user's checkout:
 * its branch, index and files are not touched, and what is not committed there does not come along. Hooks and filters of
 * the repository do not run: of git LFS there are pointers, not files. Submodules are empty.
 *
 * @throws GitError `refused` where there is no repository, or no such commit.
 */
export async function createWorktree(options: WorktreeOptions): Promise<Worktree> {
  const { name, into, from } = options;
  const git = gitIn(options, options.folder);
  const common = await commonFolder(git);
  const at = `${from ?? "HEAD"}^{commit}`;
  const start = await git.line("rev-parse", "--verify", "--quiet", "--end-of-options", at);
  if (start === undefined) {
    const why =
      from === undefined
        ? `${git.folder} has no commit yet, and a worktree begins at one: commit first`
        : `${git.folder} has no commit ${JSON.stringify(from)}; \`git log\` lists those there are`;
    throw new GitError("refused", why);
  }
  const word = slug(name);
  if (word === "") {
    throw new GitError("invalid", `${JSON.stringify(name)} names no worktree: give letters a to z or digits`);
  }
  const branch = freeBranch(`colloquy/${word}`, await branchRefs(git));
  const folder = freeFolder(real(into) ?? into, word);
  await git.run({
    args: ["worktree", "add", "--quiet", "--no-track", "-b", branch, "--end-of-options", folder, start],
    files: true,
    longest: LONGEST,
  });
  return { folder, branch, start, writable: [common] };
}

/** How a worktree is taken away. */
export interface RemovalOptions extends Pick<WorktreeOptions, "sandbox" | "folder" | "clock" | "program"> {
  readonly worktree: Pick<Worktree, "folder" | "branch" | "start">;
  /** Also with what is not committed in it, which is lost then. */
  readonly discard?: boolean;
}

/**
 * Takes a worktree away. Its branch stays where something was committed on it.
 *
 * @throws GitError `failed` where something in it is not committed, unless that is to be discarded.
 */
export async function removeWorktree(options: RemovalOptions): Promise<void> {
  const { worktree, discard = false } = options;
  const git = gitIn(options, options.folder);
  const force = discard ? ["--force"] : [];
  const args = ["worktree", "remove", ...force, "--end-of-options", worktree.folder];
  await git.run({ args, files: true, longest: LONGEST });
  const ref = `refs/heads/${worktree.branch}`;
  const now = await git.line("rev-parse", "--verify", "--quiet", ref);
  // Only if it is where it began, also then.
  if (now === worktree.start) await git.run({ args: ["update-ref", "-d", ref, worktree.start] });
}

async function commonFolder(git: Git): Promise<string> {
  const said = await git.line("rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir");
  const [, common, ...more] = (said ?? "").split("\n");
  if (common !== undefined && more.length === 0) return common;
  throw new GitError("refused", `the path of the repository at ${git.folder} has a line break: move it`);
}

function freeFolder(into: string, name: string): string {
  for (let count = 1; ; count++) {
    const folder = path.join(into, count === 1 ? name : `${name}-${count}`);
    if (look(folder) === "absent") return folder;
  }
}
