import { lstatSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import { isPlaceholder } from "./placeholder-mark.ts";

/**
 * What is at a path, links not followed. What cannot be seen by us is absent: what we start sees no more than we do.
 * So is what a sandbox holds absent.
 */
export type Found = "absent" | "file" | "folder" | "link" | "socket" | "other";

export function look(at: string): Found {
  try {
    const status = lstatSync(at, { throwIfNoEntry: false });
    if (status === undefined) return "absent";
    if (status.isSymbolicLink()) return "link";
    if (status.isDirectory()) return isPlaceholder(at) ? "absent" : "folder";
    if (status.isFile()) return "file";
    return status.isSocket() ? "socket" : "other";
  } catch {
    return "absent";
  }
}

/** The beginning of a small text file; empty when there is none. */
export function readSmall(at: string): string {
  try {
    return lstatSync(at, { throwIfNoEntry: false })?.isFile() === true
      ? readFileSync(at, "utf8").slice(0, 1 << 20)
      : "";
  } catch {
    return "";
  }
}

/** The path with its links followed, or undefined where it leads nowhere. */
export function real(at: string): string | undefined {
  try {
    return realpathSync(at);
  } catch {
    return undefined;
  }
}

/** Whether a path is a folder or below it, by segments: `/a/bc` is not below `/a/b`. Both absolute and normalised. */
export function isWithin(folder: string, at: string): boolean {
  return at === folder || at.startsWith(folder === path.sep ? folder : folder + path.sep);
}
