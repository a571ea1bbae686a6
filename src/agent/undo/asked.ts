import path from "node:path";
import { UndoError } from "./errors.ts";

/** How a path stands to those that were asked for: one of them, below one, above one, or elsewhere. */
export type Asked = "named" | "within" | "around" | "no";

/** Tells how paths stand to those that were asked for; without any, all are within. */
export function askedFor(paths: readonly string[] | undefined): (at: string) => Asked {
  if (paths === undefined) return () => "within";
  const named = new Set(paths.filter((each) => each !== ""));
  if (named.size < paths.length) return () => "within";
  const around = new Set([...named].flatMap(above));
  return (at) => {
    if (named.has(at)) return "named";
    if (above(at).some((each) => named.has(each))) return "within";
    return around.has(at) ? "around" : "no";
  };
}

/** The folders that a path is in, the workspace among them. */
function above(at: string): string[] {
  const names = at.split("/");
  return at === "" ? [] : names.map((_, end) => names.slice(0, end).join("/"));
}

/**
 * A path from the workspace, parted by `/`; the workspace itself is empty.
 * @param given from the workspace, or absolute.
 * @throws UndoError `invalid` for one that is not in it.
 */
export function inWorkspace(workspace: string, given: string): string {
  const relative = path.relative(workspace, path.resolve(workspace, given));
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    throw new UndoError("invalid", `${given} is not in ${workspace}, which is all that can be restored`);
  }
  return relative.split(path.sep).join("/");
}
