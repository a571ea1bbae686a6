/** How much a server may take of time and space. Times in milliseconds, sizes in bytes or characters. */
export interface McpLimits {
  /** From its start until it has said what it is. */
  readonly connectMs: number;
  /** For all pages of its list of tools. */
  readonly listMs: number;
  /** How long a call may go on without an answer or word of progress. */
  readonly idleMs: number;
  /** How long a call may take in all. */
  readonly callMs: number;
  /** How long a program has to end by itself when its input is closed, before it is ended. */
  readonly closeMs: number;
  /** The largest message. */
  readonly messageBytes: number;
  /** Messages, and bytes of them, in {@link windowMs}. */
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly windowMs: number;
  /** How often a server that has ended is started again. */
  readonly restarts: number;
  /** How often a list of tools that changed is asked for anew. */
  readonly relists: number;
  /** What all tools of all servers may take together, in estimated tokens, to be given to the model as they are. */
  readonly directTokens: number;
}

export const defaultLimits: McpLimits = {
  connectMs: 30_000,
  listMs: 30_000,
  idleMs: 5 * 60_000,
  callMs: 60 * 60_000,
  closeMs: 500,
  messageBytes: 16 * 1024 * 1024,
  windowMessages: 2000,
  windowBytes: 64 * 1024 * 1024,
  windowMs: 10_000,
  restarts: 3,
  relists: 20,
  directTokens: 2000,
};
