import type { Conversation } from "../../conversation/conversation.ts";
import { defineTool, type Tool, type ToolAnswer, type ToolContext } from "../../conversation/tool.ts";
import { waitMs } from "../tools/shell/wait-seconds.ts";
import { begin, NAME, type Given, type Room } from "./begin.ts";
import { reportOn } from "./report.ts";
import type { SubAgent, ToolKind } from "./sub-agent.ts";
import { wait } from "./wait.ts";

const WAIT_S = 600;

interface Arguments extends Omit<Given, "task"> {
  readonly task?: string;
  readonly wait_seconds?: number;
}

/**
 * Gives tasks to sub-agents, and waits for them.
 * @param depth how many floors of them there may be: 1 for these alone.
 * @param most what they may have: one that only reads has none that writes.
 */
export function subAgentTool(shared: Omit<Room, "below">, depth: number, most: ToolKind): Tool {
  const below = depth === 1 ? undefined : (kind: ToolKind): Tool => subAgentTool(shared, depth - 1, kind);
  const room: Room = { ...shared, below };
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
          minimum: 0.000001,
          maximum: 1_000_000,
          description: `The most that the task may cost; by default a part of what is left (1/${room.limits.part}).`,
        },
        wait_seconds: { type: "number", description: `${WAIT_S} by default, and at most.` },
      },
      required: ["name"],
      additionalProperties: false,
    },
    run: (given, context) => called(room, given as unknown as Arguments, context),
  });
}

/** One call: a task begins, or one that goes on is waited for. */
async function called(room: Room, given: Arguments, context: ToolContext): Promise<ToolAnswer> {
  const { name, task } = given;
  const ms = waitMs(given.wait_seconds, WAIT_S);
  const agent = room.crew.team(context.conversation).get(name);
  const work = agent?.work;
  if (task === undefined || task.trim() === "") {
    if (agent !== undefined && work !== undefined) return wait(room.clock, agent, work, ms, context);
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
  const begun = begin(room, { ...given, task }, agent, context);
  return typeof begun === "string" ? refused(begun) : wait(room.clock, begun.agent, begun.work, ms, context);
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
