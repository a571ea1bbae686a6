import type { Git } from "./git.ts";

const LONGEST = 1 << 20;

/**
 * Files as they are in HEAD, without a look at the worktree. A path may not hold a line break.
 *
 * @returns those that are there as a blob; what is longer than 1 MiB is cut.
 */
export async function readCommitted(
  git: Git,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const input = paths.map((path) => `HEAD:${path}\n`).join("");
  const { stdout } = await git.run({ args: ["cat-file", "--batch"], input });
  // For each in turn: `HASH blob SIZE`, its bytes, and a line break; or `NAME missing`.
  let at = 0;
  for (const path of paths) {
    const end = stdout.indexOf("\n", at);
    if (end === -1) break;
    const size = /^[0-9a-f]+ (\w+) (\d+)$/.exec(stdout.toString("latin1", at, end));
    at = end + 1;
    if (size === null) continue;
    const length = Number(size[2]);
    if (size[1] === "blob") found.set(path, stdout.toString("utf8", at, at + Math.min(length, LONGEST)));
    at += length + 1;
  }
  return found;
}
