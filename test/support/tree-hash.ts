import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import path from "node:path";

/** So much of a file counts, beside its size. */
const MOST_BYTES = 64 * 1024;

/** All that is in a folder: names, kinds, modes, where links lead, content. Nothing is followed or waited for. */
export function treeHash(folder: string): string {
  const hash = createHash("sha256");
  const folders = [folder];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const name of readdirSync(at).sort()) {
      const each = path.join(at, name);
      const found = lstatSync(each);
      hash.update(`${path.relative(folder, each)}\0${found.mode}\0`);
      if (found.isSymbolicLink()) hash.update(readlinkSync(each));
      else if (found.isDirectory()) folders.push(each);
      else if (found.isFile()) hash.update(`${found.size}\0`).update(beginning(each));
    }
  }
  return hash.digest("hex");
}

function beginning(file: string): Buffer {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(MOST_BYTES);
    return buffer.subarray(0, readSync(handle, buffer, 0, MOST_BYTES, 0));
  } finally {
    closeSync(handle);
  }
}
