import { existsSync } from "node:fs";
import path from "node:path";

const beside = path.join(import.meta.dirname, "../../../shared/traces");

/** Where the recorded exchanges are, or undefined where this machine has none. */
export const tracesFolder: string | undefined = [process.env["COLLOQUY_TRACES"] ?? beside].find((folder) =>
  existsSync(folder),
);
