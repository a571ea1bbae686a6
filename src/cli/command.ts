/** The command line was not understood, or does not fit where it was given. Its message is for people. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const outputFormats = ["text", "json", "stream-json"] as const;

/** How `-p` writes its result. */
export type OutputFormat = (typeof outputFormats)[number];

/** What shapes a conversation, however it is held. */
export interface ConversationFlags {
  readonly model?: string;
  readonly system?: string;
  readonly record?: string;
  readonly replay?: string;
  /** A file, or `-` for stderr. */
  readonly log?: string;
  /** A decimal number, as it was written. */
  readonly maxDollars?: string;
  readonly maxResponses?: number;
  readonly maxWallTimeMs?: number;
  readonly maxOutputTokens?: number;
}

/** What every command understands. */
export interface CommonFlags {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly directory?: string;
}

/** `colloquy` with or without `-p`. Which face it gets also depends on whether there is a terminal. */
export interface ConverseCommand extends ConversationFlags, CommonFlags {
  readonly command: "converse";
  readonly print: boolean;
  /** The words of the command line. */
  readonly text?: string;
  readonly format?: OutputFormat;
}

/** `colloquy models`. */
export interface ModelsCommand extends CommonFlags {
  readonly command: "models";
  readonly json: boolean;
}

/** What a command line asks for. */
export type Command =
  | { readonly command: "help" }
  | { readonly command: "version" }
  | ModelsCommand
  | ConverseCommand;
