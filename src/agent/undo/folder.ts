import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  type BigIntStats,
} from "node:fs";
import { UndoError } from "./errors.ts";
import { bytesOf, inFolder, nameOf } from "./names.ts";

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** open(2) of Linux: a handle that neither reads nor follows. Node has no name for it. */
const O_PATH = 0o10000000;

/** Whether this system can name what is in an open folder by its handle (proc(5)). */
const hasHandles: boolean = process.platform === "linux" && existsSync("/proc/self/fd");

/**
 * An open folder. What is in it is reached through its handle, so that whoever moves folders and links about meanwhile
 * leads nobody elsewhere: `/proc/self/fd/N/NAME`, of which only NAME is looked up, and never followed.
 *
 * Where there is no such thing (macOS), the folder's path is used, and before each access it is checked that it still
 * leads to the same folder without a link. Between check and access is a gap that a racing program may hit.
 */
export class Folder {
  readonly #fd: number;
  /** With links followed; only without handles. */
  readonly #path: string | undefined;
  readonly #id: string;

  private constructor(fd: number, path: string | undefined) {
    this.#fd = fd;
    this.#path = path;
    this.#id = idOf(fstatSync(fd, { bigint: true }));
  }

  /** @param path with links followed */
  static root(path: string, byHandle: boolean = hasHandles): Folder {
    return new Folder(openSync(path, FOLDER), byHandle ? undefined : path);
  }

  /** A folder in this one; no link is taken for one. @throws what open(2) fails with: ENOTDIR, ELOOP, ENOENT, EACCES */
  open(name: string): Folder {
    const fd = openSync(this.at(name), FOLDER);
    try {
      return new Folder(fd, this.#path === undefined ? undefined : `${this.#path}/${name}`).checked();
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** The path of what has this name here, for calls that do not follow links. */
  at(name: string): string | Buffer {
    this.checked();
    return inFolder(this.#path ?? `/proc/self/fd/${this.#fd}`, name);
  }

  names(): string[] {
    this.checked();
    const place = this.#path === undefined ? `/proc/self/fd/${this.#fd}` : bytesOf(this.#path);
    return readdirSync(place, { encoding: "buffer" }).map(nameOf);
  }

  /** What has this name here; undefined where nothing has. */
  look(name: string): BigIntStats | undefined {
    // No check: this tells nothing but what is there, and is asked very often.
    const at = inFolder(this.#path ?? `/proc/self/fd/${this.#fd}`, name);
    return lstatSync(at, { bigint: true, throwIfNoEntry: false });
  }

  get mode(): number {
    return fstatSync(this.#fd).mode & 0o7777;
  }

  set mode(mode: number) {
    fchmodSync(this.#fd, mode);
  }

  /** Gives its owner leave to use what has this name, which need not be open for that. False where that cannot be done. */
  unlock(name: string): boolean {
    // Without handles nobody knows whose mode it would be; and the superuser needs no leave.
    if (this.#path !== undefined || process.geteuid?.() === 0) return false;
    const fd = openSync(this.at(name), O_PATH | constants.O_NOFOLLOW);
    try {
      const status = fstatSync(fd);
      if (!status.isDirectory() && !status.isFile()) return false;
      chmodSync(`/proc/self/fd/${fd}`, (status.mode & 0o7777) | (status.isDirectory() ? 0o700 : 0o600));
      return true;
    } catch {
      return false;
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  private checked(): this {
    if (this.#path === undefined) return this;
    const path = bytesOf(this.#path);
    const same = idOf(lstatSync(path, { bigint: true })) === this.#id;
    if (!same || !realpathSync(path, { encoding: "buffer" }).equals(path)) {
      throw new UndoError("invalid", `${this.#path} has changed its place`);
    }
    return this;
  }
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** A folder some way below another one, by names parted by `/`. @throws as {@link Folder.open} */
export function descend(root: Folder, path: string): Folder {
  let folder: Folder | undefined;
  for (const name of path.split("/")) {
    const next = (folder ?? root).open(name);
    folder?.close();
    folder = next;
  }
  if (folder === undefined) throw new RangeError("a path has at least one name");
  return folder;
}
