import path from "node:path";
import { environment, system, type Clock } from "../../providers/system.ts";
import { findProgram } from "../sandbox/find-program.ts";
import { isWithin, look, real } from "../sandbox/look.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { beginBranch, branchRefs } from "./branches.ts";
import { readCommitted } from "./committed.ts";
import { diffFrom, diffOfCommit } from "./diff.ts";
import { GitError } from "./error.ts";
import { Git } from "./git.ts";
import { logWords, MOST_COMMITS, readLog } from "./log.ts";
import type { Change, Commit, GitOperation, Repository } from "./repository.ts";
import { readStatus } from "./status.ts";

export interface RepositoryOptions {
  readonly sandbox: Sandbox;
  /** The machine's own by default. */
  readonly clock?: Clock;
  /** An absolute path in the worktree; the sandbox's workspace by default. */
  readonly folder?: string;
  /** How git is started inside; by default as it is found on this machine, never in the workspace. */
  readonly program?: string;
}

/** Commits that were not there before. */
export interface NewCommits {
  /** The newest, oldest first; at most 100. */
  readonly commits: readonly Commit[];
  /** How many there are. */
  readonly count: number;
}

/** What the rooms beside git need of a repository, and no others. */
export interface GitRepository extends Repository {
  /** All commits that something points at: HEAD, branches, tags, what is known of remotes. */
  tips(): Promise<readonly string[]>;
  /** What HEAD has that none of these have. */
  newCommits(known: readonly string[]): Promise<NewCommits>;
  /** The refs of all branches, of remotes too. */
  branchRefs(): Promise<readonly string[]>;
  /** Files as they are in HEAD, by their paths; those that are there, and no text longer than 1 MiB. */
  committed(paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
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

async function repositoryAt(git: Git, gitFolder: string): Promise<GitRepository> {
  const [start, startChanges] = await Promise.all([headOf(git), changesOf(git)]);
  return {
    root: git.folder,
    start,
    startChanges,
    head: () => headOf(git),
    branch: async () => (await git.line("symbolic-ref", "--quiet", "HEAD"))?.replace(/^refs\/heads\//, ""),
    changes: () => changesOf(git),
    commits: async (since) => {
      const head = await headOf(git);
      if (head === undefined) return [];
      const range = since === undefined ? [head] : [head, `^${await commitOf(git, since)}`];
      const { stdout } = await git.run({ args: [...logWords, "--end-of-options", ...range, "--"] });
      return readLog(stdout.toString("utf8"));
    },
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

function headOf(git: Git): Promise<string | undefined> {
  return git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
}

async function changesOf(git: Git): Promise<readonly Change[]> {
  const status = async (untracked: "all" | "normal"): Promise<readonly Change[]> => {
    const flags = ["-z", `--untracked-files=${untracked}`, "--ignore-submodules=dirty", "--find-renames"];
    const { stdout } = await git.run({ args: ["status", "--porcelain=v2", ...flags], files: true });
    return readStatus(stdout.toString("utf8"));
  };
  try {
    return await status("all");
  } catch (error) {
    // A forgotten node_modules: then a folder stands for what is in it.
    if (error instanceof GitError && error.kind === "too-much") return status("normal");
    throw error;
  }
}

/** The whole hash of a commit. @throws GitError `invalid` */
async function commitOf(git: Git, name: string): Promise<string> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  if (name.includes("\0")) throw noCommit(name);
  const { code, stdout } = await git.run({ args, codes: [0, 1, 128] });
  const hash = stdout.toString("utf8").trim();
  // Older versions say the option again.
  if (code === 0 && /[0-9a-f]{40,64}$/.test(hash)) return hash.split("\n").at(-1) ?? hash;
  throw noCommit(name);
}

function noCommit(name: string): GitError {
  return new GitError(
    "invalid",
    `${JSON.stringify(name)} is no commit here; give 4 or more of its hex digits, as git log shows them`,
  );
}

/** Git knows it without having it; its hash is that of the repository's kind. */
async function emptyTree(git: Git): Promise<string> {
  const { stdout } = await git.run({ args: ["hash-object", "-t", "tree", "--stdin"], input: "" });
  return stdout.toString("utf8").trim();
}

async function tipsOf(git: Git): Promise<readonly string[]> {
  const { stdout } = await git.run({ args: ["for-each-ref", "--format=%(objectname)"] });
  const head = await headOf(git);
  return [
    ...new Set(
      [...stdout.toString("utf8").split("\n"), head ?? ""].filter((hash) => /^[0-9a-f]{40,64}$/.test(hash)),
    ),
  ];
}

async function newCommits(git: Git, known: readonly string[]): Promise<NewCommits> {
  const head = await headOf(git);
  if (head === undefined || known.includes(head)) return { commits: [], count: 0 };
  // Some of them may be gone meanwhile. What the reader is told first decides how it takes the rest.
  const input = [head, ...known.map((hash) => `^${hash}`)].map((line) => `${line}\n`).join("");
  const { stdout } = await git.run({
    args: [...logWords, "--topo-order", "--ignore-missing", "--stdin"],
    input,
  });
  const commits = readLog(stdout.toString("utf8"));
  if (commits.length < MOST_COMMITS) return { commits, count: commits.length };
  const counted = await git.run({ args: ["rev-list", "--count", "--ignore-missing", "--stdin"], input });
  return { commits, count: Number(counted.stdout.toString("utf8")) };
}

/** What git leaves in its folder while it is in the middle of something (wt-status.c, `wt_status_get_state`). */
const OPERATIONS: readonly (readonly [string, GitOperation])[] = [
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["MERGE_HEAD", "merge"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
  ["BISECT_LOG", "bisect"],
];

function operationIn(gitFolder: string): GitOperation | undefined {
  return OPERATIONS.find(([name]) => look(path.join(gitFolder, name)) !== "absent")?.[1];
}
