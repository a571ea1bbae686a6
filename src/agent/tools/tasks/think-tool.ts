import type { Tool } from "../../../conversation/tool.ts";
import type { ModelInfo } from "../../../providers/model.ts";
import { agentTool } from "../agent-tool.ts";

/**
 * Whether a model thinks before it answers without being asked to: one that is told how hard by effort does. One that
 * gets a budget of tokens thinks only where a request has one.
 */
export function thinksByItself({ thinking }: ModelInfo): boolean {
  return thinking === "adaptive";
}

/** Room for a thought, for a model that has none of its own. Nothing is done. */
export function thinkTool(): Tool {
  return agentTool<{ readonly thought: string }>({
    name: "think",
    description:
      "Write down a thought before you go on: what you know, what you do not, what follows. Nothing is done, and nobody answers.",
    properties: { thought: { type: "string" } },
    required: ["thought"],
    readOnly: true,
    idempotent: true,
    run: async () => "noted",
  });
}
