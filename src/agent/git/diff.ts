import { fileText } from "../text/file-text.ts";
import type { Git } from "./git.ts";
import type { Change } from "./repository.ts";

/** A diff is for reading: more than this nobody reads. In bytes. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Of files that are not tracked; of the rest only the number is told. */
const MOST_UNTRACKED = 200;

/** Nothing of the repository's has a say in how a diff looks, and no program of its makes it. */
const WORDS: readonly string[] = [
  "-p",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  "--no-relative",
  "--submodule=short",
  "--ignore-submodules=dirty",
];

/** What changed from a commit or tree to the files of the worktree. */
export async function diffFrom(git: Git, tree: string, changes: readonly Change[]): Promise<string> {
  const args = ["diff", "-M", ...WORDS, "--end-of-options", tree, "--"];
  const { stdout } = await git.run({ args, files: true, mostBytes: MOST_BYTES });
  const untracked = changes.flatMap(({ path, status }) => (status === "untracked" ? [path] : []));
  return fileText(stdout.toString("utf8")) + (await diffOfUntracked(git, untracked));
}

/** What one commit changed; of a merge, what it brought to its first parent. @param commit a whole hash. */
export async function diffOfCommit(git: Git, commit: string): Promise<string> {
  const about = ["--root", "--no-commit-id", "--diff-merges=first-parent", "-M", "-r"];
  const args = ["diff-tree", ...about, ...WORDS, "--end-of-options", commit];
  const { stdout } = await git.run({ args, mostBytes: MOST_BYTES });
  return fileText(stdout.toString("utf8"));
}

async function diffOfUntracked(git: Git, untracked: readonly string[]): Promise<string> {
  // What ends with a slash is a folder: a repository of its own, or too much to be listed.
  const files = untracked.filter((path) => !path.endsWith("/"));
  const folders = untracked.filter((path) => path.endsWith("/"));
  const shown = files.slice(0, MOST_UNTRACKED);
  const notes = folders.map((path) => `# ${path} is not tracked, and not shown\n`);
  if (files.length > shown.length)
    notes.push(`# ${files.length - shown.length} more files are not tracked, and not shown\n`);
  if (shown.length === 0) return notes.map(fileText).join("");
  const { stdout } = await git.run({
    args: ["diff", "--no-index", ...WORDS, "--", "/dev/null"],
    // To git, `-` would be its standard input.
    input: shown.map((path) => `${path === "-" ? "./-" : path}\0`).join(""),
    // So says xargs when one of them said that there is a difference.
    codes: [0, 123],
    forEach: true,
    files: true,
    mostBytes: MOST_BYTES,
  });
  return fileText(stdout.toString("utf8")) + notes.map(fileText).join("");
}
