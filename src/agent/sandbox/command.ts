import path from "node:path";
import { SandboxError } from "./errors.ts";
import type { SandboxCommand } from "./sandbox.ts";

/**
 * Refuses what no program can be started with.
 *
 * @throws SandboxError `start`
 */
export function checkCommand({ argv, cwd, env = {} }: SandboxCommand): void {
  const [program] = argv;
  if (program === "" || program.startsWith("-")) throw bad(`"${program}" is no name of a program`);
  if (cwd !== undefined && !path.isAbsolute(cwd)) throw bad(`cwd is to be an absolute path, not ${cwd}`);
  for (const [name, value] of Object.entries(env)) {
    if (!/^[^=\0]+$/.test(name) || value.includes("\0"))
      throw bad(`${JSON.stringify(name)} cannot be a variable`);
  }
  if ([...argv, cwd ?? ""].some((text) => text.includes("\0"))) {
    throw bad("an argument holds a zero byte, which no program can be given");
  }
}

function bad(what: string): SandboxError {
  return new SandboxError("start", what);
}
