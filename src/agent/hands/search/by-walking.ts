import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { HandsProblem } from "../problem.ts";
import type { Match, SearchAnswer } from "../protocol.ts";
import { listFiles } from "./list-files.ts";
import { shownPath, type Search } from "./asked.ts";

/** Longer files are not looked into, in bytes. */
const LONGEST_FILE = 4 * 1024 * 1024;
/** Of a line that is found, in UTF-16 units. */
const LONGEST_LINE = 1000;

/**
 * Looks through files by ourselves. The regular expression is the model's and may take for ever on a line: whoever
 * asked ends the process then.
 */
export function byWalking(asked: Search, isLate: () => boolean): SearchAnswer {
  const { pattern, glob, limit } = asked;
  const { files, late } = asked.isFile ? { files: [asked.path], late: false } : listFiles(asked.path, isLate);
  const wanted = glob === undefined ? files : files.filter((file) => fits(file, asked.path, glob));
  if (pattern === undefined) {
    const stopped = wanted.length > limit ? "limit" : late ? "time" : undefined;
    return answer([], wanted.slice(0, limit).map(shownPath), 0, stopped);
  }
  const expression = expressionOf(pattern, asked.ignoreCase);
  const matches: Match[] = [];
  let skipped = 0;
  for (const file of wanted) {
    if (isLate()) return answer(matches, [], skipped, "time");
    const text = textOf(file);
    if (text === "too long") skipped++;
    if (text === undefined || text === "too long") continue;
    for (const match of matchesIn(text.content, expression)) {
      if (matches.length === limit) return answer(matches, [], skipped, "limit");
      matches.push({ path: shownPath(file), ...match });
    }
  }
  return answer(matches, [], skipped, late ? "time" : undefined);
}

function answer(
  matches: readonly Match[],
  files: readonly string[],
  skipped: number,
  stopped: SearchAnswer["stopped"],
): SearchAnswer {
  return { type: "found", matches, files, skipped, ...(stopped !== undefined && { stopped }) };
}

function* matchesIn(
  text: string,
  expression: RegExp,
): Generator<{ readonly line: number; readonly text: string }> {
  let line = 0;
  for (let from = 0; from < text.length;) {
    line++;
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    const content = text.slice(from, end).replace(/\r$/, "");
    if (expression.test(content)) yield { line, text: content.slice(0, LONGEST_LINE) };
    from = end + 1;
  }
}

function expressionOf(pattern: string, ignoreCase: boolean): RegExp {
  const flags = ignoreCase ? "i" : "";
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    // Escapes that mean nothing are errors with `u` alone; people write them.
  }
  try {
    return new RegExp(pattern, flags);
  } catch (error) {
    throw new HandsProblem(
      `the pattern is no regular expression: ${error instanceof Error ? error.message : ""}`,
    );
  }
}

function textOf(file: string): { readonly content: string } | "too long" | undefined {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return undefined;
    if (stats.size > LONGEST_FILE) return "too long";
    const bytes = readFileSync(file);
    return bytes.subarray(0, 8192).includes(0) ? undefined : { content: bytes.toString("utf8") };
  } catch {
    return undefined; // gone, or not for us to read
  }
}

/** Without a slash a glob is for names, with one for paths seen from where is searched. */
function fits(file: string, root: string, glob: string): boolean {
  const inside = path.relative(root, file);
  if (!glob.includes("/")) return path.matchesGlob(path.basename(file), glob);
  return path.matchesGlob(inside, glob.replace(/^\.?\//, ""));
}
