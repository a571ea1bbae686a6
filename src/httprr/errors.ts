/**
 * What went wrong with a trace.
 *
 * - `not-a-trace`: the file does not begin with the format's header line
 * - `corrupt`: it does, and then something in it cannot be read; `offset` and `record` say where
 * - `miss`: a replayed request has no recorded answer; `record` is the nearest recorded request
 * - `unwritable`: the recording cannot be made or kept
 * - `unreadable`: the file cannot be opened
 * - `closed`: a request was made after `close()`
 */
export type TraceErrorCode = "not-a-trace" | "corrupt" | "miss" | "unwritable" | "unreadable" | "closed";

export interface TraceErrorFacts {
  readonly offset?: number;
  readonly record?: number;
  readonly cause?: unknown;
}

/** A failure of the recording, never of the provider: asking again does not help, so it is not retryable. */
export class TraceError extends Error {
  override readonly name: string = "TraceError";
  readonly retryable: false = false;
  readonly code: TraceErrorCode;
  /** The trace as the caller named it. */
  readonly file: string;
  /** Byte offset in the file; set for `corrupt`. */
  readonly offset: number | undefined;
  /** Number of a record, counted from 1; set for `corrupt`, and for `miss` when the trace has any record. */
  readonly record: number | undefined;

  constructor(code: TraceErrorCode, file: string, message: string, facts: TraceErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.file = file;
    this.offset = facts.offset;
    this.record = facts.record;
  }
}

/** The code of a file system error (`ENOENT`, ...), or "" where there is none. */
export function systemCode(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}
