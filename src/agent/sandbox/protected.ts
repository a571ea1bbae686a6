import path from "node:path";
import { Guards, type Guard } from "./guard.ts";
import { holdGitFolder, isGitFolder } from "./git-places.ts";
import { look } from "./look.ts";

/**
 * What in a project makes programs of its user run something, when they open it, enter it or start an agent in it. Held
 * also while absent: most of the known escapes planted one (docs/decisions/0011-sandbox.md).
 */
const PROTECTED: readonly string[] = [
  ".vscode",
  ".idea",
  ".zed",
  ".devcontainer",
  ".claude",
  ".codex",
  ".cursor",
  ".gemini",
  ".windsurf",
  ".colloquy",
  ".mcp.json",
  ".envrc",
  ".gitmodules",
  ".gitconfig",
  ".ripgreprc",
  ".npmrc",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
];

/** Held where they are; tools stumble over a placeholder of these. */
const PROTECTED_IF_PRESENT: readonly string[] = [".yarnrc", ".yarnrc.yml", ".husky"];

/**
 * The guards over a folder that programs may change.
 *
 * @param nested folders below it that hold a repository of their own
 * @param unprotected names, relative to it, that its user gives up
 * @throws SandboxError `invalid` for a protected name that is a symbolic link
 */
export function guardsOf(
  root: string,
  nested: readonly string[],
  unprotected: ReadonlySet<string>,
): readonly Guard[] {
  const guards = new Guards(root, unprotected);
  if (isGitFolder(root)) holdGitFolder(guards, root, root);
  else {
    holdRepository(guards, root);
    holdBare(guards, root);
  }
  for (const name of PROTECTED) guards.hold(path.join(root, name));
  for (const name of PROTECTED_IF_PRESENT) guards.holdPresent(path.join(root, name));
  for (const each of nested) {
    if (guards.wants(each) && look(path.join(each, ".git")) !== "absent") holdRepository(guards, each);
  }
  return guards.all();
}

function holdRepository(guards: Guards, folder: string): void {
  const git = path.join(folder, ".git");
  if (!guards.wants(git)) return;
  if (look(git) === "folder") holdGitFolder(guards, git, folder);
  // A file that says where the repository is; or nothing, and then nothing may come to be there.
  else guards.hold(git);
}

/**
 * When `.git` is broken, git takes the folder itself for a repository if it has `HEAD`, `objects` and `refs`, and reads
 * `config` there. One of the three is enough to forbid it; git knows `HEAD` by another meaning, so not that one.
 */
function holdBare(guards: Guards, root: string): void {
  const free = ["refs", "objects"].find((name) => look(path.join(root, name)) === "absent");
  if (free !== undefined) guards.hold(path.join(root, free));
}
