import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Duplex, Readable, Writable } from "node:stream";
import { toBytes } from "./bpf.ts";
import { Bridge, bridgeWords, proxyVariables } from "./bridge.ts";
import { mountArguments, type Layout } from "./bwrap-arguments.ts";
import { BwrapProcess } from "./bwrap-process.ts";
import { checkCommand } from "./command.ts";
import { makeControlGroup, type ControlGroup } from "./control-group.ts";
import type { EgressProxy } from "./egress-proxy.ts";
import { SandboxError } from "./errors.ts";
import { FirmBinds } from "./firm-binds.ts";
import { gitConfigInside } from "./git-identity.ts";
import { nestedRepositories } from "./git-places.ts";
import { limitWords, type SandboxLimits } from "./limits.ts";
import { look, real } from "./look.ts";
import { Placeholders } from "./placeholders.ts";
import { socketsOnTheMachine, type Places } from "./places.ts";
import { signal } from "./process-tree.ts";
import { guardsOf } from "./protected.ts";
import type { Sandbox, SandboxCommand, SandboxProcess } from "./sandbox.ts";
import { seccompProgram } from "./seccomp.ts";

export interface BwrapOptions {
  /** The bwrap to use; an absolute path. */
  readonly program: string;
  /** What programs may change: the workspace first. Absolute, links followed. */
  readonly roots: readonly [string, ...string[]];
  readonly places: Places;
  /** The home of the user, if there is one. */
  readonly user: string | undefined;
  /** Where programs find theirs. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  readonly unprotected: ReadonlySet<string>;
  /** The way out; without it there is none. */
  readonly proxy?: EgressProxy;
}

/** Which descriptor is what, in bwrap and in the shell before it. */
const BRIDGE = 3;
const ARGUMENTS = 4;
const FILTER = 5;
const STATUS = 6;
const GATE = 7;
const BINDS = 8;

/**
 * How long mount points stay on the disk when no program runs any more. One that is started meanwhile finds them, and
 * need not wait for some sixty folders to be made; agents start many, one soon after the other.
 */
const LINGER_MS = 1000;

