/**
 * Why git did not do it. `not-there`: there is no git on this machine. `refused`: git, or we, will have nothing to do with
 * this repository. `failed`: git tried, and could not. `timed-out` and `too-much`: it took longer, or said more, than it
 * may, and was ended. `invalid`: what was given is no commit or no name. `exists`: the branch or folder is there already.
 */
export type GitErrorKind =
  | "not-there"
  | "refused"
  | "failed"
  | "timed-out"
  | "too-much"
  | "invalid"
  | "exists";

/** Git did not do what it was asked for. The message says what to do. */
export class GitError extends Error {
  override readonly name: string = "GitError";
  readonly kind: GitErrorKind;

  constructor(kind: GitErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
