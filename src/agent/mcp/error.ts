/**
 * Why a server of the Model Context Protocol was of no use.
 *
 * `unavailable`: it could not be started or reached. `refused`: it was not started, asked or believed, by our own rules.
 * `unauthorized`: it wants a token. `timeout`: it did not answer in time. `closed`: it ended while it was needed.
 * `protocol`: what it writes is not the protocol. `too-large`: one message of it is beyond all bounds. `flood`: it writes
 * without end. `changed`: a tool is not what the user agreed to. `unknown-tool`: there is no such server or tool.
 * `invalid-input`: the arguments do not fit the tool's schema. `server`: it answered with an error of its own.
 */
export type McpErrorKind =
  | "unavailable"
  | "refused"
  | "unauthorized"
  | "timeout"
  | "closed"
  | "protocol"
  | "too-large"
  | "flood"
  | "changed"
  | "unknown-tool"
  | "invalid-input"
  | "server";

/** A server failed, or was not let do something. The message says what to do, and has no control characters or keys. */
export class McpError extends Error {
  override readonly name = "McpError";
  readonly kind: McpErrorKind;
  /** The server's name in the configuration. */
  readonly server: string;

  constructor(kind: McpErrorKind, server: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.server = server;
  }
}
