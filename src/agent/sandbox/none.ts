import { spawn } from "node:child_process";
import { checkCommand } from "./command.ts";
import { SandboxError } from "./errors.ts";
import { signal } from "./process-tree.ts";
import type { Sandbox, SandboxCommand, SandboxProcess } from "./sandbox.ts";
import { spawned } from "./spawned.ts";

/** No sandbox: programs run as its user would run them, in a process group each. Only by the user's explicit word. */
export class NoSandbox implements Sandbox {
  readonly kind = "none";
  readonly workspace: string;
  readonly enforcement =
    "NOTHING is enforced: programs read, write and reach all that their user can; only keys are taken out of their environment";
  readonly #env: Readonly<Record<string, string>>;
  readonly #groups = new Set<number>();
  #closed = false;

  constructor(workspace: string, env: Readonly<Record<string, string>>) {
    this.workspace = workspace;
    this.#env = env;
  }

  start(command: SandboxCommand): SandboxProcess {
    checkCommand(command);
    if (this.#closed) throw new SandboxError("start", "the sandbox is closed");
    const [program, ...args] = command.argv;
    const child = spawn(program, args, {
      cwd: command.cwd ?? this.workspace,
      env: { ...this.#env, ...command.env },
      detached: true,
      stdio: [command.input === true ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const group = child.pid;
    if (group !== undefined) this.#groups.add(group);
    return spawned(child, (name) => {
      if (group !== undefined) signal(-group, name);
    });
  }

  /** Ends the groups, also of programs that are over themselves. What left its group is beyond us. */
  close(): Promise<void> {
    this.#closed = true;
    for (const group of this.#groups) signal(-group, "SIGKILL");
    this.#groups.clear();
    return Promise.resolve();
  }
}
