import type { System } from "../providers/system.ts";
import type { openTools } from "./tools.ts";

/** What a face reads from. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** What a face writes to. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean | undefined;
  /** How wide the terminal is. */
  readonly columns?: number | undefined;
};

/** All that a face touches of the process it runs in. Tests pass one of their own and start no process. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Time and chance; the machine's own when absent, so that nothing of the engine is needed to say what an Io is. */
  readonly machine?: System;
  /** How tools are opened; on this machine when absent. */
  readonly openTools?: typeof openTools;
  /** Calls back for each Ctrl-C; returns what ends that. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** Ends the process at once, whatever still runs. */
  readonly quit: (code: number) => void;
}

/** The process itself. */
export function processIo(): Io {
  return {
    // Getters: only touching stdin opens it, and an open stdin can keep a process from ending.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return process.stdout;
    },
    get stderr() {
      return process.stderr;
    },
    env: process.env,
    cwd: process.cwd(),
    onInterrupt: (listener) => {
      process.on("SIGINT", listener);
      return () => void process.off("SIGINT", listener);
    },
    quit: (code) => process.exit(code),
  };
}
