import type { Budget } from "../../conversation/budget.ts";
import type { Conversation } from "../../conversation/conversation.ts";
import type { Tool, ToolContext } from "../../conversation/tool.ts";
import { text } from "../../llm/message.ts";
import type { Model } from "../../providers/model.ts";
import type { Clock } from "../../providers/system.ts";
import type { Crew } from "./crew.ts";
import type { AllLimits } from "./limits.ts";
import type { SubAgentOptions } from "./options.ts";
import { remembered } from "./remembered.ts";
import { share } from "./share.ts";
import { SubAgent, type ToolKind } from "./sub-agent.ts";
import type { Work } from "./work.ts";

/** What the tool is called. */
export const NAME = "sub_agent";

/** What calls of the tool need. */
export interface Room extends SubAgentOptions {
  readonly clock: Clock;
  readonly limits: AllLimits;
  readonly crew: Crew;
  /** The same tool for a sub-agent of its own; absent where it may have none. */
  readonly below: ((kind: ToolKind) => Tool) | undefined;
}

/** A task, and how it is to be done. */
export interface Given {
  readonly name: string;
  readonly task: string;
  readonly model?: string;
  readonly tools?: ToolKind;
  readonly budget_dollars?: number;
}

/**
 * Has a sub-agent begin a task. Nothing is waited for here: of two calls with one name, the second finds it at work.
 * @returns why it cannot, and what to do instead.
 */
export function begin(
  room: Room,
  given: Given,
  known: SubAgent | undefined,
  { conversation, callId }: ToolContext,
): { readonly agent: SubAgent; readonly work: Work } | string {
  const { crew, limits, announce } = room;
  const { name, task } = given;
  const refusal = crew.refusal(conversation, known === undefined);
  if (refusal !== undefined) return refusal;
  const model = given.model === undefined ? undefined : room.openModel?.(given.model);
  const shared = share(conversation, {
    part: limits.part,
    dollars: given.budget_dollars,
    promised: crew.promised,
  });
  if (shared.type === "nothing") return `${shared.why}: no sub-agent can begin; finish it yourself`;
  const { budget } = shared;
  const agent = known ?? opened(room, conversation, given, { model, budget });
  if (known !== undefined) renew(room, known, given, { model, budget });
  const isNew = agent.conversation.history.length === 0;
  const before = isNew ? remembered(conversation.history, NAME, name) : undefined;
  const preamble = isNew
    ? `You are the sub-agent ${name} of another agent. You work alone: nobody answers questions. Of all that you say only your last message is passed on; put into it all that matters.`
    : "A further task.";
  const lost =
    before === undefined
      ? undefined
      : `There was a sub-agent of this name before, whose memory is lost. This is left of it:\n\n${before}`;
  // The task is a part of its own, as it was given.
  const said = [preamble, lost, "The task:", task].filter((each) => each !== undefined);
  announce?.({ type: "sub-agent", name, child: agent.conversation.id, callId });
  const work = agent.begin(said.map(text));
  crew.begins(conversation, agent, work.over);
  return { agent, work };
}

interface Making {
  readonly model: Model | undefined;
  readonly budget: Budget;
}

function opened(
  room: Room,
  parent: Conversation,
  { name, tools: kind = "read-only" }: Given,
  { model, budget }: Making,
): SubAgent {
  const { clock, limits, crew, system, approve } = room;
  const tidy = (child: Conversation): Promise<void> =>
    crew.stopTeam(child, "the sub-agent that asked for it is done");
  return new SubAgent(name, kind, { clock, maxSteps: limits.maxSteps, tidy }, (onEvent) => {
    const options = {
      onEvent,
      budget,
      tools: toolsFor(room, kind),
      ...(model !== undefined && { model }),
      ...(system !== undefined && { system: system(name, kind) }),
      ...(approve !== undefined && { approve }),
    };
    const purpose = `sub-agent: ${name}`;
    // One of an earlier process goes on with what it remembers.
    return parent.childBefore(purpose, options) ?? parent.child({ ...options, purpose });
  });
}

/** A known one gets its budget anew, and goes on in a fork where it is to have another model or other tools. */
function renew(room: Room, agent: SubAgent, given: Given, { model, budget }: Making): void {
  const kind = given.tools ?? agent.kind;
  if (model === undefined && kind === agent.kind) {
    agent.conversation.resetBudget(budget);
    return;
  }
  const { system } = room;
  const fork = agent.conversation.fork({
    budget,
    tools: toolsFor(room, kind),
    ...(model !== undefined && { model }),
    ...(system !== undefined && { system: system(agent.name, kind) }),
  });
  agent.moveTo(fork, kind);
}

function toolsFor({ tools, below }: Room, kind: ToolKind): readonly Tool[] {
  const own = tools(kind).filter(({ name, readOnly }) => name !== NAME && (kind === "all" || readOnly));
  const sub = below?.(kind);
  return sub === undefined ? own : [...own, sub];
}
