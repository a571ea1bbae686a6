import type { Budget } from "../../conversation/budget.ts";
import type { Conversation } from "../../conversation/conversation.ts";
import { defineTool, type Tool, type ToolAnswer, type ToolContext } from "../../conversation/tool.ts";
import { text } from "../../llm/message.ts";
import type { Model } from "../../providers/model.ts";
import type { Clock } from "../../providers/system.ts";
import { waitMs } from "../tools/shell/wait-seconds.ts";
import { within } from "../within.ts";
import type { Crew } from "./crew.ts";
import type { AllLimits } from "./limits.ts";
import { paced } from "./paced.ts";
import { remembered } from "./remembered.ts";
import { reportOn } from "./report.ts";
import { share } from "./share.ts";
import { spentSince, toldSpent } from "./spent.ts";
import { SubAgent, type ToolKind } from "./sub-agent.ts";
import type { SubAgentOptions } from "./options.ts";
import type { Work } from "./work.ts";

const NAME = "sub_agent";

/** How often people are told how far a sub-agent is, in milliseconds. */
const EVERY_MS = 500;
const WAIT_S = 600;
/** A call that is cancelled has two seconds (`toolGraceMs`) to say what was done by then. */
const CANCEL_MS = 1500;

/** What calls of the tool need. */
export interface Room extends SubAgentOptions {
  readonly clock: Clock;
  readonly limits: AllLimits;
  readonly crew: Crew;
}

interface Arguments {
  readonly name: string;
  readonly task?: string;
  readonly model?: string;
  readonly tools?: ToolKind;
  readonly budget_dollars?: number;
  readonly wait_seconds?: number;
}

/**
 * Gives tasks to sub-agents, and waits for them.
 * @param depth how many floors may still be below.
 * @param most what they may have: one that only reads has none that writes.
 */
export function subAgentTool(room: Room, depth: number, most: ToolKind): Tool {
  const kinds: readonly ToolKind[] = most === "all" ? ["read-only", "all"] : ["read-only"];
  return defineTool({
    name: NAME,
    description:
      "Gives a task to an agent of your own, which works by itself and tells you only its last message. Several calls " +
      "in one answer work at once. It knows nothing of your conversation: put all that it needs into the task. Under the " +
      "same name it goes on with what it knows, also in later turns. One that takes longer than wait_seconds goes on: " +
      "call again with its name, and without a task, to wait for it. What still works when your turn ends is stopped.",
    input: {
      type: "object",
      properties: {
        name: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", description: "Such as docs." },
        task: { type: "string", description: "What it is to do, and what its last message is to say." },
        ...(room.openModel !== undefined && {
          model: { type: "string", description: "The name of its model; yours by default." },
        }),
        tools: { type: "string", enum: [...kinds], description: "read-only by default, or what it had." },
        budget_dollars: {
          type: "number",
          exclusiveMinimum: 0,
          maximum: 1_000_000,
          description: `The most that the task may cost; by default a part of what is left (1/${room.limits.part}).`,
        },
        wait_seconds: { type: "number", description: `${WAIT_S} by default, and at most.` },
      },
      required: ["name"],
      additionalProperties: false,
    },
    run: (given, context) => called(room, given as unknown as Arguments, context, depth),
  });
}

/** One call: a task begins, or one that goes on is waited for. */
async function called(
  room: Room,
  given: Arguments,
  context: ToolContext,
  depth: number,
): Promise<ToolAnswer> {
  const { name, task } = given;
  const agent = room.crew.team(context.conversation).get(name);
  const work = agent?.work;
  if (task === undefined || task.trim() === "") {
    if (agent !== undefined && work !== undefined) return wait(room, agent, work, given, context);
    return refused(nothingToWaitFor(room, context.conversation, name, agent));
  }
  if (agent !== undefined && work !== undefined) {
    if (agent.isWorking) {
      return refused(
        `${name} is still at its last task; wait for it by calling without a task, or give this one to another name`,
      );
    }
    const { content } = reportOn(agent, work, room.clock);
    return refused(
      `this task was not begun, for you have not heard yet what came of the one before; give it again to go on.\n\n${content}`,
    );
  }
  const begun = begin(room, { ...given, task }, agent, context, depth);
  return typeof begun === "string" ? refused(begun) : wait(room, begun.agent, begun.work, given, context);
}

