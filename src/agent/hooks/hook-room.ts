import type { Redactor } from "../../log/redactor.ts";
import { system, type Clock } from "../../providers/system.ts";
import { environmentInside } from "../sandbox/environment.ts";
import { NoSandbox } from "../sandbox/none.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { ResolvedSettings } from "../settings/resolve-settings.ts";

/** What hooks are run with. */
export interface HookRoomOptions {
  /** Those that hold: a project's are among them only if it is trusted. */
  readonly hooks: ResolvedSettings["hooks"];
  readonly sandbox: Sandbox;
  /** The id of the session, or of the conversation where none is kept. */
  readonly sessionId: string;
  /** Tells people what went wrong with a hook. */
  readonly notice: (text: string) => void;
  /** Takes secrets out of what hooks say. */
  readonly redact?: Redactor;
  /** The machine's own by default. */
  readonly clock?: Clock;
  /** Our environment, for hooks that run outside; that of the process by default. Keys are taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What the hooks of one agent share. */
export interface HookRoom extends Required<Omit<HookRoomOptions, "redact" | "env">> {
  readonly redact: Redactor | undefined;
  /** Where a hook runs whose user said so, in his own settings. */
  readonly outside: Sandbox;
}

/** Sets hooks up; nothing is started. */
export function openHooks(options: HookRoomOptions): HookRoom {
  const { hooks, sandbox, sessionId, notice, redact, clock = system.clock, env = process.env } = options;
  const outside = new NoSandbox(sandbox.workspace, environmentInside(env, env["HOME"] ?? "/"));
  return { hooks, sandbox, sessionId, notice, redact, clock, outside };
}

/** Set for what a hook starts. */
export const HOOK_VARIABLE = "COLLOQUY_HOOK";

/** Whether we were started by a hook: then none of ours runs, or they would cause each other. */
export function inHook(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env[HOOK_VARIABLE]);
}
