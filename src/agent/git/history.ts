import { GitError } from "./error.ts";
import type { Git } from "./git.ts";
import { logWords, MOST_COMMITS, readLog } from "./log.ts";
import type { Commit } from "./repository.ts";

/** Commits that were not there before. */
export interface NewCommits {
  /** The newest, oldest first; at most 100. */
  readonly commits: readonly Commit[];
  /** How many there are. */
  readonly count: number;
}

/** The hash of HEAD; undefined where there is no commit. */
export function headOf(git: Git): Promise<string | undefined> {
  return git.line("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
}

/** The whole hash of a commit. @throws GitError `invalid` */
export async function commitOf(git: Git, name: string): Promise<string> {
  if (name.includes("\0")) throw noCommit(name);
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await git.run({ args, codes: [0, 1, 128] });
  const hash = stdout.toString("utf8").trim();
  if (code === 0 && HASH.test(hash)) return hash;
  throw noCommit(name);
}

/** For what a model or a person gave as a commit. */
export function noCommit(name: string): GitError {
  return new GitError(
    "invalid",
    `${JSON.stringify(name)} is no commit here; give 4 or more of its hex digits, as git log shows them`,
  );
}

const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** What HEAD has that a commit has not. */
export async function commitsSince(git: Git, since: string | undefined): Promise<readonly Commit[]> {
  const head = await headOf(git);
  if (head === undefined) return [];
  const range = since === undefined ? [head] : [head, `^${await commitOf(git, since)}`];
  const { stdout } = await git.run({ args: [...logWords, "--end-of-options", ...range, "--"] });
  return readLog(stdout.toString("utf8"));
}

/** All that something points at: HEAD, branches, tags, what is known of remotes. */
export async function tipsOf(git: Git): Promise<readonly string[]> {
  const { stdout } = await git.run({ args: ["for-each-ref", "--format=%(objectname)"] });
  const hashes = [...stdout.toString("utf8").split("\n"), (await headOf(git)) ?? ""];
  return [...new Set(hashes.filter((hash) => HASH.test(hash)))];
}

/** What HEAD has that none of the known commits have. */
export async function newCommits(git: Git, known: readonly string[]): Promise<NewCommits> {
  const head = await headOf(git);
  if (head === undefined || known.includes(head)) return { commits: [], count: 0 };
  // Some of them may be gone meanwhile; that is said before they are.
  const flags = ["--ignore-missing", "--stdin"];
  const input = [head, ...known.map((hash) => `^${hash}`)].map((line) => `${line}\n`).join("");
  const { stdout } = await git.run({ args: [...logWords, "--topo-order", ...flags], input });
  const commits = readLog(stdout.toString("utf8"));
  if (commits.length < MOST_COMMITS) return { commits, count: commits.length };
  const counted = await git.run({ args: ["rev-list", "--count", ...flags], input });
  return { commits, count: Number(counted.stdout.toString("utf8")) };
}

/** The hash of a tree with nothing in it, which git knows without having it. */
export async function emptyTree(git: Git): Promise<string> {
  const { stdout } = await git.run({ args: ["hash-object", "-t", "tree", "--stdin"], input: "" });
  return stdout.toString("utf8").trim();
}
