/*
 * A look at a command before it runs, against the few mistakes that cost people their work. It is no boundary: whoever
 * means to get past it does (`x=rm; $x -rf /`). What holds is the sandbox.
 */

import { simpleCommands, type Word } from "./shell-words.ts";

/** Why a command is not run, and what to do instead; undefined for one without objection. */
export function commandProblem(command: string): string | undefined {
  return problemIn(command, 0);
}

function problemIn(command: string, depth: number): string | undefined {
  if (depth > 3) return undefined;
  for (const words of simpleCommands(command)) {
    const problem = problemOf(bare(words), depth);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Words of a shell's own grammar, and programs that run the rest of their line. */
const PREFIXES: ReadonlySet<string> = new Set(
  "! { if then elif else while until do time sudo doas command builtin exec nohup nice env setsid xargs stdbuf".split(
    " ",
  ),
);

/** A command without what stands before its program: assignments, `if`, `sudo -u x`. */
function bare(words: readonly Word[]): readonly Word[] {
  let at = 0;
  let prefixed = false;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    if (PREFIXES.has(text)) prefixed = true;
    else if (!/^[A-Za-z_]\w*\+?=/.test(text) && !(prefixed && text.startsWith("-"))) break;
  }
  return words.slice(at);
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "zsh", "dash", "ksh"]);

function problemOf([program, ...args]: readonly Word[], depth: number): string | undefined {
  const name = program?.text.replace(/^.*\//, "") ?? "";
  if (name === "git") return gitProblem(args);
  if (name === "rm") return removalProblem(args);
  if (name === "eval") return problemIn(args.map(({ text }) => text).join(" "), depth + 1);
  if (SHELLS.has(name)) {
    const flag = args.findIndex(({ text }) => /^-[a-z]*c[a-z]*$/.test(text));
    const script = flag === -1 ? undefined : args[flag + 1];
    return script === undefined ? undefined : problemIn(script.text, depth + 1);
  }
  return undefined;
}

/** Flags of git itself that take the next word. */
const GIT_FLAGS_WITH_VALUE: ReadonlySet<string> = new Set([
  "-C",
  "-c",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--exec-path",
  "--config-env",
]);

function gitProblem(args: readonly Word[]): string | undefined {
  let at = 0;
  while (args[at]?.text.startsWith("-")) at += GIT_FLAGS_WITH_VALUE.has(args[at]?.text ?? "") ? 2 : 1;
  const [subcommand, ...rest] = args.slice(at);
  switch (subcommand?.text) {
    case "add":
    case "stage":
      return rest.some(addsEverything)
        ? "git add of everything also takes in what is not yours to commit (secrets, build output, the user's own " +
            "changes). Look at git status --short, then name the files: git add FILE..."
        : undefined;
    case "push":
      return rest.some(forces)
        ? "a forced push can destroy others' commits. Push without force; if the remote has moved, fetch and rebase or " +
            "merge first. If history must be rewritten, ask the user to push."
        : undefined;
    default:
      return undefined;
  }
}

function addsEverything({ text, glob }: Word): boolean {
  if (text === "--all" || /^-[a-zA-Z]*A[a-zA-Z]*$/.test(text)) return true;
  return /^(?:\.\/?|:\/|:\(top\)|\$PWD|\$\{PWD\})$/.test(text) || (glob && /^(?:\.\/)?\*+$/.test(text));
}

function forces({ text }: Word): boolean {
  if (/^--(?:force|force-with-lease|mirror)(?:=|$)/.test(text)) return true;
  return /^-[a-zA-Z]*f[a-zA-Z]*$/.test(text) || /^\+./.test(text);
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
