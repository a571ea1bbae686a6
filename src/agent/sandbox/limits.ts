/** What the programs of one sandbox may use. */
export interface SandboxLimits {
  /** How many processes and threads at once: of the sandbox, or of each program where there is no control group. */
  readonly processes: number;
  /** Bytes that one file may grow to. */
  readonly fileBytes: number;
  /**
   * Bytes of memory: of the sandbox together, or of each process where there is no control group. Without it, the
   * machine's memory is the limit, and the kernel ends programs inside before any other.
   */
  readonly memoryBytes?: number;
}

export const DEFAULT_LIMITS: SandboxLimits = { processes: 2048, fileBytes: 16 * 2 ** 30 };

/**
 * Shell words that set limits on the shell and all that it starts. What a shell cannot set it leaves: `-u` is bash's word
 * for what dash and busybox call `-p`. Memory counts private, writable pages alone (RLIMIT_DATA), since runtimes reserve
 * addresses far beyond what they use. Pure.
 */
export function limitWords({ processes, fileBytes, memoryBytes }: SandboxLimits): string {
  return [
    "ulimit -c 0",
    `ulimit -f ${Math.ceil(fileBytes / 512)}`,
    `{ ulimit -u ${processes} || ulimit -p ${processes}; } 2>/dev/null`,
    ...(memoryBytes === undefined ? [] : [`ulimit -d ${Math.ceil(memoryBytes / 1024)}`]),
  ].join("; ");
}
