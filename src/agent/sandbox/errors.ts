/**
 * Why there is no sandbox. `unavailable`: this machine has nothing to build one with. `broken`: one was built, and a
 * trial showed that it does not hold. `invalid`: it was asked for in a way that cannot be kept. `start`: a program could
 * not be started in it. The message says what to do.
 */
export type SandboxErrorKind = "unavailable" | "broken" | "invalid" | "start";

/** A sandbox cannot be opened, or a program cannot be started in it. Nothing has run outside of one instead. */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";
  readonly kind: SandboxErrorKind;

  constructor(kind: SandboxErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
