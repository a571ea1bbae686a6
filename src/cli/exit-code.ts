import { UndoError, type UndoErrorKind } from "../agent/undo/errors.ts";
import { TraceError, type TraceErrorCode } from "../httprr/errors.ts";
import { BudgetBroken, BudgetExceeded, ConfigurationError } from "../llm/errors.ts";
import { StoreError, type StoreErrorKind } from "../store/errors.ts";
import { UsageError } from "./command.ts";

/** The user ended the exchange. */
export class Cancelled extends Error {
  override readonly name = "AbortError";
  constructor() {
    super("the user cancelled it");
  }
}

/** Whoever reads our output has had enough (`| head`): no failure, but nothing more to do either. */
export class OutputClosed extends Error {
  override readonly name = "AbortError";
  constructor() {
    super("the output was closed");
  }
}

/** A turn was ended before the model was done: `steps`: it had no more of them; `loop`: it repeated itself. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  readonly why: "steps" | "loop";
  constructor(why: Stopped["why"], message: string) {
    super(message);
    this.why = why;
  }
}

/** What a run of the program comes to. */
export const exitCodes = { done: 0, failed: 1, usage: 2, limit: 3, loop: 4, cancelled: 130 } as const;

const traces: Readonly<Record<TraceErrorCode, number>> = {
  "not-a-trace": exitCodes.usage,
  corrupt: exitCodes.usage,
  unreadable: exitCodes.usage,
  unwritable: exitCodes.usage,
  miss: exitCodes.failed,
  closed: exitCodes.failed,
};

const configurations: Readonly<Record<ConfigurationError["code"], number>> = {
  "unknown-model": exitCodes.usage,
  "missing-key": exitCodes.usage,
  "invalid-option": exitCodes.usage,
  busy: exitCodes.failed,
  "missing-package": exitCodes.failed,
  "no-such-call": exitCodes.failed,
  unbounded: exitCodes.usage,
};

const stores: Readonly<Record<StoreErrorKind, number>> = {
  "not-found": exitCodes.usage,
  ambiguous: exitCodes.usage,
  invalid: exitCodes.usage,
  held: exitCodes.failed,
  taken: exitCodes.failed,
  newer: exitCodes.failed,
  damaged: exitCodes.failed,
  unwritable: exitCodes.failed,
};

const undos: Readonly<Record<UndoErrorKind, number>> = {
  "not-found": exitCodes.usage,
  invalid: exitCodes.usage,
  held: exitCodes.failed,
  damaged: exitCodes.failed,
  unwritable: exitCodes.failed,
};

/** The exit code of a run that ended with this error. */
export function exitCode(error: unknown): number {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof ConfigurationError) return configurations[error.code];
  if (error instanceof StoreError) return stores[error.kind];
  if (error instanceof UndoError) return undos[error.kind];
  if (error instanceof TraceError) return traces[error.code];
  if (error instanceof BudgetExceeded || error instanceof BudgetBroken) return exitCodes.limit;
  if (error instanceof Stopped) return error.why === "loop" ? exitCodes.loop : exitCodes.limit;
  if (error instanceof Cancelled) return exitCodes.cancelled;
  if (error instanceof OutputClosed) return exitCodes.done;
  return exitCodes.failed;
}
