/**
 * What is wrong with a store or a session.
 *
 * - `not-found`: there is no such session.
 * - `ambiguous`: several sessions have an id that begins like this.
 * - `held`: another process has it open; `holder` says which.
 * - `taken`: another process has taken it over meanwhile; what it wrote is not to be written over.
 * - `newer`: a later version of this software wrote it; this one must not.
 * - `damaged`: it cannot be read; the message says what can be done.
 * - `unwritable`: it cannot be written: no leave, a full disk, a folder that is not there.
 * - `invalid`: what was given is no session, or no file of sessions.
 */
export type StoreErrorKind =
  | "not-found"
  | "ambiguous"
  | "held"
  | "taken"
  | "newer"
  | "damaged"
  | "unwritable"
  | "invalid";

/** Something is wrong with a store or a session. Branch on `kind`; the message is for people. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
