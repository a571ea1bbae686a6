import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import type { SandboxExit, SandboxProcess } from "./sandbox.ts";

/** A child of ours as a program in a sandbox, signalled by `kill`. */
export function spawned(child: ChildProcess, kill: SandboxProcess["kill"]): SandboxProcess {
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    exit: new Promise<SandboxExit>((settle) => {
      child.once("error", (error) => settle({ type: "failed", error }));
      child.once("exit", (code, signal) =>
        settle(signal === null ? { type: "code", code: code ?? 0 } : { type: "signal", signal }),
      );
    }),
    kill,
  };
}
