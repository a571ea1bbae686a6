import { spawn } from "node:child_process";
import type {
  Sandbox,
  SandboxCommand,
  SandboxExit,
  SandboxProcess,
} from "../../src/agent/sandbox/sandbox.ts";

/** A sandbox that shuts nothing in: programs run beside the test, each in a process group of its own. */
export function directSandbox(workspace: string): Sandbox {
  const running = new Set<SandboxProcess>();
  return {
    kind: "none",
    workspace,
    enforcement: "nothing is enforced",
    start: ({ argv: [program, ...args], cwd = workspace, env = {}, input = false }: SandboxCommand) => {
      const child = spawn(program, args, {
        cwd,
        env: { PATH: process.env["PATH"], HOME: workspace, ...env },
        detached: true,
        stdio: [input ? "pipe" : "ignore", "pipe", "pipe"],
      });
      const { pid, stdout, stderr } = child;
      if (stdout === null || stderr === null) throw new Error("its output is piped");
      const exit = new Promise<SandboxExit>((resolve) => {
        child.on("error", (error) => resolve({ type: "failed", error }));
        child.on("exit", (code, signal) => {
          running.delete(started);
          resolve(signal === null ? { type: "code", code: code ?? 0 } : { type: "signal", signal });
        });
      });
      const started: SandboxProcess = {
        pid,
        stdin: child.stdin ?? undefined,
        stdout,
        stderr,
        exit,
        kill: (signal) => {
          if (pid === undefined) return;
          try {
            process.kill(-pid, signal);
          } catch {
            // Nothing of it is left.
          }
        },
      };
      running.add(started);
      return started;
    },
    close: async () => {
      const all = [...running];
      for (const each of all) each.kill("SIGKILL");
      await Promise.all(all.map(({ exit }) => exit));
    },
  };
}
