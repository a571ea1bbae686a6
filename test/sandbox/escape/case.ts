import type { World } from "./world.ts";

/** One way to get out. It ran inside; whether it got out is judged by what is to be seen outside. */
export interface Escape {
  readonly name: string;
  /** In which of the world's folders it runs; `plain` when absent. */
  readonly where?: Place;
  /** Shell words; `$OUT`, `$HOME`, `$WS`, `$ID`, `$VICTIM`, `$BASE` say what is where. */
  readonly sh: string;
  /** Whether it got out. `output` is what it wrote to both of its outputs. */
  readonly won: (world: World, id: string, output: string) => boolean;
  /** It breaks what it runs in, so it gets workspaces of its own. */
  readonly alone?: boolean;
  /** It is known to win where nothing is enforced, and harmless: the suite can fail. */
  readonly provable?: boolean;
}

/**
 * Workspaces: `plain`, a repository without any protected path of its own; `full`, one with all of them; `bare`, a folder
 * that is no repository; `linked`, a linked worktree; `super`, a repository with a submodule and a nested one.
 */
export type Place = "plain" | "full" | "bare" | "linked" | "super";

/** The attempt says by itself that it got out: for calls that the kernel answers at once, with nothing to be seen. */
export const said = (_world: World, _id: string, output: string): boolean => output.includes("ESCAPED");
