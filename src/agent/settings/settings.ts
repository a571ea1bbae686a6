import type { McpServer } from "../mcp/server.ts";

/** When a hook runs. */
export const hookEvents = ["beforeTool", "afterTool", "endOfTurn"] as const;

export type HookEvent = (typeof hookEvents)[number];

/** A command that is run at a moment of the agent's work. */
export interface Hook {
  /** Names of tools, `*` standing for any letters; undefined for all of them, and at the end of a turn. */
  readonly match: readonly string[] | undefined;
  /** A line for `sh`. */
  readonly command: string;
  readonly timeoutSeconds: number;
  /** It runs beside the sandbox, with the rights of the user. */
  readonly outside: boolean;
}

/** What a file of settings says. */
export interface Settings {
  readonly hooks: Readonly<Record<HookEvent, readonly Hook[]>>;
  /** By name. */
  readonly mcpServers: Readonly<Record<string, McpServer>>;
  /** Rules for calls that need nobody's leave: `PermissionOptions.allow`. */
  readonly allow: readonly string[];
  /** Commands that have to pass before work counts as done. */
  readonly done: readonly string[];
}

/** Settings that say nothing. */
export const noSettings: Settings = {
  hooks: { beforeTool: [], afterTool: [], endOfTurn: [] },
  mcpServers: {},
  allow: [],
  done: [],
};

/** Whether settings say something that would be obeyed. */
export function saysNothing({ hooks, mcpServers, allow, done }: Settings): boolean {
  const lists = [...hookEvents.map((event) => hooks[event]), Object.keys(mcpServers), allow, done];
  return lists.every(({ length }) => length === 0);
}
