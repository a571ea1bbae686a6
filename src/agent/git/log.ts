import { fileText, inOneLine } from "../text/file-text.ts";
import type { Commit } from "./repository.ts";

/** How many commits are told of at once. */
export const MOST_COMMITS = 100;

/** The words of `git log` for what {@link readLog} reads. */
export const logWords: readonly string[] = [
  "log",
  "-z",
  "--reverse",
  "--no-show-signature",
  "--no-color",
  "--encoding=UTF-8",
  `--max-count=${MOST_COMMITS}`,
  "--format=tformat:%H%x00%s%x00%b",
];

/** Commits, with what is not seen in their words written out. Pure. */
export function readLog(text: string): Commit[] {
  const fields = text.split("\0");
  const commits: Commit[] = [];
  for (let at = 0; at + 3 < fields.length; at += 3) {
    const [hash = "", subject = "", body = ""] = fields.slice(at, at + 3);
    commits.push({ hash, subject: inOneLine(subject), body: fileText(body.trim()) });
  }
  return commits;
}
