import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import path from "node:path";
import { HandsProblem } from "../problem.ts";
import type { Match, SearchAnswer } from "../protocol.ts";
import { passedOver, SEARCH_MS, shownPath, type Search } from "./asked.ts";

const PROGRAM = "rg";
const MOST_OUTPUT = 4 * 1024 * 1024;
const LONGEST_LINE = 1000;

/** Asks ripgrep (https://github.com/BurntSushi/ripgrep), whose engine takes linear time; undefined where it is not there. */
export function byRipgrep(asked: Search): SearchAnswer | undefined {
  // Globs are for paths seen from where it runs.
  const root = asked.isFile ? path.dirname(asked.path) : asked.path;
  const result = spawnSync(PROGRAM, argumentsFor(asked), {
    cwd: root,
    timeout: SEARCH_MS,
    killSignal: "SIGKILL",
    maxBuffer: MOST_OUTPUT,
  });
  const why = stopOf(result);
  if (why === "absent") return undefined;
  // 1: nothing found; 2: an error, maybe of a single file that could not be read.
  if (why === undefined && result.status === 2 && result.stdout.length === 0) {
    const said = result.stderr.toString("utf8").trim().slice(0, 500);
    const isPattern = /^(?:rg: )?regex parse error/.test(said);
    throw new HandsProblem(`${isPattern ? "the pattern is no regular expression" : "ripgrep"}: ${said}`);
  }
  return answerOf(result.stdout, asked, why, root);
}

function argumentsFor({ pattern, glob, ignoreCase, path: file, limit, isFile }: Search): string[] {
  const args = ["--no-config", "--no-messages", "--color=never", "--hidden", "--sort=path", "--null"];
  if (glob !== undefined) args.push(`--glob=${glob}`);
  for (const name of passedOver) args.push(`--glob=!${name}`);
  const where = isFile ? `./${path.basename(file)}` : ".";
  if (pattern === undefined) return [...args, "--files", "--", where];
  args.push(
    "--crlf",
    "--no-heading",
    "--with-filename",
    "--line-number",
    "--max-columns=1000",
    "--max-columns-preview",
  );
  if (ignoreCase) args.push("--ignore-case");
  return [...args, `--max-count=${limit + 1}`, `--regexp=${pattern}`, "--", where];
}

function stopOf({ error }: SpawnSyncReturns<Buffer>): "absent" | "time" | "output" | undefined {
  const code: unknown = error === undefined ? undefined : Reflect.get(error, "code");
  if (code === undefined) return undefined;
  return code === "ETIMEDOUT" ? "time" : code === "ENOBUFS" ? "output" : "absent";
}

function answerOf(
  stdout: Buffer,
  asked: Search,
  why: "time" | "output" | undefined,
  root: string,
): SearchAnswer {
  const text = stdout.toString("utf8");
  const whole = (mark: string): string[] => text.split(mark).slice(0, -1);
  const files =
    asked.pattern === undefined ? whole("\0").map((file) => shownPath(path.resolve(root, file))) : [];
  const matches = asked.pattern === undefined ? [] : whole("\n").flatMap((line) => matchOf(line, root));
  const stopped = Math.max(files.length, matches.length) > asked.limit ? "limit" : why;
  return {
    type: "found",
    files: files.slice(0, asked.limit),
    matches: matches.slice(0, asked.limit),
    skipped: 0,
    ...(stopped !== undefined && { stopped }),
  };
}

/** `path NUL line:text` */
function matchOf(line: string, root: string): Match[] {
  const [, file, number, text = ""] = /^([^\0]*)\0(\d+):(.*)$/s.exec(line) ?? [];
  if (file === undefined) return [];
  return [
    {
      path: shownPath(path.resolve(root, file)),
      line: Number(number),
      text: text.slice(0, LONGEST_LINE).replace(/\r$/, ""),
    },
  ];
}
