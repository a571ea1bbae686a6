import {
  close,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  write,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import type { SandboxLimits } from "./limits.ts";

/** A group of processes that the kernel counts together. */
export interface ControlGroup {
  /**
   * Says that a process will join in a moment. The kernel lets none move before all processors have passed a quiet point,
   * which takes some ten milliseconds, but not again for one who comes soon after (kernel/rcu/sync.c): so we move
   * ourselves, to where we are.
   */
  expect(): void;
  /** Moves a process, with all that it will start, into the group. */
  join(pid: number): Promise<void>;
  remove(): void;
}

const NAME = /^colloquy-(\d+)-/;

/**
 * A control group under the limits, or undefined where we may not make one: that takes root and a writable tree. For
 * root it is what keeps a fork bomb in bounds, since no RLIMIT_NPROC counts for its user (kernel/fork.c).
 *
 * @param pid of the process that it is for
 * @param id tells it from others of that process
 */
export function makeControlGroup(
  pid: number,
  id: string,
  { processes, memoryBytes }: SandboxLimits,
): ControlGroup | undefined {
  const name = `colloquy-${pid}-${id}`;
  return (
    make([
      // https://docs.kernel.org/admin-guide/cgroup-v2.html
      {
        folder: path.join("/sys/fs/cgroup", name),
        files: { "pids.max": processes, ...(memoryBytes && { "memory.max": memoryBytes }) },
      },
    ]) ??
    make([
      // https://docs.kernel.org/admin-guide/cgroup-v1/
      { folder: path.join("/sys/fs/cgroup/pids", name), files: { "pids.max": processes } },
      ...(memoryBytes === undefined
        ? []
        : [
            {
              folder: path.join("/sys/fs/cgroup/memory", name),
              files: { "memory.limit_in_bytes": memoryBytes },
            },
          ]),
    ])
  );
}

interface Wanted {
  readonly folder: string;
  readonly files: Readonly<Record<string, number>>;
}

function make(wanted: readonly Wanted[]): ControlGroup | undefined {
  const made: string[] = [];
  const remove = () => {
    for (const folder of made) quietly(() => rmdirSync(folder));
  };
  try {
    for (const { folder, files } of wanted) {
      sweep(path.dirname(folder));
      mkdirSync(folder);
      made.push(folder);
      for (const [name, value] of Object.entries(files)) {
        // Made by the kernel together with the folder, or not there.
        writeFileSync(path.join(folder, name), String(value), { flag: "r+" });
        if (readFileSync(path.join(folder, name), "utf8").trim() === "max") throw new Error("not taken");
      }
    }
  } catch {
    remove();
    return undefined;
  }
  const tree = path.dirname(made[0] ?? "");
  return {
    // Where we may not, there is more to wait for, and nothing else.
    expect: () => void join(ownGroup(tree), process.pid).catch(() => undefined),
    join: async (pid) => {
      for (const folder of made) await join(folder, pid);
    },
    remove,
  };
}

/** The one call that waits is on its way when this returns. */
async function join(group: string, pid: number): Promise<void> {
  const fd = openSync(path.join(group, "cgroup.procs"), "r+");
  try {
    await new Promise<void>((resolve, reject) => {
      write(fd, String(pid), (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    close(fd);
  }
}

/**
 * The group that we are in, in a tree of groups. See cgroups(7), /proc/pid/cgroup.
 *
 * @param tree where it is mounted: in version 1 the last part of it is the name of what is counted there
 */
function ownGroup(tree: string): string {
  const counted = path.basename(tree) === "pids" ? "pids" : "";
  const own = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((found) => found?.[1] === counted);
  return path.join(tree, own?.[2] ?? "");
}

/** Takes away what others left who are gone: a group cannot be removed while the last of it is still ending. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) quietly(() => rmdirSync(path.join(folder, name)));
  }
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Somebody is still in it; an empty group costs little.
  }
}
