import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { ToolPolicy, Verdict } from "../../src/conversation/tool-batch.ts";
import { ConfigurationError } from "../../src/llm/errors.ts";
import { childOf, forkOf, someLimits } from "./descendants.ts";
import { operate } from "./operations.ts";
import { ListenerError, type Node, type World } from "./world.ts";

/** Those who use a conversation at the same time: one who talks, and others as the faults of the schedule say. */
export function begin(world: World, root: Node): void {
  talk(world, root);
  if (world.faults.has("second-sender")) talk(world, root);
  if (world.faults.has("children")) talk(world, childOf(world, root));
  if (world.faults.has("children") && world.random.chance(0.3)) talk(world, childOf(world, root));
  if (world.faults.has("cancels")) repeat(world, () => operate.cancel(world, someNode(world)));
  if (world.faults.has("cancels-tools")) repeat(world, () => cancelSome(world));
  if (world.faults.has("resets"))
    repeat(world, () => world.clock.quiet(() => resetSome(world, someNode(world))));
  if (world.faults.has("forks")) repeat(world, () => talk(world, forkOf(world, someNode(world))));
}

/** Somebody who says one thing after another. */
function talk(world: World, node: Node): void {
  world.background(async () => {
    for (let count = 1 + world.random.below(4); count > 0; count--) {
      await world.pause(world.random.pick([20, 3000]));
      await say(world, node);
    }
  });
}

async function say(world: World, node: Node): Promise<void> {
  const { random } = world;
  const text = world.has("blanks", 0.2) ? random.pick(["", " ", "\n"]) : `Say ${world.count()}.`;
  const signal = someSignal(world, node);
  if (world.has("outputs")) return operate.output(world, node, text, { signal });
  if (world.has("streams")) return operate.stream(world, node, text, { signal });
  if (world.has("compaction")) return operate.compact(world, node, { signal });
  if (random.chance(0.3)) {
    const response = await operate.send(world, node, random.chance(0.1) ? undefined : text, { signal });
    if (response !== undefined && response.toolCalls.length > 0 && world.faults.has("by-hand"))
      await operate.runTools(world, node, response, { signal });
    return;
  }
  await operate.turn(world, node, random.chance(0.1) ? undefined : text, {
    ...(signal !== undefined && { signal }),
    ...(world.has("few-steps") && { maxSteps: random.below(4) }),
    ...(world.faults.has("steering") && { steering: () => steered(world) }),
  });
}

function steered(world: World): string | undefined {
  if (!world.has("steering", 0.1)) return undefined;
  return world.has("blanks") ? " " : `And ${world.count()}.`;
}

/** A signal of somebody who loses patience, now and then. */
function someSignal(world: World, node: Node): AbortSignal | undefined {
  if (!world.has("aborts", 0.6)) return undefined;
  const controller = new AbortController();
  const signal = world.plants.signal?.(controller.signal) ?? controller.signal;
  world.signals.push(signal);
  world.background(async () => {
    await world.pause(world.random.pick([20, 200, 4000]));
    if (world.random.chance(0.5)) return;
    world.clock.quiet(() => {
      const operations = [...node.operations].filter(({ signal: given }) => given === signal);
      operate.abort(world, node, operations, controller);
    });
  });
  return signal;
}

function repeat(world: World, act: () => void): void {
  world.background(async () => {
    for (let count = 1 + world.random.below(3); count > 0; count--) {
      await world.pause(world.random.pick([20, 200, 5000]));
      act();
    }
  });
}

function someNode(world: World): Node {
  return world.nodes[world.random.below(world.nodes.length)] as Node;
}

function cancelSome(world: World): void {
  const node = someNode(world);
  const id = world.random.pick([...node.calls.keys()]) ?? "no such call";
  operate.cancelTool(world, node, id);
}

/** Somebody gives a conversation other limits, or the same anew. */
function resetSome(world: World, node: Node): void {
  if (!world.calm) operate.reset(world, node, world.random.chance(0.3) ? undefined : someLimits(world));
}

/** Who says which calls may run: at once, later, or not at all. */
export function policy(world: World, of: () => Node): ToolPolicy | undefined {
  if (!world.faults.has("approval")) return undefined;
  return (part) => {
    const node = of();
    const call = world.call(node, part.id);
    const operation = [...node.operations].at(-1);
    world.expect(call.askedBy !== operation, () => `${node.name}: leave for ${call.id} was asked twice`);
    // Another turn may ask again, where no call was run before.
    if (call.askedBy !== undefined) Object.assign(call, { leave: "none", approvals: 0 });
    call.askedBy = operation;
    const verdict = someVerdict(world);
    const said = (): Verdict => {
      if (call.leave === "none") call.leave = leaveOf(verdict);
      return verdict;
    };
    if (world.has("broken-approval", 0.2)) {
      call.leave = "denied";
      throw new Error("nobody knows");
    }
    return world.has("slow-approval", 0.5) ? world.clock.after(world.random.below(500)).then(said) : said();
  };
}

function someVerdict(world: World): Verdict {
  return world.calm ? "allow" : world.random.pick(["allow", "ask", "deny", { deny: "no" }]);
}

function leaveOf(verdict: Verdict): "asked" | "allowed" | "denied" {
  return verdict === "ask" ? "asked" : verdict === "allow" ? "allowed" : "denied";
}

/** Listens for everything there is to hear; decides what is asked, and does now and then what a listener should not. */
export function listener(
  world: World,
  judge: (event: ConversationEvent) => void,
): (event: ConversationEvent) => void {
  return (event) => {
    judge(event);
    if (event.type === "tool-approval") decide(world, event.conversationId, event.callId);
    if (event.type === "tool-start" && world.has("cancelling-listener", 0.1)) {
      const node = world.find(event.conversationId);
      if (node !== undefined) operate.cancelTool(world, node, event.callId);
    }
    if (world.has("cancelling-listener", 0.02)) operate.cancel(world, someNode(world));
    if (world.has("bad-listener", 0.02)) {
      world.note("the listener throws");
      throw new ListenerError(`at ${event.type}`);
    }
  };
}

/** Somebody decides, at once or later. */
function decide(world: World, conversationId: string, callId: string): void {
  const node = world.find(conversationId);
  if (node === undefined) return;
  const say = (): void => {
    const call = world.call(node, callId);
    const verdict = world.random.pick(["allow", "deny", { deny: "no" }]);
    try {
      node.conversation.decide(callId, verdict);
      world.note(() => `${node.name} ${callId} is decided: ${JSON.stringify(verdict)}`);
      world.expect(call.results === 0, () => `${node.name}: ${callId} was over, and could be decided`);
      call.leave = leaveOf(verdict);
    } catch (error) {
      const told = error instanceof ConfigurationError && error.code === "no-such-call";
      if (!told) world.fail(`${node.name}: deciding ${callId}: ${String(error)}`);
    }
  };
  if (world.random.chance(0.3)) return say();
  world.background(async () => {
    await world.pause(1000);
    say();
  });
}
