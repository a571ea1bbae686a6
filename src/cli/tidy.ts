import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

const DAY_MS = 24 * 3_600_000;

/** Deletes what nobody has changed in a folder for so many days, but for one that is in use. */
export async function tidy(folder: string, days: number, used?: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const old = path.join(folder, name);
      if (name !== used && Date.now() - (await lastChange(old)) > days * DAY_MS) {
        await rm(old, { recursive: true, force: true });
      }
    }
  } catch {
    // There is none yet, or another process deletes the same.
  }
}

/** When a folder, or one of the folders right in it, was last changed, in milliseconds since 1970. */
async function lastChange(folder: string): Promise<number> {
  const inner = await readdir(folder);
  const all = [folder, ...inner.map((name) => path.join(folder, name))];
  return Math.max(...(await Promise.all(all.map(async (at) => (await stat(at)).mtimeMs))));
}
