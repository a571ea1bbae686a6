import type { TurnOutcome } from "../conversation/turn.ts";
import type { AgentEvent } from "./event.ts";

/** Tells people of something that the conversation itself does not tell. */
export type Announce = (event: AgentEvent) => void;

/**
 * Who looks on from beside an agent, and has a word between its steps: what looks for new commits, the end-of-turn hooks.
 * What one of them throws is told to people as a notice, and harms no turn.
 */
export interface Companion {
  /** Before the first request of a turn. */
  beforeTurn?(announce: Announce): Promise<void>;
  /** When the tools of a step are over. What it returns is said to the model before it goes on. */
  afterStep?(announce: Announce, signal: AbortSignal): Promise<string | undefined>;
  /**
   * When a turn is over. What it returns is said to the model as a turn of its own; that happens three times at most for
   * what a person said, so that nobody feeds himself.
   */
  afterTurn?(outcome: TurnOutcome, announce: Announce, signal: AbortSignal): Promise<string | undefined>;
}
