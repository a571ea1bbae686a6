import type { Tool } from "../../conversation/tool.ts";
import type { Verdict } from "../../conversation/tool-batch.ts";
import { system as machine } from "../../providers/system.ts";
import type { Companion } from "../companion.ts";
import { Crew } from "./crew.ts";
import { readLimits } from "./limits.ts";
import type { SubAgentOptions } from "./options.ts";
import { subAgentTool } from "./sub-agent-tool.ts";

/** Agents below an agent. */
export interface SubAgents {
  /** `sub_agent`, for the parent's model. */
  readonly tool: Tool;
  /**
   * For the parent's {@link Agent}: what still works when a turn ends is stopped, and people are told; the count of tasks
   * begins anew with a turn. Without it both go on until {@link close}.
   */
  readonly companion: Companion;
  /**
   * Says whether a call of a sub-agent may run, by the ids of its `tool-approval` event.
   * @throws ConfigurationError `no-such-call`
   */
  decide(conversationId: string, callId: string, verdict: Exclude<Verdict, "ask">): void;
  /** Ends all that work. */
  close(): Promise<void>;
}

/**
 * Has a model give tasks to agents of its own. Each is a child of the conversation: what it uses is also its parent's,
 * and its budget is a share of what is left there.
 *
 * @throws ConfigurationError `invalid-option` for a limit that is none.
 * @example
 * const agents = subAgents({ tools: () => codingTools(room) });
 * const conversation = createConversation({ model, tools: [...codingTools(room), agents.tool] });
 */
export function subAgents(options: SubAgentOptions): SubAgents {
  const limits = readLimits(options);
  const crew = new Crew(limits);
  const { clock = machine.clock } = options;
  const stopped = "the turn of the agent that asked for it is over";
  return {
    tool: subAgentTool({ ...options, clock, limits, crew }, limits.depth, "all"),
    companion: {
      beforeTurn: async () => {
        await crew.stop(stopped);
        crew.newTurn();
      },
      afterTurn: async (_, announce) => {
        const names = (await crew.stop(stopped)).map(({ name }) => name);
        if (names.length > 0) {
          const text = `stopped with the turn: ${names.map((name) => `sub-agent ${name}`).join(", ")}; asked by name, they go on`;
          announce({ type: "notice", text });
        }
        return undefined;
      },
    },
    decide: (conversationId, callId, verdict) => crew.decide(conversationId, callId, verdict),
    close: async () => {
      crew.close();
      await crew.stop("the agent was closed");
    },
  };
}
