import { capLine } from "../text/cap-lines.ts";
import { inOneLine } from "../text/file-text.ts";
import type { GitFacts } from "./facts.ts";
import { section, type PromptSection } from "./section.ts";

/** Names of others are not told at any length. */
const LONGEST = 200;

/** How the folder stands with git at the beginning. */
export function gitState(git: GitFacts): PromptSection {
  if (!git.repository) return section("git", "Git: the folder is in no repository.");
  const { branch, subject, changes } = git;
  const lines = [
    "Git, at the beginning:",
    `- branch: ${branch === undefined ? "none, HEAD is detached" : quoted(branch)}`,
    `- last commit: ${subject === undefined ? "there is none yet" : quoted(subject)}`,
    `- paths that are not committed: ${changes}${changes === 0 ? "" : "; they are the user's, leave them as they are"}`,
    "- never push by force, and push only where the user says so",
  ];
  return section("git", lines.join("\n"));
}

function quoted(text: string): string {
  return JSON.stringify(capLine(inOneLine(text), LONGEST));
}
