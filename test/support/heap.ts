import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage there is. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** What is held, in MB, when all garbage is gone. */
export function heldMb(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}
