import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { checkCommand } from "./command.ts";
import { SandboxError } from "./errors.ts";
import type { Guard } from "./guard.ts";
import type { SandboxLimits } from "./limits.ts";
import { Placeholders } from "./placeholders.ts";
import { guardsOf } from "./protected.ts";
import type { Sandbox, SandboxCommand, SandboxProcess } from "./sandbox.ts";
import { spawned } from "./spawned.ts";

export interface ContainerOptions {
  /** `podman` or `docker`; an absolute path. */
  readonly engine: string;
  /** What the machine inside is made of. It is not fetched. */
  readonly image: string;
  readonly roots: readonly [string, ...string[]];
  readonly readable: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  readonly unprotected: ReadonlySet<string>;
}

/**
 * Each program in a container of its own. The arguments are tested, and no engine has run them: none works where this
 * was written. The engine's own default filter of system calls is used.
 */
export class ContainerSandbox implements Sandbox {
  readonly kind = "container";
  readonly workspace: string;
  readonly enforcement: string;
  readonly #options: ContainerOptions;
  readonly #placeholders: Placeholders;
  readonly #running = new Set<SandboxProcess>();
  #closed = false;

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.workspace = options.roots[0];
    this.#placeholders = new Placeholders(process.pid, randomUUID().slice(0, 8));
    this.enforcement = `container of ${options.image}: writes stay in ${options.roots.join(", ")}; nothing else of the machine is seen; no network; at most ${options.limits.processes} processes`;
  }

  start(command: SandboxCommand): SandboxProcess {
    checkCommand(command);
    if (this.#closed) throw new SandboxError("start", "the sandbox is closed");
    const { engine, roots, unprotected } = this.#options;
    const name = `colloquy-${randomUUID()}`;
    const guards = roots.flatMap((root) => guardsOf(root, [], unprotected));
    this.#placeholders.hold(guards);
    const child = spawn(engine, containerArguments(this.#options, command, name, guards), {
      cwd: "/",
      detached: true,
      stdio: [command.input === true ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const started = spawned(child, (signal) => {
      spawn(engine, ["kill", "--signal", signal, name], { stdio: "ignore" }).on("error", () => undefined);
      if (signal === "SIGKILL") child.kill(signal);
    });
    this.#running.add(started);
    void started.exit.then(() => {
      this.#running.delete(started);
      if (this.#running.size === 0) this.#placeholders.release();
    });
    return started;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running];
    for (const each of running) each.kill("SIGKILL");
    await Promise.all(running.map((each) => each.exit));
  }
}

/** The arguments for podman-run(1) and `docker run`, which agree in these. Pure. */
export function containerArguments(
  { image, roots, readable, env, limits, engine }: ContainerOptions,
  command: SandboxCommand,
  name: string,
  guards: readonly Guard[],
): string[] {
  const isPodman = /podman[^/]*$/.test(engine);
  const variables = { ...env, ...command.env, HOME: "/tmp" };
  const volume = (at: string, mode: string) => ["--volume", `${at}:${at}:${mode}`];
  return [
    ["run", "--rm", "--init", "--pull", "never", "--name", name],
    command.input === true ? ["--interactive"] : [],
    ["--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
    ["--security-opt", "label=disable", "--read-only", "--tmpfs", "/tmp:rw,exec"],
    ["--pids-limit", String(limits.processes)],
    limits.memoryBytes === undefined ? [] : ["--memory", String(limits.memoryBytes)],
    ["--ulimit", `fsize=${limits.fileBytes}`, "--ulimit", "core=0"],
    isPodman ? ["--userns", "keep-id"] : ["--user", `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`],
    readable.flatMap((at) => volume(at, "ro")),
    roots.flatMap((at) => volume(at, "rw")),
    guards.flatMap((guard) => volume(guard.path, guard.type === "pin" ? "rw" : "ro")),
    ["--workdir", command.cwd ?? roots[0]],
    Object.entries(variables).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    [image, ...command.argv],
  ].flat();
}

/** Whether an engine answers. It may be installed without running. */
export function engineAnswers(engine: string): boolean {
  return spawnSync(engine, ["info"], { stdio: "ignore", cwd: "/", timeout: 10_000 }).status === 0;
}
