/** Both streams are one, so that what is written stands in the order in which it was. */
const PROGRAM = `exec 2>&1
cd -- "$1" || exit
if command -v bash >/dev/null; then exec bash -c "$2"; fi
exec sh -c "$2"`;

/** What is started for a command line: bash where it is there, else sh. */
export function shellArguments(command: string, cwd: string): [string, ...string[]] {
  return ["sh", "-c", PROGRAM, "sh", cwd, command];
}

/** Nobody sits there: no pager, no editor, no questions, no colours. */
export const shellEnvironment: Readonly<Record<string, string>> = {
  TERM: "dumb",
  NO_COLOR: "1",
  PAGER: "cat",
  GIT_PAGER: "cat",
  MANPAGER: "cat",
  EDITOR: "true",
  VISUAL: "true",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  GIT_TERMINAL_PROMPT: "0",
  DEBIAN_FRONTEND: "noninteractive",
  PYTHONUNBUFFERED: "1",
};
