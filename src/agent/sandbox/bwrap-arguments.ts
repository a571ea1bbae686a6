import type { Guard } from "./guard.ts";
import { isWithin } from "./look.ts";
import type { Places } from "./places.ts";

/** What stands where inside. All paths are absolute, with links followed. */
export interface Layout {
  readonly places: Places;
  /** What programs may change, each with its guards; the workspace first. */
  readonly roots: readonly { readonly path: string; readonly guards: readonly Guard[] }[];
  /** Unix sockets of the machine. */
  readonly sockets: readonly string[];
  /** Folders of our own that take the place of `home` and of `/tmp`, and an empty file that nobody may read. */
  readonly own: { readonly home: string; readonly tmp: string; readonly nothing: string };
  /** Where programs inside find their home. */
  readonly home: string;
}

/** An empty folder that is gone with the sandbox, whatever is put into it. Its mode says so; a remount would cost more. */
const EMPTY = ["--perms", "0555", "--tmpfs"];

const MACHINE = [
  ["--ro-bind", "/", "/"],
  ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm", "--tmpfs", "/sys"],
  ["--ro-bind-try", "/sys/devices/system", "/sys/devices/system"],
].flat();

/** Gives the argument that mounts a path which somebody might move meanwhile, by an open descriptor where it can. */
export type BindFirmly = (way: "bind" | "ro-bind", at: string) => readonly string[];

/**
 * The arguments of bwrap(1) that make the machine look as it should. Each covers what came before.
 *
 * @param isFolder of the places that are secret
 */
export function mountArguments(
  layout: Layout,
  firmly: BindFirmly,
  isFolder: (at: string) => boolean,
): string[] {
  const { places, roots, own, home, sockets } = layout;
  // /tmp is ours already, and a hidden place in another comes with it.
  const hides = places.hidden.filter(
    (at) => !["/tmp", ...places.hidden].some((other) => other !== at && isWithin(other, at)),
  );
  const guarded = roots.map((root) => root.path);
  const isSeen = (at: string) =>
    ![...hides, "/tmp"].some((folder) => isWithin(folder, at)) ||
    [...places.readable, ...guarded].some((folder) => isWithin(folder, at));
  return [
    MACHINE,
    hides.flatMap((at) => [...EMPTY, at]),
    ["--bind", own.tmp, "/tmp"],
    hides.includes("/var") ? ["--bind", own.tmp, "/var/tmp", "--symlink", "/run", "/var/run"] : [],
    ["--bind", own.home, home],
    places.readable.flatMap((at) => ["--ro-bind-try", at, at]),
    places.links.flatMap(({ at, to }) => ["--symlink", to, at]),
    roots.flatMap(({ path, guards }) => [
      ...firmly("bind", path),
      ...guards.flatMap((guard) => guardArguments(guard, firmly)),
    ]),
    places.secret
      .filter(isSeen)
      .flatMap((at) => (isFolder(at) ? [...EMPTY, at] : ["--ro-bind-try", own.nothing, at])),
    sockets.filter(isSeen).flatMap((at) => ["--ro-bind-try", own.nothing, at]),
    // To root belongs what stands in /proc, in any namespace, and /proc/sys is that of the machine.
    ["--remount-ro", "/sys", "--remount-ro", "/dev", "--remount-ro", "/proc"],
  ].flat();
}

function guardArguments(guard: Guard, firmly: BindFirmly): readonly string[] {
  switch (guard.type) {
    case "pin":
      return firmly("bind", guard.path);
    case "read-only":
    case "decoy":
      return firmly("ro-bind", guard.path);
    case "absent":
    case "empty":
      return [...EMPTY, guard.path];
  }
}
