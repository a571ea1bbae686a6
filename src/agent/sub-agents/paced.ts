import type { Clock } from "../../providers/system.ts";

/** Something that is told at most so often, however often there is news. */
export interface Paced {
  /** There is news. */
  readonly poke: () => void;
  /** Nothing is told any more. */
  readonly stop: () => void;
}

/** Tells at once, then at most every so many milliseconds, the last news included. */
export function paced(clock: Clock, everyMs: number, tell: () => void): Paced {
  let cancel: (() => void) | undefined;
  let news = false;
  let stopped = false;
  const told = (): void => {
    news = false;
    cancel = clock.timer(everyMs, () => {
      cancel = undefined;
      if (news) told();
    });
    tell();
  };
  return {
    poke: () => {
      if (stopped) return;
      if (cancel === undefined) told();
      else news = true;
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
