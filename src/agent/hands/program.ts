import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * How the program inside is started: this Node, which a sandbox has to let be run. In the package the program is one
 * file, and is handed over as an argument: where the package lies need not be seen from inside.
 * @param node the path of Node inside.
 */
export function handsProgram(node: string = process.execPath): [string, ...string[]] {
  const source = fileURLToPath(new URL("./main.ts", import.meta.url));
  if (existsSync(source)) return [node, source];
  // From a chunk of the package, or from its front door.
  for (const place of ["../agent/hands.js", "./agent/hands.js"]) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(file)) return evaluated(node, file);
  }
  throw new Error("this package is not whole: agent/hands.js is missing");
}

/** The program of a file that needs no other, as an argument. */
export function evaluated(node: string, file: string): [string, ...string[]] {
  return [node, "--input-type=module", "--eval", readFileSync(file, "utf8")];
}
