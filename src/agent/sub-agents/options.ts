import type { Tool } from "../../conversation/tool.ts";
import type { ToolPolicy } from "../../conversation/tool-batch.ts";
import type { Model } from "../../providers/model.ts";
import type { Clock } from "../../providers/system.ts";
import type { Announce } from "../companion.ts";
import type { SubAgentLimits } from "./limits.ts";
import type { ToolKind } from "./sub-agent.ts";

/** What sub-agents are made with. */
export interface SubAgentOptions extends SubAgentLimits {
  /**
   * The tools of a sub-agent. Of those for `read-only`, only the ones that say they change nothing are taken; one named
   * `sub_agent` never is.
   */
  readonly tools: (kind: ToolKind) => readonly Tool[];
  /** Opens a model by the name that the calling model gives. Without it, all have the model of their parent. */
  readonly openModel?: (name: string) => Model;
  /** Their instructions; the parent's by default. */
  readonly system?: (name: string, kind: ToolKind) => string;
  /**
   * Which of their calls may run; by default as the parent's. Where it says `ask`, {@link SubAgents.decide} has to
   * answer.
   */
  readonly approve?: ToolPolicy;
  /** Told when one begins. */
  readonly announce?: Announce;
  /** The machine's own by default. */
  readonly clock?: Clock;
}
