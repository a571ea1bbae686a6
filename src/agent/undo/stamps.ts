import { readFileSync, renameSync, writeFileSync, type BigIntStats } from "node:fs";

/** What is known of a file that need not be read again while its stamp is the same. */
interface Known {
  readonly stamp: string;
  readonly hash: string;
}

/** What is known of files, by path. */
export type Stamps = ReadonlyMap<string, Known>;

/** What changes of a file whenever its content does. Nobody can set its ctime back, unlike its mtime. */
export function stampOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

/** Stamps that an earlier process left; none where they cannot be read: then all is read again. */
export function readStamps(file: string): Stamps {
  const stamps = new Map<string, Known>();
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    // The last line is empty: a file that was cut has another one, of which nothing is believed.
    if (lines.pop() !== "") return new Map();
    for (const line of lines) {
      const [path, stamp, hash] = JSON.parse(line) as readonly unknown[];
      if (typeof path !== "string" || typeof stamp !== "string" || typeof hash !== "string") return new Map();
      stamps.set(path, { stamp, hash });
    }
    return stamps;
  } catch {
    return new Map();
  }
}

/** Leaves stamps to a later process. */
export function writeStamps(file: string, stamps: Stamps): void {
  const lines = Array.from(stamps, ([path, { stamp, hash }]) => `${JSON.stringify([path, stamp, hash])}\n`);
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, lines.join(""), { mode: 0o600 });
  renameSync(temporary, file);
}
