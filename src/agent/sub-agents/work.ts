import type { TotalUsage } from "../../llm/total.ts";
import type { TurnOutcome } from "../../conversation/turn.ts";

/** How a task ended. */
type WorkEnd =
  | { readonly type: "turn"; readonly outcome: TurnOutcome }
  /** The turn itself broke: a mistake in how it was set up, a listener that threw. */
  | { readonly type: "broken"; readonly error: unknown };

/** A task of a sub-agent, from its beginning until it is told what it came to. */
export interface Work {
  /** When it began, in milliseconds by a clock that never jumps. */
  readonly begun: number;
  /** What the sub-agent had used by then. */
  readonly before: TotalUsage;
  readonly abort: AbortController;
  /** Settles when it is over, with all that it had started itself. Never rejects. */
  readonly over: Promise<void>;
  end: WorkEnd | undefined;
}
