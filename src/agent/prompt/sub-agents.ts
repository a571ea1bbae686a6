import type { PromptFacts } from "./facts.ts";
import { section, type PromptSection } from "./section.ts";

/** When work is given to others. */
export function subAgents({ tool, most }: NonNullable<PromptFacts["subAgents"]>): PromptSection {
  const lines = [
    "Sub-agents:",
    `- ${tool} gives a part of the work to another agent, of which only the last message comes back. At most ${most} work at once.`,
    "- Give away what can be done apart and told in few words: a search through much, a change in a part of its own. Say all that it needs to know; it has not seen this conversation.",
    "- They work in the same folder: no two of them may change the same files.",
  ];
  return section("sub-agents", lines.join("\n"));
}
