import { BudgetExceeded } from "../llm/errors.ts";
import { follow } from "../providers/follow.ts";
import type { Clock } from "../providers/system.ts";
import type { Deadline } from "./ledger.ts";

/**
 * Runs something that may take no longer than a deadline: then its signal is aborted, with what was exceeded as the
 * reason. There is a timer while it runs, and none where there is no deadline.
 */
export function within<Result>(
  deadline: Deadline | undefined,
  clock: Clock,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal | undefined) => Promise<Result>,
): Promise<Result> {
  return deadline === undefined ? run(signal) : stopped(deadline, clock, signal, run);
}

async function stopped<Result>(
  deadline: Deadline,
  clock: Clock,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal | undefined) => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  let cancel: () => void = () => undefined;
  const arm = (): void => {
    const left = leftUntil(deadline, clock);
    // A timer may ring early: platforms bound its length.
    if (left <= 0) abort.abort(exceeded(deadline, clock));
    else cancel = clock.timer(left, arm);
  };
  const release = follow(signal, (reason) => abort.abort(reason));
  arm();
  try {
    return await run(abort.signal);
  } finally {
    cancel();
    release();
  }
}

/** @throws BudgetExceeded when the time is over. */
export function checkDeadline(deadline: Deadline | undefined, clock: Clock): void {
  if (deadline !== undefined && leftUntil(deadline, clock) <= 0) throw exceeded(deadline, clock);
}

function leftUntil({ from, allowedMs }: Deadline, clock: Clock): number {
  return from + allowedMs - clock.monotonic();
}

function exceeded({ conversationId, from, allowedMs }: Deadline, clock: Clock): BudgetExceeded {
  const spent = BigInt(Math.floor(clock.monotonic() - from));
  return new BudgetExceeded({
    limit: "wallTimeMs",
    conversationId,
    allowed: BigInt(allowedMs),
    spent,
    reserved: 0n,
    needed: 0n,
  });
}
