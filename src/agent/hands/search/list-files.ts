import { spawnSync } from "node:child_process";
import { readdirSync, type Dirent } from "node:fs";
import path from "node:path";
import { passedOver } from "./asked.ts";

/** More are not looked at. */
const MOST_FILES = 200_000;

/**
 * The files below a folder, in order: those that git knows or would take, where it is there, else all but what is surely
 * not meant.
 */
export function listFiles(
  folder: string,
  isLate: () => boolean,
): { readonly files: string[]; readonly late: boolean } {
  const known = knownToGit(folder);
  if (known !== undefined) return { files: known.slice(0, MOST_FILES), late: known.length > MOST_FILES };
  const files: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    if (isLate() || files.length > MOST_FILES) return { files: files.slice(0, MOST_FILES), late: true };
    const below: string[] = [];
    for (const entry of entriesOf(next)) {
      if (entry.isFile()) files.push(path.join(next, entry.name));
      else if (entry.isDirectory() && !passedOver.has(entry.name)) below.push(path.join(next, entry.name));
    }
    for (const each of below.reverse()) folders.push(each);
  }
  return { files: files.sort(), late: false };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // what must not be read is as good as not there
  }
}

function isPassedOver(name: string): boolean {
  return name.split("/").some((segment) => passedOver.has(segment));
}

function knownToGit(folder: string): string[] | undefined {
  const args = [
    "-c",
    "core.fsmonitor=false",
    "-C",
    folder,
    "ls-files",
    "-z",
    "--cached",
    "--others",
    "--exclude-standard",
  ];
  const { status, stdout } = spawnSync("git", args, {
    timeout: 2000,
    maxBuffer: 64 * 1024 * 1024,
    encoding: "utf8",
  });
  if (status !== 0 || stdout === "") return undefined;
  const names = new Set(stdout.split("\0").filter((name) => name !== "" && !isPassedOver(name)));
  return [...names].sort().map((name) => path.join(folder, name));
}
