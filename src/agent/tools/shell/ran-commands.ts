import { simpleCommands, type Word } from "./shell-words.ts";

/** Scripts within scripts deeper than this are not looked into. */
const DEEPEST = 3;

/**
 * The programs that a shell's line runs, each with its arguments: also those that `sh -c` and `eval` run, and without the
 * words that stand before a program (`if`, `sudo`, `FOO=1`). It is as certain as {@link simpleCommands} is.
 */
export function ranCommands(line: string, depth = 0): Word[][] {
  if (depth > DEEPEST) return [];
  return simpleCommands(line).flatMap((words) => {
    const command = bare(words);
    const script = scriptIn(command);
    return script === undefined ? [command] : [command, ...ranCommands(script, depth + 1)];
  });
}

/** What a program is called, without the folder that it is in. */
export function programName(command: readonly Word[]): string {
  return command[0]?.text.replace(/^.*\//, "") ?? "";
}

/** Words of a shell's own grammar, and programs that run the rest of their line; with their flags that take a word. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ..."! { if then elif else while until do time command builtin nohup setsid"
    .split(" ")
    .map((word) => [word, ""] as const),
  ["exec", "a"],
  ["sudo", "CDRTUghpu"],
  ["doas", "Cu"],
  ["env", "Cu"],
  ["nice", "n"],
  ["stdbuf", "eio"],
  ["timeout", "ks"],
  ["xargs", "EILPadns"],
]);

/** A command without what stands before its program: assignments, `if`, `sudo -u x`, `timeout 5`. */
function bare(words: readonly Word[]): Word[] {
  let at = 0;
  let values: string | undefined;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    const prefix = PREFIXES.get(text);
    if (prefix !== undefined) values = prefix;
    else if (values !== undefined && /^-./.test(text)) at += takesNext(text, values) ? 1 : 0;
    // Of `timeout 5` the time.
    else if (values === "ks" && /^\d/.test(text)) continue;
    else if (!/^[A-Za-z_]\w*\+?=/.test(text)) break;
  }
  return words.slice(at);
}

function takesNext(flag: string, values: string): boolean {
  return flag.length === 2 && values.includes(flag.charAt(1));
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "zsh", "dash", "ksh"]);

/** The script among a command's words. */
function scriptIn(command: readonly Word[]): string | undefined {
  const name = programName(command);
  const args = command.slice(1);
  if (name === "eval") return args.map(({ text }) => text).join(" ");
  if (!SHELLS.has(name)) return undefined;
  const flag = args.findIndex(({ text }) => /^-[a-z]*c[a-z]*$/.test(text));
  return flag === -1 ? undefined : args[flag + 1]?.text;
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

/** What git is told to do: `push` and its words, without git's own flags. */
export function gitCommand(args: readonly Word[]): readonly Word[] {
  let at = 0;
  while (args[at]?.text.startsWith("-")) at += GIT_FLAGS_WITH_VALUE.has(args[at]?.text ?? "") ? 2 : 1;
  return args.slice(at);
}
