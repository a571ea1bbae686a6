import { opendirSync } from "node:fs";
import path from "node:path";
import { readGitConfig, type GitSetting } from "./git-config.ts";
import type { Guards } from "./guard.ts";
import { look, readSmall, real } from "./look.ts";

/** Whether git would take a folder for a repository: setup.c, `is_git_directory`. */
export function isGitFolder(at: string): boolean {
  return (
    look(path.join(at, "HEAD")) !== "absent" &&
    look(path.join(at, "objects")) === "folder" &&
    look(path.join(at, "refs")) === "folder"
  );
}

/**
 * Holds what a git folder can make git run, or makes it read settings elsewhere: `config`, `hooks`, `commondir`, and the
 * same of submodules and worktrees in it. All else may change: programs inside commit, branch and fetch.
 *
 * @param worktree where relative paths in its settings start
 */
export function holdGitFolder(guards: Guards, git: string, worktree: string): void {
  const settings = holdSettings(guards, path.join(git, "config"), 4);
  guards.hold(path.join(git, "hooks"));
  // With it, settings and hooks are those of another folder; "." is the folder itself. An empty one is an error to git.
  guards.holdOrPretend(path.join(git, "commondir"), ".\n");
  const own = settings.some(({ name, value }) => name === "extensions.worktreeconfig" && value !== "false");
  if (own) guards.hold(path.join(git, "config.worktree"));
  else guards.holdPresent(path.join(git, "config.worktree"));
  for (const { name, value } of settings) {
    if (name === "core.hookspath" && !isElsewhere(value)) guards.hold(path.resolve(worktree, value));
  }
  holdModules(guards, git);
  holdWorktrees(guards, git);
}

/** The settings of a file and of those it includes, all of which it holds. */
function holdSettings(guards: Guards, file: string, depth: number): GitSetting[] {
  guards.hold(file);
  if (depth === 0) return [];
  return readGitConfig(readSmall(file)).flatMap((setting) => {
    const includes = setting.name === "include.path" || setting.name === "includeif.path";
    if (!includes || isElsewhere(setting.value)) return [setting];
    return holdSettings(guards, path.resolve(path.dirname(file), setting.value), depth - 1);
  });
}

/** In somebody's home, or where git is installed. */
function isElsewhere(value: string): boolean {
  return value.startsWith("~") || value.startsWith("%(");
}

/** `git submodule update` on a folder that is there already would run the hooks in it: no new one may appear. */
function holdModules(guards: Guards, git: string): void {
  const modules = path.join(git, "modules");
  guards.hold(modules);
  for (const each of gitFoldersBelow(modules, 3)) {
    guards.pin(each);
    holdGitFolder(guards, each, each);
  }
}

function holdWorktrees(guards: Guards, git: string): void {
  const worktrees = path.join(git, "worktrees");
  if (look(worktrees) !== "folder") return;
  for (const name of foldersIn(worktrees)) {
    for (const file of ["commondir", "gitdir", "config.worktree"]) {
      guards.holdPresent(path.join(worktrees, name, file));
    }
  }
}

function gitFoldersBelow(at: string, depth: number): string[] {
  if (depth === 0 || look(at) !== "folder") return [];
  return foldersIn(at).flatMap((name) => {
    const each = path.join(at, name);
    return isGitFolder(each) ? [each] : gitFoldersBelow(each, depth - 1);
  });
}

const MOST_FOLDERS = 4000;
const MOST_NESTED = 32;

/**
 * Folders below one that hold a repository of their own (a `.git`, of submodules a file). Three levels down, with an end
 * to the search; packages of others are passed by.
 */
export function nestedRepositories(root: string): string[] {
  const found: string[] = [];
  let level = [root];
  let seen = 0;
  for (let depth = 0; depth < 3; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      for (const name of foldersIn(folder)) {
        if (PASSED_BY.has(name) || ++seen > MOST_FOLDERS) continue;
        const each = path.join(folder, name);
        if (look(path.join(each, ".git")) === "absent") next.push(each);
        else if (found.push(each) >= MOST_NESTED) return found;
      }
    }
    level = next;
  }
  return found;
}

const PASSED_BY = new Set([".git", "node_modules", "target", "dist", "build", "vendor", ".venv", "venv"]);

function foldersIn(folder: string): string[] {
  try {
    const names: string[] = [];
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null && names.length < MOST_FOLDERS;) {
        if (entry.isDirectory()) names.push(entry.name);
        entry = entries.readSync();
      }
    } finally {
      entries.closeSync();
    }
    return names.sort();
  } catch {
    return [];
  }
}

/** Where a `.git` that is a file says the repository is, and where that one keeps what it shares with others. */
export function repositoryElsewhere(folder: string): string[] {
  const told = /^gitdir: (.+?)\s*$/m.exec(readSmall(path.join(folder, ".git")))?.[1];
  if (told === undefined) return [];
  const git = path.resolve(folder, told);
  const common = readSmall(path.join(git, "commondir")).trim();
  return common === "" ? [git] : [git, path.resolve(git, common)];
}

/**
 * The same, but only where that repository knows this folder as a worktree of its own: a `.git` that came with the folder
 * can name any place, and what stands there is not to be written for it.
 */
export function ownRepositoryElsewhere(folder: string): readonly string[] {
  const places = repositoryElsewhere(folder);
  const [git] = places;
  if (git === undefined) return [];
  const back = readSmall(path.join(git, "gitdir")).trim();
  const here = real(path.join(folder, ".git"));
  return here !== undefined && back !== "" && real(path.resolve(git, back)) === here ? places : [];
}
