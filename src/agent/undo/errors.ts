/**
 * What is wrong with an undo store.
 *
 * - `not-found`: there is no such restore point.
 * - `held`: another process writes it now.
 * - `damaged`: what was kept cannot be read any more.
 * - `unwritable`: it cannot be written: no leave, a full disk.
 * - `invalid`: it was asked for in a way that cannot be kept.
 */
export type UndoErrorKind = "not-found" | "held" | "damaged" | "unwritable" | "invalid";

/** Something is wrong with an undo store. Branch on `kind`; the message is for people. */
export class UndoError extends Error {
  override readonly name: string = "UndoError";
  readonly kind: UndoErrorKind;

  constructor(kind: UndoErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** The code of an error of the system; empty where it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

/** An error in a few words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
