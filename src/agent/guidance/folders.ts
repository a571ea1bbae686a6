import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";
import { isWithin } from "../sandbox/look.ts";

/** So many levels are looked at, the nearest ones. */
const MOST_FOLDERS = 40;

/** The folders from a root down to a folder, both among them; the folder alone where it is not below the root. */
export function foldersDown(root: string, folder: string): readonly string[] {
  if (!isWithin(root, folder)) return [folder];
  const found = [folder];
  for (let at = folder; at !== root && found.length < MOST_FOLDERS;) {
    at = path.dirname(at);
    found.push(at);
  }
  return found.reverse();
}

/**
 * The top of the repository that a folder is in, by where its `.git` lies; nothing is run. The folder itself where there is
 * none. One that belongs to somebody else does not count, for he could have put it around the folder (CVE-2022-24765).
 */
export function repositoryTop(folder: string): string {
  const start = realpathSync(folder);
  const us = process.getuid?.();
  for (let at = start; ;) {
    const git = lstatSync(path.join(at, ".git"), { throwIfNoEntry: false });
    if (git !== undefined && (us === undefined || git.uid === us)) return at;
    const up = path.dirname(at);
    if (up === at) return start;
    at = up;
  }
}