function refused(why: string): ToolAnswer {
  return { content: why, isError: true };
}

function nothingToWaitFor(
  { crew }: Room,
  parent: Conversation,
  name: string,
  agent: SubAgent | undefined,
): string {
  if (agent !== undefined) return `${name} has nothing to do, and its last message was told; give it a task`;
  const names = [...crew.team(parent).keys()];
  const known = names.length === 0 ? "there is none yet" : `there are: ${names.join(", ")}`;
  return `there is no sub-agent ${name} (${known}); give it a task, and there is one`;
}

/**
 * Has a sub-agent begin a task. Nothing is waited for here: of two calls with one name, the second finds it at work.
 * @returns why it cannot, and what to do instead.
 */
function begin(
  room: Room,
  given: Arguments & { readonly task: string },
  known: SubAgent | undefined,
  { conversation, callId }: ToolContext,
  depth: number,
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
  const agent = known ?? opened(room, conversation, given, { model, budget, depth });
  if (known !== undefined) renew(room, known, given, { model, budget, depth });
  const before = known === undefined ? remembered(conversation.history, NAME, name) : undefined;
  const preamble =
    known === undefined
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
  readonly depth: number;
}

function opened(
  room: Room,
  parent: Conversation,
  { name, tools: kind = "read-only" }: Arguments,
  { model, budget, depth }: Making,
): SubAgent {
  const { clock, limits, crew, system, approve } = room;
  const tidy = (child: Conversation): Promise<void> =>
    crew.stopTeam(child, "the sub-agent that asked for it is done");
  return new SubAgent(name, kind, { clock, maxSteps: limits.maxSteps, tidy }, (onEvent) =>
    parent.child({
      purpose: `sub-agent: ${name}`,
      onEvent,
      budget,
      tools: toolsFor(room, kind, depth),
      ...(model !== undefined && { model }),
      ...(system !== undefined && { system: system(name, kind) }),
      ...(approve !== undefined && { approve }),
    }),
  );
}

/** A known one gets its budget anew, and goes on in a fork where it is to have another model or other tools. */
function renew(room: Room, agent: SubAgent, given: Arguments, { model, budget, depth }: Making): void {
  const kind = given.tools ?? agent.kind;
  if (model === undefined && kind === agent.kind) {
    agent.conversation.resetBudget(budget);
    return;
  }
  const { system } = room;
  const fork = agent.conversation.fork({
    budget,
    tools: toolsFor(room, kind, depth),
    ...(model !== undefined && { model }),
    ...(system !== undefined && { system: system(agent.name, kind) }),
  });
  agent.moveTo(fork, kind);
}

function toolsFor(room: Room, kind: ToolKind, depth: number): readonly Tool[] {
  const tools = room
    .tools(kind)
    .filter(({ name, readOnly }) => name !== NAME && (kind === "all" || readOnly));
  return depth > 1 ? [...tools, subAgentTool(room, depth - 1, kind)] : tools;
}

/** Waits for a task, and tells people how far it is meanwhile. */
async function wait(
  { clock }: Room,
  agent: SubAgent,
  work: Work,
  { wait_seconds }: Arguments,
  { signal, progress }: ToolContext,
): Promise<ToolAnswer> {
  const { name, conversation } = agent;
  const live = paced(clock, EVERY_MS, () => {
    const spent = toldSpent(spentSince(work.before, conversation.usage()));
    progress({ type: "sub-agent", name, child: conversation.id, line: agent.line, spent });
  });
  const unwatch = agent.watch(live.poke);
  try {
    const came = await within(clock, work.over, waitMs(wait_seconds, WAIT_S), signal);
    if (came === "aborted") {
      work.abort.abort(signal.reason);
      const ended = await within(clock, work.over, CANCEL_MS);
      if (ended !== "done") throw signal.reason;
    }
  } finally {
    unwatch();
    live.stop();
  }
  return reportOn(agent, work, clock);
}
