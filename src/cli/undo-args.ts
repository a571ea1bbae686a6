import { UsageError, type CommonFlags, type UndoCommand } from "./command.ts";

/**
 * What `colloquy undo` is to do.
 * @param word a restore point, or a session
 * @throws UsageError
 */
export function undoOf(
  word: string,
  given: ReadonlyMap<string, string>,
): Omit<UndoCommand, "command" | keyof CommonFlags> {
  const isPoint = /^\d+$/.test(word);
  const to = one("--to", given.get("to"), isPoint ? word : undefined);
  const session = one("--session", given.get("session"), isPoint || word === "" ? undefined : word);
  const list = given.has("list");
  for (const name of ["to", "file", "dry-run", "yes"]) {
    if (list && (given.has(name) || (name === "to" && to !== undefined))) {
      throw new UsageError(`--${name} does not go with --list`);
    }
  }
  if (to !== undefined && !/^[1-9]\d{0,8}$/.test(to)) {
    throw new UsageError(
      `--to takes the number of a restore point, as \`colloquy undo --list\` tells it, not ${JSON.stringify(to)}`,
    );
  }
  return {
    ...(session !== undefined && { session }),
    ...(to !== undefined && { to: Number(to) }),
    files: given.get("file")?.split("\n") ?? [],
    list,
    dryRun: given.has("dry-run"),
    yes: given.has("yes"),
    json: given.has("json"),
  };
}

function one(flag: string, given: string | undefined, word: string | undefined): string | undefined {
  if (given !== undefined && word !== undefined && given !== word) {
    throw new UsageError(`${word} and ${flag} ${given} exclude each other`);
  }
  return given ?? word;
}
