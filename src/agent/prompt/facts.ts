import type { Guidance } from "../guidance/guidance.ts";

/** How a folder stands with git when a conversation begins. Names and subjects are others' words. */
export type GitFacts =
  | { readonly repository: false }
  | {
      readonly repository: true;
      /** Undefined where HEAD is detached. */
      readonly branch: string | undefined;
      /** The subject of the commit at HEAD; undefined in a repository without commits. */
      readonly subject: string | undefined;
      /** How many paths are not as they were committed. */
      readonly changes: number;
    };

/** What the instructions of a coding agent are made from. */
export interface PromptFacts {
  /** The folder that it works in. */
  readonly workspace: string;
  /** The machine's system, as `linux x64`. */
  readonly platform: string;
  /** The day, as YYYY-MM-DD. */
  readonly date: string;
  /** What is enforced around its tools, in one line: {@link Sandbox.enforcement}. */
  readonly enforcement: string;
  /** Hosts that its tools may ask; none where it is empty. */
  readonly hosts: readonly string[];
  /** Nothing may be changed. */
  readonly plan: boolean;
  /** The names of its tools; where they are not said, those of {@link codingTools}. */
  readonly tools?: readonly string[];
  /** Nothing is said of git without it. */
  readonly git?: GitFacts;
  readonly guidance?: Pick<Guidance, "files" | "skills">;
  /** Of sub-agents: the name of the tool that begins one, and how many may work at once. */
  readonly subAgents?: { readonly tool: string; readonly most: number };
  /** The most tokens that it all may have, by {@link estimatedTokens}; 16,000 by default. */
  readonly budget?: number;
}
