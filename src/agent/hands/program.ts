import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * How the program inside is started: this Node, on a file of this package, which a sandbox has to let be read.
 * @param node the path of Node inside.
 */
export function handsProgram(node: string = process.execPath): [string, ...string[]] {
  // From the sources, from a chunk of the package, from its front door.
  for (const place of ["./main.ts", "../agent/hands.js", "./agent/hands.js"]) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return [node, file];
  }
  throw new Error("this package is not whole: agent/hands.js is missing");
}
