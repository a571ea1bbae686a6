import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import { UsageError, type ToolFlags } from "./command.ts";
import type { Env } from "./catalogue.ts";
import type { Io } from "./io.ts";
import { stateFolder } from "./sessions-file.ts";
import type { Teller } from "./terminal.ts";

/** Where an agent works beside its user's checkout. */
export interface OwnPlace {
  readonly folder: string;
  /** What else its tools must be able to write. */
  readonly writable: readonly string[];
}

/**
 * Makes a git worktree with a branch of its own, and tells of it.
 * @throws GitError, SandboxError, UsageError
 */
export async function makeWorktree(
  { name, from }: NonNullable<ToolFlags["worktree"]>,
  flags: ToolFlags,
  folder: string,
  io: Io,
  tell: Teller,
): Promise<OwnPlace> {
  const agent = await import("../agent/index.ts");
  const top = agent.repositoryTop(folder);
  if (top === undefined)
    throw new UsageError("--worktree needs a git repository, and this folder is in none");
  const into = placeOfWorktrees(io.env, top);
  await mkdir(into, { recursive: true });
  const state = stateFolder(io.env);
  const sandbox = await agent.openSandbox({
    kind: flags.unsafe ? "none" : flags.sandbox,
    workspace: top,
    writable: [await realpath(into)],
    env: io.env,
    ...(state !== undefined && { hidden: [state] }),
  });
  try {
    const made = await agent.createWorktree({
      sandbox,
      folder: top,
      name,
      into: await realpath(into),
      ...(from !== undefined && { from }),
    });
    const { branch, writable } = made;
    tell.notice(
      `works in ${made.folder}, on the branch ${branch}; \`git merge ${branch}\` takes it over, \`git worktree remove ${made.folder}\` takes it away`,
    );
    return { folder: made.folder, writable };
  } finally {
    await sandbox.close();
  }
}

/** A folder for each repository, in `$XDG_DATA_HOME/colloquy-worktrees` or `~/.local/share/colloquy-worktrees`. */
function placeOfWorktrees(env: Env, top: string): string {
  const xdg = env["XDG_DATA_HOME"] ?? "";
  const home = env["HOME"] || env["USERPROFILE"];
  if (!path.isAbsolute(xdg) && !home) {
    throw new UsageError("--worktree has no place, for neither XDG_DATA_HOME nor HOME is set");
  }
  const data = path.isAbsolute(xdg) ? xdg : path.join(home ?? "", ".local", "share");
  const hash = createHash("sha256").update(top).digest("hex").slice(0, 8);
  return path.join(data, "colloquy-worktrees", `${path.basename(top)}-${hash}`);
}
