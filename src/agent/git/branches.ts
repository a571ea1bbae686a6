import { GitError } from "./error.ts";
import type { Git } from "./git.ts";

/** A repository with more branches than this is asked of each name by itself. */
const REFS = ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"];

/** The names of all refs that are branches, here and as last seen elsewhere: `refs/heads/main`, `refs/remotes/origin/main`. */
export async function branchRefs(git: Git): Promise<readonly string[]> {
  const { stdout } = await git.run({ args: REFS });
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((ref) => ref !== "");
}

/**
 * A name that no branch has, local or of a remote: the one wanted, or the same with a number behind it. Capitals are not
 * told apart, since some file systems do not. Pure.
 */
export function freeBranch(wanted: string, refs: readonly string[]): string {
  const taken = refs.map((ref) => ref.toLowerCase());
  const prefix = wanted.split("/").slice(0, -1).join("/");
  // Where a branch `colloquy` is, there can be none below it.
  const name = prefix !== "" && taken.includes(`refs/heads/${prefix}`) ? wanted.replaceAll("/", "-") : wanted;
  for (let count = 1; ; count++) {
    const each = count === 1 ? name : `${name}-${count}`;
    const ref = each.toLowerCase();
    const isTaken = taken.some(
      (other) => other.endsWith(`/${ref}`) || other.startsWith(`refs/heads/${ref}/`),
    );
    if (!isTaken) return each;
  }
}

/** @throws GitError `invalid` for what is no name of a branch. */
async function checkBranchName(git: Git, name: string): Promise<void> {
  const isPlain = !name.startsWith("-") && !name.startsWith("refs/") && !/^(?:HEAD|@)$/.test(name);
  if (isPlain && !name.includes("\0")) {
    const { code } = await git.run({ args: ["check-ref-format", `refs/heads/${name}`], codes: [0, 1] });
    if (code === 0) return;
  }
  throw new GitError(
    "invalid",
    `${JSON.stringify(name)} is no name of a branch; take letters, digits and hyphens`,
  );
}

/**
 * Begins a branch at HEAD and goes to it. Only refs are written: index and files stay as they are, so that what was not
 * committed comes along, and nothing of the repository's has a reason to run.
 *
 * @throws GitError `exists`, `invalid`
 */
export async function beginBranch(git: Git, name: string): Promise<void> {
  await checkBranchName(git, name);
  const ref = `refs/heads/${name}`;
  if ((await git.line("rev-parse", "--verify", "--quiet", ref)) !== undefined) {
    throw new GitError("exists", `there is a branch ${name} already; take another name`);
  }
  const head = await git.line("rev-parse", "--verify", "--quiet", "HEAD");
  // An empty old value: only if it is not there.
  if (head !== undefined) {
    await git.run({
      args: ["update-ref", "--create-reflog", "-m", "branch: begun by Colloquy", ref, head, ""],
    });
  }
  await git.run({ args: ["symbolic-ref", "-m", `checkout: moving to ${name}`, "HEAD", ref] });
}
