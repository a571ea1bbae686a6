import type { Readable, Writable } from "node:stream";

/** Where the agent's programs run, shut in by the kernel. Every command and every file tool goes through one. */
export interface Sandbox {
  readonly kind: "bwrap" | "container" | "none";
  /** The folder that tools may change; the programs see it at the same path. */
  readonly workspace: string;
  /** One line for people: what is enforced and what is not. */
  readonly enforcement: string;
  /**
   * Starts a program inside.
   * @throws SandboxError when it cannot be started.
   */
  start(command: SandboxCommand): SandboxProcess;
  /** Ends what still runs inside, and what was set up around it. */
  close(): Promise<void>;
}

/** A program to be started inside; no shell reads its arguments. */
export interface SandboxCommand {
  readonly argv: readonly [string, ...string[]];
  /** An absolute path; the workspace when absent. */
  readonly cwd?: string;
  /** Beside, and before, what the sandbox lets in of our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether somebody will write to its standard input; otherwise it is at its end from the start. */
  readonly input?: boolean;
}

/** A program that was started inside. Its output is not read until somebody does. */
export interface SandboxProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the program itself is over, though what it left behind may hold its output open. Never rejects. */
  readonly exit: Promise<SandboxExit>;
  /** Signals the program and all that it started. Nothing outlives `SIGKILL`. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void;
}

export type SandboxExit =
  | { readonly type: "code"; readonly code: number }
  | { readonly type: "signal"; readonly signal: string }
  | { readonly type: "failed"; readonly error: Error };
