import { accessSync, constants } from "node:fs";
import path from "node:path";
import { isWithin, real } from "./look.ts";

const FIRST = ["/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin"];

/** Where a program is, in the places of the system first. Never one that lies in a folder which programs inside may change. */
export function findProgram(name: string, searched: string, roots: readonly string[]): string | undefined {
  return [...FIRST, ...searched.split(path.delimiter).filter((folder) => path.isAbsolute(folder))]
    .map((folder) => path.join(folder, name))
    .find((file) => {
      const target = real(file);
      return target !== undefined && !roots.some((root) => isWithin(root, target)) && runs(target);
    });
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
