import { stat } from "node:fs/promises";
import path from "node:path";
import { UsageError, type CommonFlags } from "./command.ts";
import type { Io } from "./io.ts";

/** The folder that `-C` names, or the one we were started in. @throws UsageError */
export async function workingFolder({ directory }: CommonFlags, io: Io): Promise<string> {
  if (directory === undefined) return io.cwd;
  const folder = path.resolve(io.cwd, directory);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`-C ${directory}: there is no such folder`);
  return folder;
}
