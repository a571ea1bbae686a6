import type { PermissionMode } from "../agent/permissions/permissions.ts";

/** The command line was not understood, or does not fit where it was given. Its message is for people. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const outputFormats = ["text", "json", "stream-json"] as const;

/** How `-p` writes its result. */
export type OutputFormat = (typeof outputFormats)[number];

/** Which session a conversation is kept in. */
export type SessionChoice =
  | { readonly kind: "new" }
  /** In none: nothing is written. */
  | { readonly kind: "none" }
  /** The last one that was begun in this folder. */
  | { readonly kind: "continue" }
  | { readonly kind: "resume"; readonly id: string }
  /** A new one that begins as this one was behind its `at`-th message; behind the last one by default. */
  | { readonly kind: "fork"; readonly id: string; readonly at?: number };

/** What is decided about the tools. */
export interface ToolFlags {
  readonly noTools: boolean;
  /** Absent: `ask` where somebody is there, else `auto`. */
  readonly permissionMode?: PermissionMode;
  /** Calls that need nobody's leave, as rules. */
  readonly allow: readonly string[];
  readonly sandbox: "auto" | "bwrap" | "container" | "none";
  /** Without a sandbox, by the user's own word. */
  readonly unsafe: boolean;
  readonly allowHosts: readonly string[];
  /** Files of the user's with servers of the Model Context Protocol. */
  readonly mcpConfigs: readonly string[];
  /** A git worktree that is made for the work: what it is about, and the commit that it begins at. */
  readonly worktree?: { readonly name: string; readonly from?: string };
}

/** What shapes a conversation, however it is held. */
export interface ConversationFlags {
  readonly tools: ToolFlags;
  /** Requests that a turn may take. */
  readonly maxSteps?: number;
  readonly session: SessionChoice;
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

/** What is done with the sessions that are kept. */
export type SessionsAction =
  | { readonly do: "list"; readonly json: boolean; readonly all: boolean; readonly search?: string }
  | { readonly do: "rename"; readonly id: string; readonly title: string }
  | { readonly do: "delete"; readonly ids: readonly string[]; readonly yes: boolean };

/** `colloquy sessions`. */
export interface SessionsCommand extends CommonFlags {
  readonly command: "sessions";
  readonly action: SessionsAction;
}

export const exportFormats = ["md", "json"] as const;

/** How a session is written into a file of its own. */
export type ExportFormat = (typeof exportFormats)[number];

/** `colloquy export`. */
export interface ExportCommand extends CommonFlags {
  readonly command: "export";
  readonly id: string;
  readonly format: ExportFormat;
  /** A file; stdout by default. */
  readonly output?: string;
}

/** `colloquy cost`. */
export interface CostCommand extends CommonFlags {
  readonly command: "cost";
  /** The last session of the folder where it is absent. */
  readonly id?: string;
  readonly json: boolean;
}

/** `colloquy import`. */
export interface ImportCommand extends CommonFlags {
  readonly command: "import";
  /** A file, or `-` for stdin. */
  readonly file: string;
}

/** `colloquy doctor`. */
export interface DoctorCommand extends CommonFlags {
  readonly command: "doctor";
  /** Whether all that is kept is read. */
  readonly sessions: boolean;
  /** Whether what is damaged of it is mended. */
  readonly mend: boolean;
  readonly json: boolean;
}

/** `colloquy undo`. */
export interface UndoCommand extends CommonFlags {
  readonly command: "undo";
  /** Whose restore points; by default those of the last session of this folder that has some. */
  readonly session?: string;
  /** The number of a restore point; by default the last one from which anything differs. */
  readonly to?: number;
  /** Only these paths; all by default. */
  readonly files: readonly string[];
  readonly list: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** `colloquy settings`. */
export interface SettingsCommand extends CommonFlags {
  readonly command: "settings";
  readonly json: boolean;
}

/** `colloquy prompt`. */
export interface PromptCommand extends CommonFlags {
  readonly command: "prompt";
  readonly json: boolean;
}

/** `colloquy trust`. */
export interface TrustCommand extends CommonFlags {
  readonly command: "trust";
  readonly action: "trust" | "list" | "revoke";
  /** Without being asked. */
  readonly yes: boolean;
}

/** What a command line asks for. */
export type Command =
  | { readonly command: "help" }
  | { readonly command: "version" }
  | ModelsCommand
  | SessionsCommand
  | ExportCommand
  | CostCommand
  | ImportCommand
  | DoctorCommand
  | UndoCommand
  | SettingsCommand
  | PromptCommand
  | TrustCommand
  | ConverseCommand;
