import type { AgentEvent } from "../../../src/agent/event.ts";
import { subAgents, type SubAgents } from "../../../src/agent/sub-agents/sub-agents.ts";
import type { SubAgentOptions } from "../../../src/agent/sub-agents/options.ts";
import { createConversation, type Conversation } from "../../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../../src/conversation/event.ts";
import type { ConversationOptions } from "../../../src/conversation/options.ts";
import { defineTool, type Tool } from "../../../src/conversation/tool.ts";
import { messageText, type ToolResultPart } from "../../../src/llm/message.ts";
import { rehearsal } from "../../../src/providers/rehearsal/rehearsal.ts";
import { virtualSystem, type VirtualSystem } from "../../support/clock.ts";

/** A parent with sub-agents, whose model answers by the grammar of rehearsals. */
export interface Bench {
  readonly conversation: Conversation;
  readonly agents: SubAgents;
  readonly system: VirtualSystem;
  /** All that happened, of the parent and below, and all that was announced. */
  readonly events: (ConversationEvent | AgentEvent)[];
}

export const prices = { rates: { input: "3", output: "15" } };

export function bench(
  options: Partial<SubAgentOptions> = {},
  conversing: Partial<ConversationOptions> = {},
): Bench {
  const system = virtualSystem();
  const events: (ConversationEvent | AgentEvent)[] = [];
  const agents = subAgents({
    tools: () => [look],
    clock: system.clock,
    announce: (event) => void events.push(event),
    ...options,
  });
  const conversation = createConversation({
    model: rehearsal({ prices, clock: system.clock }),
    machine: system,
    tools: [agents.tool],
    onEvent: (event) => void events.push(event),
    ...conversing,
  });
  return { conversation, agents, system, events };
}

export const look: Tool = defineTool({ name: "look", readOnly: true, run: () => "nothing to see" });

/** A tool that waits until it is let go or told to stop. */
export function slow(name = "slow") {
  const release: ((text: string) => void)[] = [];
  const stopped: unknown[] = [];
  const tool = defineTool({
    name,
    readOnly: true,
    run: (_, { signal }) =>
      new Promise<string>((resolve, reject) => {
        release.push(resolve);
        const stop = (): void => {
          stopped.push(signal.reason);
          reject(signal.reason as Error);
        };
        signal.addEventListener("abort", stop, { once: true });
      }),
  });
  return { tool, release, stopped };
}

/** A script of these lines, one for each answer. */
export const script = (...lines: readonly string[]): string => `script:\n${lines.join("\n")}`;

/** A call of the tool as a line of the grammar. */
export const asks = (input: object): string => `tool: sub_agent ${JSON.stringify(input)}`;

/** Several such calls in one answer. */
export const asksAll = (inputs: readonly object[]): string =>
  `parallel: ${inputs.map((input) => JSON.stringify({ name: "sub_agent", input })).join(" ;; ")}`;

/** The results that the model was told, oldest first. */
export function results(conversation: Conversation): readonly ToolResultPart[] {
  return conversation.history
    .toArray()
    .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"));
}

/** Their texts. */
export function told(conversation: Conversation): readonly string[] {
  return results(conversation).map(({ content }) => messageText({ role: "user", parts: content }));
}
