import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

export const root: string = path.join(import.meta.dirname, "../..");

/** Why the program cannot be started; false where it can. */
export const skip: string | false = existsSync(path.join(root, "dist/cli/main.js"))
  ? false
  : "dist/cli/main.js is not built";

/** What is of the environment of a process. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts the program as a shell would; it sees no variable of ours but PATH. */
export function start(
  argv: readonly string[],
  { env = {}, cwd }: Surroundings = {},
): ChildProcessWithoutNullStreams {
  const { PATH = "" } = process.env;
  return spawn(process.execPath, [path.join(root, "bin/colloquy.cjs"), ...argv], {
    env: { PATH, ...env },
    ...(cwd !== undefined && { cwd }),
  });
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

/** Runs the program to its end. */
export function runProgram(
  argv: readonly string[],
  surroundings: Surroundings = {},
  stdin = "",
): Promise<Ended> {
  const child = start(argv, surroundings);
  // It may end before it has read everything.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  return ended(child);
}

/** Resolves when a stream has shown this text. */
export function shown(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let all = "";
  return new Promise((resolve) => {
    stream.on("data", (piece: Buffer) => {
      all += piece.toString();
      if (all.includes(text)) resolve();
    });
  });
}
