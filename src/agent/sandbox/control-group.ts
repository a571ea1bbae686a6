import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SandboxLimits } from "./limits.ts";

/** A group of processes that the kernel counts together. */
export interface ControlGroup {
  /** Files to which the number of a process is written for it to join. */
  readonly joins: readonly string[];
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
  return { joins: made.map((folder) => path.join(folder, "cgroup.procs")), remove };
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
