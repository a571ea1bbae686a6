import { spawn } from "node:child_process";
import path from "node:path";
import { environmentInside } from "../sandbox/environment.ts";
import { signal } from "../sandbox/process-tree.ts";
import type { Sandbox, SandboxProcess } from "../sandbox/sandbox.ts";
import { spawned } from "../sandbox/spawned.ts";
import type { Environment } from "./expand.ts";
import type { StdioServer } from "./server.ts";

/**
 * Starts a server's program: in the sandbox, or, where its user says so, beside us, with what of our environment
 * programs in the sandbox see too, in a process group of its own.
 * @throws SandboxError when it cannot be started.
 */
export function startServer(server: StdioServer, sandbox: Sandbox, env: Environment): SandboxProcess {
  const { command, args } = server;
  const cwd = path.resolve(sandbox.workspace, server.cwd ?? ".");
  if (!server.outside) return sandbox.start({ argv: [command, ...args], cwd, env: server.env, input: true });
  const child = spawn(command, args, {
    cwd,
    env: { ...environmentInside(env, env["HOME"] ?? "/"), ...server.env },
    detached: true,
    stdio: "pipe",
  });
  const group = child.pid;
  return spawned(child, (name) => {
    if (group !== undefined) signal(-group, name);
  });
}
