import path from "node:path";
import type { SearchRequest } from "../protocol.ts";

/** A search looks so long, in milliseconds; what it has by then is given. Whoever asked waits a little longer. */
export const SEARCH_MS = 4000;

/** What an engine is asked: a folder or a file, with links followed. */
export interface Search extends SearchRequest {
  readonly isFile: boolean;
}

/** Never looked into, unless it is named: others' code and a repository's own. */
export const passedOver: ReadonlySet<string> = new Set([".git", ".hg", ".svn", "node_modules"]);

/** A file as it is shown: seen from the workspace where it is inside. */
export function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") ? file : relative;
}