/** Each program in namespaces of its own, over the same files. docs/decisions/0011-sandbox.md */
export class BwrapSandbox implements Sandbox {
  readonly kind = "bwrap";
  readonly workspace: string;
  readonly enforcement: string;
  readonly #options: BwrapOptions;
  readonly #folder: string;
  readonly #own: Layout["own"];
  readonly #filter: Uint8Array;
  readonly #firm: boolean;
  readonly #group: ControlGroup | undefined;
  readonly #nested: ReadonlyMap<string, readonly string[]>;
  readonly #placeholders: Placeholders;
  readonly #running = new Set<BwrapProcess>();
  readonly #atExit = () => this.#clear();
  #linger: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws SandboxError `unavailable` on a machine whose system calls we have no numbers of. */
  constructor(options: BwrapOptions) {
    if (process.arch !== "x64" && process.arch !== "arm64") {
      throw new SandboxError("unavailable", `there is no system call filter for ${process.arch} yet`);
    }
    this.#options = options;
    this.workspace = options.roots[0];
    this.#filter = toBytes(seccompProgram(process.arch));
    this.#firm = knowsBindFd(options.program);
    this.#nested = new Map(options.roots.map((root) => [root, nestedRepositories(root)]));
    const id = randomUUID().slice(0, 8);
    this.#placeholders = new Placeholders(process.pid, id);
    this.#folder = real(mkdtempSync(path.join(tmpdir(), "colloquy-box-"))) ?? "";
    this.#own = {
      home: path.join(this.#folder, "home"),
      tmp: path.join(this.#folder, "tmp"),
      nothing: path.join(this.#folder, "nothing"),
    };
    mkdirSync(this.#own.home, { mode: 0o700 });
    mkdirSync(this.#own.tmp, { mode: 0o700 });
    writeFileSync(path.join(this.#own.home, ".gitconfig"), gitConfigInside(options.user));
    writeFileSync(this.#own.nothing, "", { mode: 0 });
    this.#group = makeControlGroup(process.pid, id, options.limits);
    this.enforcement = this.#describe();
    // Programs end with us (--die-with-parent); what was put on the disk for them would stay.
    process.once("exit", this.#atExit);
  }

  start(command: SandboxCommand): SandboxProcess {
    checkCommand(command);
    if (this.#closed) throw new SandboxError("start", "the sandbox is closed");
    this.#group?.expect();
    clearTimeout(this.#linger);
    const binds = new FirmBinds(BINDS, this.#firm);
    try {
      return this.#spawn(command, binds);
    } catch (error) {
      if (this.#running.size === 0) this.#placeholders.release();
      if (error instanceof SandboxError) throw error;
      throw new SandboxError("start", `cannot start ${command.argv[0]}: ${String(error)}`, error);
    } finally {
      binds.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const running = [...this.#running];
    for (const each of running) each.kill("SIGKILL");
    await Promise.all(running.map((each) => each.exit));
    process.off("exit", this.#atExit);
    this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#linger);
    this.#placeholders.release();
    this.#group?.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(command: SandboxCommand, binds: FirmBinds): SandboxProcess {
    const { program, limits, proxy } = this.#options;
    const args = this.#arguments(command, binds);
    const words = [
      limitWords(limits),
      ...(proxy === undefined ? [] : [bridgeWords(BRIDGE)]),
      'exec "$@"',
    ].join("; ");
    const child = spawn(
      program,
      ["--args", String(ARGUMENTS), "/bin/sh", "-c", words, "sh", ...command.argv],
      {
        cwd: "/",
        // What is said of the environment is meant for inside: LD_PRELOAD would be heeded by bwrap itself.
        env: {},
        // Ctrl-C at our terminal is for us.
        detached: true,
        stdio: [
          command.input === true ? "pipe" : "ignore",
          "pipe",
          "pipe",
          proxy === undefined ? "ignore" : "pipe",
          "pipe",
          "pipe",
          "pipe",
          this.#group === undefined ? "ignore" : "pipe",
          ...binds.fds,
        ],
      },
    );
    const pipes = child.stdio as readonly (Duplex | null | undefined)[];
    feed(pipes[ARGUMENTS], args.map((arg) => `${arg}\0`).join(""));
    feed(pipes[FILTER], this.#filter);
    const bridge = proxy === undefined ? undefined : new Bridge(pipes[BRIDGE] as Duplex, proxy);
    // Whom the kernel may end first when memory is short.
    if (child.pid !== undefined) offerToKernel(child.pid);
    const started = new BwrapProcess(child, pipes[STATUS] as Readable, (first) =>
      this.#admit(first, pipes[GATE]),
    );
    this.#running.add(started);
    void started.exit.then(() => {
      bridge?.close();
      this.#running.delete(started);
      if (this.#running.size > 0 || this.#closed) return;
      this.#linger = setTimeout(() => this.#placeholders.release(), LINGER_MS).unref();
    });
    return started;
  }

  #arguments(command: SandboxCommand, binds: FirmBinds): string[] {
    const { roots, places, home, env, unprotected, proxy } = this.#options;
    const guarded = roots.map((root) => ({
      path: root,
      guards: guardsOf(root, this.#nested.get(root) ?? [], unprotected),
    }));
    this.#placeholders.hold(guarded.flatMap(({ guards }) => guards));
    const layout = { places, roots: guarded, sockets: socketsOnTheMachine(), own: this.#own, home };
    const variables = { ...env, ...(proxy === undefined ? {} : proxyVariables()), ...command.env };
    return [
      ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"],
      mountArguments(layout, binds.bind, (at) => look(at) === "folder"),
      ["--chdir", command.cwd ?? this.workspace, "--clearenv"],
      Object.entries(variables).flatMap(([name, value]) => ["--setenv", name, value]),
      ["--seccomp", String(FILTER), "--json-status-fd", String(STATUS)],
      this.#group === undefined ? [] : ["--block-fd", String(GATE)],
    ].flat();
  }

  /** Puts the first process into the control group, and only then lets it go on; meanwhile the mounts are made. */
  #admit(first: number, gate: Duplex | null | undefined): void {
    offerToKernel(first);
    if (this.#group === undefined) return;
    // Without a word the gate stays shut.
    this.#group.join(first).then(
      () => feed(gate, "."),
      () => signal(first, "SIGKILL"),
    );
  }

  #describe(): string {
    const { roots, proxy, limits } = this.#options;
    const isRoot = process.getuid?.() === 0;
    const bounded = this.#group !== undefined || !isRoot;
    return [
      `bubblewrap: writes stay in ${roots.join(", ")}`,
      "homes and credentials are hidden",
      proxy === undefined ? "no network" : `network through a proxy to ${proxy.allowed.join(", ")}`,
      "system calls filtered",
      bounded
        ? `at most ${limits.processes} processes`
        : "the number of processes is NOT limited (we are root and have no control group)",
    ].join("; ");
  }
}

/** See oom_score_adj in proc_pid_oom_score_adj(5). */
function offerToKernel(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, "900");
  } catch {
    // It is over already.
  }
}

/** What is fed to a process that ends before it has read all is of no use to anybody. */
function feed(pipe: Duplex | Writable | null | undefined, data: string | Uint8Array): void {
  pipe?.on("error", () => undefined);
  pipe?.end(data);
}

function knowsBindFd(program: string): boolean {
  const { stdout } = spawnSync(program, ["--help"], { encoding: "utf8", env: {}, cwd: "/" });
  return stdout?.includes("--bind-fd") ?? false;
}
