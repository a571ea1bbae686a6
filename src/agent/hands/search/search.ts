import { statSync } from "node:fs";
import { absolute, missing, realPath } from "../files.ts";
import { HandsProblem } from "../problem.ts";
import type { SearchAnswer, SearchRequest } from "../protocol.ts";
import { SEARCH_MS } from "./asked.ts";
import { byRipgrep } from "./by-ripgrep.ts";
import { byWalking } from "./by-walking.ts";

/** Looks for lines or files: with ripgrep where it is there, else by ourselves. */
export function search(request: SearchRequest, now: () => number): SearchAnswer {
  if (request.pattern === undefined && request.glob === undefined)
    throw new HandsProblem("give pattern, glob or both");
  const given = absolute(request.path);
  const real = realPath(given);
  if (real === undefined) throw missing(given);
  const stats = statSync(real);
  if (!stats.isFile() && !stats.isDirectory())
    throw new HandsProblem(`${real} is neither a file nor a folder`);
  const asked = { ...request, path: real, isFile: stats.isFile() };
  const end = now() + SEARCH_MS;
  return byRipgrep(asked) ?? byWalking(asked, () => now() > end);
}
