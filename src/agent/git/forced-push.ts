import { isObject } from "../../llm/json.ts";
import type { CallAround } from "../around.ts";
import { gitCommand, programName, ranCommands } from "../tools/shell/ran-commands.ts";
import type { Word } from "../tools/shell/shell-words.ts";

/**
 * Why a shell's line is not run that would overwrite or delete what others may have: a push with force, of a mirror, or
 * that deletes; undefined for any other. It is advice to a model that means well and no boundary: an alias, a variable
 * or a script gets past it. What holds is that the sandbox has no network unless the user opens it.
 */
export function forcedPush(command: string): string | undefined {
  return ranCommands(command).some(pushesByForce) ? ADVICE : undefined;
}

const ADVICE =
  "a forced push can destroy others' commits, and so can one that deletes a branch. Push without force; if the remote " +
  "has moved, fetch and rebase or merge first. If history must be rewritten, ask the user to push.";

/** Refuses the shell's calls that would push by force; see {@link forcedPush} for what that is worth. */
export const noForcedPush: CallAround = {
  before: ({ tool, input }) => {
    const said = tool.name === "shell" ? "command" : tool.name === "shell_more" ? "input" : undefined;
    const command = said !== undefined && isObject(input) ? input[said] : undefined;
    const problem = typeof command === "string" ? forcedPush(command) : undefined;
    return Promise.resolve(problem === undefined ? undefined : `not run: ${problem}`);
  },
};

/** Programs that run what stands somewhere behind them, after words of their own. */
const RUNNERS: ReadonlySet<string> = new Set("find parallel watch script strace flock chroot ssh".split(" "));

function pushesByForce(command: readonly Word[]): boolean {
  const name = programName(command);
  if (name === "git-push" || name === "git-send-pack") return command.slice(1).some(forces);
  const at = RUNNERS.has(name) ? command.findIndex(({ text }) => isGit(text)) : 0;
  if (!isGit(command[at]?.text ?? "")) return false;
  const [subcommand, ...rest] = gitCommand(command.slice(at + 1));
  return (subcommand?.text === "push" || subcommand?.text === "send-pack") && rest.some(forces);
}

function isGit(word: string): boolean {
  return /^(?:.*\/)?git$/.test(word);
}

/** Long flags may be cut short, as long as they are the only one. A refspec forces with `+`, and deletes with nothing before `:`. */
function forces({ text }: Word): boolean {
  if (/^--(?:forc(?!e-if-includes)|mi|del|pru)[a-z-]*(?:=|$)/.test(text)) return true;
  return /^-[a-np-z46]*[fd]/i.test(text) || /^\+./.test(text) || /^:./.test(text);
}
