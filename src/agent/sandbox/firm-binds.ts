import { closeSync, constants, openSync, readlinkSync } from "node:fs";
import type { BindFirmly } from "./bwrap-arguments.ts";

/**
 * Descriptors for what is mounted out of folders that programs may change: between our look and the mount one of them
 * could put a link in its place, and have something mounted that it must not reach.
 */
export class FirmBinds {
  readonly fds: number[] = [];
  readonly #first: number;
  readonly #byDescriptor: boolean;

  /**
   * @param first which descriptor the first of `fds` will be in bwrap
   * @param byDescriptor whether bwrap knows `--bind-fd` (since 0.8 or so)
   */
  constructor(first: number, byDescriptor: boolean) {
    this.#first = first;
    this.#byDescriptor = byDescriptor;
  }

  readonly bind: BindFirmly = (way, at) => {
    const fd = this.#byDescriptor ? open(at) : undefined;
    if (fd === undefined) return [`--${way}`, at, at];
    this.fds.push(fd);
    return [`--${way}-fd`, String(this.#first + this.fds.length - 1), at];
  };

  close(): void {
    for (const fd of this.fds.splice(0)) closeSync(fd);
  }
}

/** What is at a path, if nothing on the way to it is a link. Undefined for what cannot be opened: sockets, files we may not read. */
function open(at: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (["EACCES", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
  if (readlinkSync(`/proc/self/fd/${fd}`) === at) return fd;
  closeSync(fd);
  throw new Error(`${at} has changed its place`);
}
