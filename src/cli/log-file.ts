import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { jsonLines } from "../log/json-lines.ts";
import type { Logger } from "../log/logger.ts";
import type { Catalogue } from "../providers/provider.ts";
import { system } from "../providers/system.ts";
import { UsageError } from "./command.ts";
import { whyNot } from "./file-reasons.ts";
import type { Io } from "./io.ts";
import { secretsOf } from "./secrets.ts";
import type { Teller } from "./terminal.ts";

/** The log of a run, and what closes its file. */
export interface Log {
  readonly logger: Logger;
  readonly close: () => void;
}

/** Where a log goes: `log` as on the command line, relative to `cwd`. */
interface Place {
  readonly log: string;
  readonly cwd: string;
  readonly verbose: boolean;
  /** Its providers' keys are not logged, whatever their variables are called. */
  readonly catalogue: Catalogue;
}

/**
 * Opens the log that `--log` names: a file, to which is appended and which only its owner may read when it is made
 * here, or `-` for stderr. Secrets of the environment are never in it.
 * @throws UsageError when the file cannot be written.
 */
export function openLog({ log, cwd, verbose, catalogue }: Place, io: Io, tell: Teller): Log {
  const { clock } = io.machine ?? system;
  const options = {
    clock,
    level: verbose ? "debug" : "info",
    secrets: secretsOf(io.env, catalogue),
  } as const;
  if (log === "-") {
    return { logger: jsonLines((line) => io.stderr.write(line), options), close: () => undefined };
  }
  let file: number | undefined = open(path.resolve(cwd, log), log);
  const close = (): void => {
    if (file !== undefined) closeSync(file);
    file = undefined;
  };
  const write = (line: string): void => {
    if (file === undefined) return;
    try {
      // At once, and each line by one write: what was logged is there whatever becomes of us, and runs can share a file.
      const bytes = Buffer.from(line);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    } catch (error) {
      close();
      tell.notice(`--log ${log}: nothing more is logged: ${(error as Error).message}`);
    }
  };
  return { logger: jsonLines(write, options), close };
}

function open(place: string, given: string): number {
  try {
    return openSync(place, "a", 0o600);
  } catch (error) {
    throw new UsageError(`--log ${given} cannot be written: ${whyNot(error)}`);
  }
}
