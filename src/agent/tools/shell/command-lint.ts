/*
 * A look at a command before it runs, against the few mistakes that cost people their work. It is no boundary: whoever
 * means to get past it does (`x=rm; $x -rf /`). What holds is the sandbox.
 */

import { forcedPush } from "../../git/forced-push.ts";
import { gitCommand, programName, ranCommands } from "./ran-commands.ts";
import type { Word } from "./shell-words.ts";

/** Why a command is not run, and what to do instead; undefined for one without objection. */
export function commandProblem(command: string): string | undefined {
  for (const words of ranCommands(command)) {
    const problem = problemOf(words);
    if (problem !== undefined) return problem;
  }
  return forcedPush(command);
}

function problemOf(command: readonly Word[]): string | undefined {
  switch (programName(command)) {
    case "git":
      return gitProblem(gitCommand(command.slice(1)));
    case "rm":
      return removalProblem(command.slice(1));
    default:
      return undefined;
  }
}

function gitProblem([subcommand, ...rest]: readonly Word[]): string | undefined {
  if (subcommand?.text !== "add" && subcommand?.text !== "stage") return undefined;
  return rest.some(addsEverything)
    ? "git add of everything also takes in what is not yours to commit (secrets, build output, the user's own " +
        "changes). Look at git status --short, then name the files: git add FILE..."
    : undefined;
}

function addsEverything({ text, glob }: Word): boolean {
  if (text === "--all" || /^-[a-zA-Z]*A[a-zA-Z]*$/.test(text)) return true;
  return /^(?:\.\/?|:\/|:\(top\)|\$PWD|\$\{PWD\})$/.test(text) || (glob && /^(?:\.\/)?\*+$/.test(text));
}

function removalProblem(args: readonly Word[]): string | undefined {
  const end = args.findIndex(({ text }) => text === "--");
  const flags = (end === -1 ? args : args.slice(0, end)).filter(({ text }) => text.startsWith("-"));
  if (!flags.some(({ text }) => text === "--recursive" || /^-[a-zA-Z]*[rR]/.test(text))) return undefined;
  for (const word of args) {
    if (word.text.startsWith("-") && flags.includes(word)) continue;
    const why = dangerous(word);
    if (why !== undefined) {
      return `rm -r of ${JSON.stringify(word.text)}: ${why}. Name exactly the files or the folder that you made or were asked to remove.`;
    }
  }
  return undefined;
}

const HOME = /^(?:~[\w.-]*|\$HOME|\$\{HOME\})$/;

/** Whether to remove this, with all that is in it, is surely a mistake; and why. */
function dangerous({ text, glob, quoted }: Word): string | undefined {
  const segments = normalized(text);
  const last = segments.at(-1);
  const wide = glob && last !== undefined && /^(?:\*+|\.\*|\.\?\?\*|\.\[.*\]\*|\{.*\})$/.test(last);
  const folder = (wide ? segments.slice(0, -1) : segments).join("/");
  const whole = wide ? "all that is in " : "";
  if (folder === "" && text.startsWith("/")) return `that is ${whole}the root of the file system`;
  if (/(?:^|\/)\.git(?:\/(?:objects|refs)(?:\/.*)?)?$/.test(folder)) {
    return "the repository's history would be gone for good";
  }
  if (HOME.test(folder) && !(quoted && folder.startsWith("~"))) return `that is ${whole}the home folder`;
  if (/^\/(?:home|Users)(?:\/[^/]+)?$|^\/root$/.test(folder)) return `that is ${whole}a home folder`;
  if (/^\/(?:bin|boot|dev|etc|lib\w*|opt|proc|run|sbin|srv|sys|usr|var)$/.test(folder)) {
    return `that is ${whole}a folder of the system`;
  }
  if (folder === "" || folder === "." || /^\.\.(?:\/\.\.)*$/.test(folder)) {
    return wide
      ? "that is everything here, whatever it is"
      : "that is the folder itself in which you are, or one above";
  }
  if (wide && /^\$(?:\w+|\{\w+\})$/.test(folder)) {
    return "if the variable is empty, that is the root of the file system";
  }
  return undefined;
}

/** A path's segments, without what changes nothing. A leading `/` leaves no trace. */
function normalized(text: string): string[] {
  const segments: string[] = [];
  for (const segment of text.split("/")) {
    if (segment === "" || (segment === "." && text !== ".")) continue;
    if (segment === ".." && segments.length > 0 && segments.at(-1) !== "..") segments.pop();
    else segments.push(segment);
  }
  return segments[0] !== undefined && text.startsWith("/") ? ["", ...segments] : segments;
}
