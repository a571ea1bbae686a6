import type { Shelf } from "../../src/store/shelf.ts";

/** The process ends here. */
class Crash extends Error {}

/**
 * How an operation ends that the process does not outlive: it fails and was not done; it takes for ever and was not
 * done; it was done, and nobody came to know.
 */
export type CrashKind = "fails" | "freezes" | "unheard";
export const crashKinds: readonly CrashKind[] = ["fails", "freezes", "unheard"];

/** A shelf of a process that ends at its n-th operation: nothing that comes later is done, or comes back. */
export interface CrashingShelf {
  readonly shelf: Shelf;
  /** Resolves when the process has ended. */
  readonly over: Promise<void>;
  readonly crashed: () => boolean;
  readonly operations: () => number;
}

export function crashing(inner: Shelf, before: number, kind: CrashKind): CrashingShelf {
  const late = kind !== "fails";
  let operations = 0;
  let crashed = false;
  let end: () => void;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const never = new Promise<never>(() => undefined);
  const shelf = new Proxy(inner, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const run = (): unknown => {
          if (!crashed && ++operations === before) {
            crashed = true;
            if (kind === "unheard") Reflect.apply(value, target, args);
            end();
          }
          if (!crashed) return Reflect.apply(value, target, args) as unknown;
          if (late) return never;
          throw new Crash();
        };
        // A shelf that takes its time does nothing at once.
        return late ? new Promise((resolve) => setImmediate(resolve)).then(run) : run();
      };
    },
  });
  return { shelf, over, crashed: () => crashed, operations: () => operations };
}
