import { statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { BwrapSandbox } from "./bwrap.ts";
import { ContainerSandbox, engineAnswers } from "./container.ts";
import { EgressProxy, type EgressDecision } from "./egress-proxy.ts";
import { environmentInside } from "./environment.ts";
import { SandboxError } from "./errors.ts";
import { findProgram } from "./find-program.ts";
import { repositoryElsewhere } from "./git-places.ts";
import { DEFAULT_LIMITS, type SandboxLimits } from "./limits.ts";
import { isWithin, real } from "./look.ts";
import { NoSandbox } from "./none.ts";
import { placesOf } from "./places.ts";
import { probe } from "./probe.ts";
import type { Sandbox } from "./sandbox.ts";
import { UNSAFE, wayOut } from "./way-out.ts";

export interface SandboxOptions {
  /** `auto`, the default: bubblewrap, else a container where an image is given. `none` is never chosen for anybody. */
  readonly kind?: "auto" | Sandbox["kind"];
  /** The folder that programs may change. */
  readonly workspace: string;
  /** Further folders that they may change: of a linked worktree, say, the repository that it belongs to. */
  readonly writable?: readonly string[];
  /** What they may read of the user's home and other hidden places, besides toolchains. */
  readonly readable?: readonly string[];
  /** What they may not read, besides what is known to hold credentials: the folder of our own records. */
  readonly hidden?: readonly string[];
  /** Protected names, relative to the workspace, that the user gives up: `.vscode`, `.git/hooks`. */
  readonly unprotected?: readonly string[];
  /** Hosts to open: `example.com`, `*.example.com`, `10.1.2.3:8080`. None by default. */
  readonly allowHosts?: readonly string[];
  /** Is told of each wish to leave. */
  readonly onEgress?: (decision: EgressDecision) => void;
  readonly limits?: Partial<SandboxLimits>;
  /** For `container`: what the machine inside is made of. */
  readonly image?: string;
  /** Our own environment, of which a part is let in; that of the process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens a sandbox, and tries it before anything is trusted to it: whether writes outside fail, secrets are unreadable,
 * the network is off and a protected path cannot be made. It runs nothing of the workspace.
 *
 * @throws SandboxError `invalid` for what cannot be asked for; `unavailable` or `broken` when there is none to be had
 * here, with what to do about it. There is no falling back to less.
 */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { kind = "auto", env = process.env } = options;
  const home = homeOf(env);
  const roots = rootsOf(options, home);
  if (kind === "none") return new NoSandbox(roots[0], environmentInside(env, home ?? "/"));
  const engine = () =>
    findProgram("podman", env["PATH"] ?? "", roots) ?? findProgram("docker", env["PATH"] ?? "", roots);
  const bwrap = kind === "container" ? undefined : findProgram("bwrap", env["PATH"] ?? "", roots);
  if (bwrap !== undefined)
    return tried(buildBwrap(options, bwrap, roots, home, env), [...roots, ...OWN, home ?? INSIDE_HOME]);
  const container = kind === "bwrap" || options.image === undefined ? undefined : engine();
  if (container !== undefined && engineAnswers(container)) {
    return tried(buildContainer(options, container, roots, env), []);
  }
  throw new SandboxError("unavailable", missing(kind, options.image));
}

async function tried(sandbox: Sandbox, writable: readonly string[]): Promise<Sandbox> {
  try {
    await probe(sandbox, writable);
    return sandbox;
  } catch (error) {
    await sandbox.close();
    if (!(error instanceof SandboxError) || error.kind !== "unavailable") throw error;
    throw new SandboxError("unavailable", `${error.message}. What to do: ${wayOut()}`, error);
  }
}

function buildBwrap(
  options: SandboxOptions,
  program: string,
  roots: readonly [string, ...string[]],
  home: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Sandbox {
  const { allowHosts = [], readable = [], hidden = [], unprotected = [], limits, onEgress } = options;
  const places = placesOf(
    home,
    process.execPath,
    elsewhere(roots, readable),
    hidden.map((at) => path.resolve(at)),
  );
  for (const at of [...roots, ...readable.map((each) => real(each) ?? each)]) {
    const secret = places.secret.find((place) => isWithin(place, at));
    if (secret !== undefined)
      throw new SandboxError("invalid", `${at} is not to be seen inside: ${secret} is secret`);
  }
  return new BwrapSandbox({
    program,
    roots,
    places,
    user: home,
    home: home ?? INSIDE_HOME,
    env: environmentInside(env, home ?? INSIDE_HOME),
    limits: { ...DEFAULT_LIMITS, ...limits },
    unprotected: new Set(unprotected.map((name) => path.normalize(name))),
    ...(allowHosts.length > 0 && { proxy: new EgressProxy(allowHosts, onEgress) }),
  });
}

function buildContainer(
  options: SandboxOptions,
  engine: string,
  roots: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
): Sandbox {
  if ((options.allowHosts ?? []).length > 0) {
    throw new SandboxError(
      "invalid",
      "hosts can be opened with bubblewrap only; install it, or leave allowHosts out",
    );
  }
  const { PATH: _, ...variables } = environmentInside(env, "/tmp");
  return new ContainerSandbox({
    engine,
    image: options.image ?? "",
    roots,
    readable: options.readable ?? [],
    env: variables,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    unprotected: new Set(options.unprotected),
  });
}

/** Where a sandbox has folders of its own. */
const OWN = ["/tmp", "/var/tmp"];
/** The home of who has none. */
const INSIDE_HOME = "/tmp/home";

/** The user's home, where there is one. */
function homeOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = real(env["HOME"] ?? homedir());
  return home === undefined || home === "/" ? undefined : home;
}

function rootsOf(
  { workspace, writable = [] }: SandboxOptions,
  home: string | undefined,
): [string, ...string[]] {
  const first = rootOf(workspace, home);
  const others = writable.map((at) => rootOf(at, home));
  const around = others.find((at) => at !== first && isWithin(at, first));
  if (around !== undefined) {
    throw new SandboxError("invalid", `${around} lies around the workspace: make it the workspace instead`);
  }
  const outer = others.filter(
    (at) => !isWithin(first, at) && !others.some((each) => each !== at && isWithin(each, at)),
  );
  return [first, ...new Set(outer)];
}

/** A folder that may be changed as a whole: none that holds more than a project. */
function rootOf(wanted: string, home: string | undefined): string {
  const at = real(path.resolve(wanted));
  if (at === undefined || !statSync(at).isDirectory())
    throw new SandboxError("invalid", `${wanted} is no folder`);
  const holds = [home, tmpdir(), "/tmp", "/var/tmp", "/usr", "/etc", "/home", "/dev/null", "/proc/self"].find(
    (place) => place !== undefined && isWithin(at, place),
  );
  if (holds !== undefined || ["/proc", "/sys", "/dev"].some((place) => isWithin(place, at))) {
    throw new SandboxError(
      "invalid",
      `${at} is too much to be opened (it holds ${holds ?? "the machine"}): use a folder of its own`,
    );
  }
  return at;
}

/** What is wanted, and where the repositories of linked worktrees and submodules are, so that git can read them. */
function elsewhere(roots: readonly string[], readable: readonly string[]): string[] {
  return [...readable.map((at) => path.resolve(at)), ...roots.flatMap(repositoryElsewhere)];
}

function missing(kind: string, image: string | undefined): string {
  if (kind === "container") {
    return image === undefined
      ? "a container needs an image: give one"
      : `neither podman nor docker answers here; ${UNSAFE}`;
  }
  return `there is no bubblewrap (bwrap) on this machine: install it (\`apt install bubblewrap\`, \`dnf install bubblewrap\`, \`pacman -S bubblewrap\`); ${UNSAFE}`;
}
