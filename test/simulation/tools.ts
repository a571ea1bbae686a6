import {
  defineTool,
  noReply,
  type Tool,
  type ToolContext,
  type ToolOutput,
} from "../../src/conversation/tool.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { anything, numbered } from "./schemas.ts";
import { padding } from "./answers.ts";
import { childOf, forkOf, someLimits } from "./descendants.ts";
import { operate } from "./operations.ts";
import { heard } from "./attempt.ts";
import { World, type CallRecord, type Node } from "./world.ts";

const run = (_: unknown, context: ToolContext): ToolOutput | Promise<ToolOutput> => {
  const { extra: world } = context;
  if (!(world instanceof World)) throw new TypeError("a tool outside of a simulation");
  const node = world.nodes.find(({ conversation }) => conversation === context.conversation);
  if (node === undefined) throw new TypeError("a tool of a conversation that nobody knows");
  return begun(world, node, context);
};

/** The tools of every conversation. What one does, the schedule says when it is called. */
export const tools: readonly Tool[] = [
  defineTool({ name: "work", input: anything, run }),
  defineTool({ name: "read", input: anything, readOnly: true, run }),
  defineTool({ name: "finish", input: anything, endsTurn: true, run }),
  defineTool({ name: "brief", input: anything, timeoutMs: 300, run }),
  defineTool({ name: "checked", input: numbered, run }),
];

/** A tool begins: may it? And how it ends. */
function begun(world: World, node: Node, context: ToolContext): ToolOutput | Promise<ToolOutput> {
  const call = world.call(node, context.callId);
  const name = `${node.name} ${call.id}`;
  world.expect(++call.runs === 1, () => `${name} runs for the ${call.runs}. time`);
  world.expect(call.started === 1 && call.results === 0, () => `${name} runs, and did not begin`);
  world.expect(
    call.leave === "none" || call.leave === "allowed",
    () => `${name} runs, and its leave is ${call.leave}`,
  );
  world.expect(
    call.operation?.over === false && call.operation.cancelledAt === undefined,
    () => `${name} runs after its turn ended`,
  );
  world.note(() => `${name} runs`);
  call.signal = context.signal;
  let output: ToolOutput | Promise<ToolOutput>;
  try {
    output = behave(world, call, context);
  } catch (error) {
    call.settled = { step: world.step, how: "threw", error };
    throw error;
  }
  if (!(output instanceof Promise)) return settled(world, call, output);
  return output.then(
    (value) => settled(world, call, value),
    (error: unknown) => {
      call.settled ??= { step: world.step, how: "threw", error };
      world.note(() => `${name} threw`);
      throw error;
    },
  );
}

function settled(world: World, call: CallRecord, output: ToolOutput): ToolOutput {
  const tells =
    output === noReply ? "(no reply)" : typeof output === "string" ? output.slice(0, 100) : "(no output)";
  call.settled ??= { step: world.step, how: "returned", tells: tells === "" ? "(no output)" : tells };
  world.note(() => `${call.node.name} ${call.id} gives back ${tells.slice(0, 20)}`);
  return output;
}

function behave(world: World, call: CallRecord, context: ToolContext): ToolOutput | Promise<ToolOutput> {
  const { random } = world;
  const { signal } = context;
  if (world.has("progress")) context.progress({ done: 1 });
  if (world.has("throws")) throw new Error(`broken ${call.id}`);
  if (world.has("hangs", 0.1))
    return heard(world, Infinity, signal).then(() => Promise.reject(signal.reason as Error));
  if (world.has("deaf-tools", 0.1)) {
    return random.chance(0.2)
      ? new Promise(() => undefined)
      : later(world, random.below(6000), () => said(world, call));
  }
  if (world.has("slow-tools", 0.5)) {
    return heard(world, random.below(1000), signal).then(() => {
      if (signal.aborted && random.chance(0.5)) throw signal.reason;
      return said(world, call);
    });
  }
  if (world.has("resets", 0.05)) operate.reset(world, call.node, someLimits(world));
  if (world.has("calls-back", 0.2)) return callsBack(world, call, context);
  if (world.has("children", 0.3)) return asksChild(world, call, context);
  if (world.has("forks-in-tools", 0.1)) return asksFork(world, call);
  if (random.chance(0.3)) return said(world, call);
  return later(world, 20, () => said(world, call));
}

async function later(world: World, most: number, output: () => ToolOutput): Promise<ToolOutput> {
  await world.pause(most);
  return output();
}

function said(world: World, call: CallRecord): ToolOutput {
  if (world.has("no-reply", 0.1)) return noReply;
  if (world.has("empty-results")) return world.random.pick(["", undefined]);
  if (world.faults.has("same-results")) return "the same";
  const marker = `result of ${call.id}, ${world.count()};${padding(world)}`;
  return world.has("big-results", 0.1)
    ? marker + "x".repeat(world.random.chance(0.05) ? 300_000 : 3000)
    : marker;
}

/** A conversation is busy while its tools run, and may be cancelled by them. */
async function callsBack(
  world: World,
  call: CallRecord,
  { conversation, callId }: ToolContext,
): Promise<ToolOutput> {
  const { node } = call;
  switch (world.random.below(3)) {
    case 0: {
      const error = await conversation.send("hello?").catch((reason: unknown) => reason);
      const busy = error instanceof ConfigurationError && error.code === "busy";
      world.expect(
        busy || call.operation?.over !== false,
        () => `${node.name} was not busy: ${String(error)}`,
      );
      break;
    }
    case 1:
      operate.cancel(world, node);
      break;
    default:
      operate.cancelTool(world, node, callId);
  }
  return said(world, call);
}

/** What a tool asks with a child of its call ends with the call. */
async function asksChild(world: World, call: CallRecord, context: ToolContext): Promise<ToolOutput> {
  if (call.node.depth >= 2) return said(world, call);
  const child = childOf(world, call.node, world.random.chance(0.7) ? { call, context } : undefined);
  const work = (): Promise<unknown> =>
    world.random.chance(0.5)
      ? operate.send(world, child, "look into it")
      : operate.turn(world, child, "look into it");
  if (world.has("floating-children")) world.background(work);
  else await work();
  return said(world, call);
}

async function asksFork(world: World, call: CallRecord): Promise<ToolOutput> {
  const fork = forkOf(world, call.node);
  world.background(() => operate.turn(world, fork, "what do you think?"));
  return said(world, call);
}
