import { getEventListeners } from "node:events";
import { createConversation } from "../../src/conversation/conversation.ts";
import { History } from "../../src/llm/history.ts";
import { begin, listener, policy } from "./actors.ts";
import { budgetOf } from "./accounts.ts";
import { judgeBudgets } from "./judge-budgets.ts";
import { EventJudge } from "./judge-events.ts";
import { RequestJudge } from "./judge-requests.ts";
import { someLimits } from "./descendants.ts";
import { operate } from "./operations.ts";
import { plantInLedger, type Plants } from "./plants.ts";
import { Provider } from "./provider.ts";
import { sloppy } from "./sloppy.ts";
import { tools } from "./tools.ts";
import { Cause, isDead, PATIENCE, World, type Node } from "./world.ts";

/** When all must have ended, in milliseconds of the schedule's own time. */
const DEADLINE = 600_000;

/** How one schedule went. */
export interface Outcome {
  readonly seed: number;
  readonly failures: readonly string[];
  /** What happened, where it was asked for. */
  readonly trace: readonly string[];
}

/** Runs the schedule of a seed: to its end, and then once more with each conversation in it. */
export async function runSchedule(seed: number, plant: Plants = {}, traced = false): Promise<Outcome> {
  const world = new World(seed, plant, traced);
  const unhandled = (error: unknown): void => world.fail(`an unhandled rejection: ${String(error)}`);
  // A test runner that listens too would take a planted one for its own.
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", unhandled);
  const restore = plantInLedger(plant);
  try {
    const root = open(world);
    begin(world, root);
    world.background(() => losePatience(world, root));
    await untilRest(world);
    judgeRest(world);
    world.calm = true;
    for (const node of world.nodes.slice()) world.background(() => goOn(world, node));
    await untilRest(world);
    judgeRest(world);
  } finally {
    restore();
    process.off("unhandledRejection", unhandled);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return { seed, failures: world.failures, trace: world.trace ?? [] };
}

function open(world: World): Node {
  const { plants } = world;
  const events = new EventJudge(world);
  const provider = new Provider(world, new RequestJudge(world));
  world.modelOf = (node) => provider.model(node);
  world.tools = plants.tool === undefined ? tools : tools.map(plants.tool);
  const hear = listener(world, (event) => events.hear(event));
  const limits = someLimits(world);
  const controller = new AbortController();
  const signal = world.faults.has("dead-signal") ? controller.signal : undefined;
  const messages = world.faults.has("sloppy-start") ? sloppy(world) : undefined;
  world.policyOf = (node) => policy(world, node);
  const approve = world.policyOf(() => root);
  const conversation = createConversation({
    model: world.modelOf(() => root),
    tools: world.tools,
    system: "Be brief.",
    extra: world,
    onEvent: plants.hear?.(hear) ?? hear,
    machine: { clock: plants.clock?.(world.clock) ?? world.clock, random: () => world.random.next() },
    ...(approve !== undefined && { approve }),
    ...(plants.unlimited !== true && { budget: budgetOf(limits) }),
    ...(signal !== undefined && { signal: plants.signal?.(signal) ?? signal }),
    ...(messages !== undefined && { messages: plants.unrepaired === true ? History.of(messages) : messages }),
    ...(world.faults.has("few-at-once") && { toolConcurrency: 1 + world.random.below(3) }),
  });
  const root: Node = world.add(conversation, undefined, limits, { signal, call: undefined });
  if (signal !== undefined) {
    world.signals.push(signal);
    world.background(async () => {
      await world.pause(20_000);
      if (world.random.chance(0.5)) world.clock.quiet(() => endAll(world, controller));
    });
  }
  return root;
}

/** The signal that all conversations were given is aborted. */
function endAll(world: World, controller: AbortController): void {
  world.note("the signal of all is aborted");
  for (const node of world.nodes)
    if (node.signal !== undefined) for (const operation of node.operations) world.cancelled(operation);
  controller.abort(new Cause("the end of all"));
}

/** Whatever hangs by then is cancelled. */
async function losePatience(world: World, root: Node): Promise<void> {
  await world.clock.after(PATIENCE);
  // What began before, and went on since, may still come to something that takes for ever.
  for (let times = 0; times < 4; times++) {
    for (const node of [root, ...world.nodes]) operate.cancel(world, node);
    await world.clock.after(10_000);
  }
}

/** Has everything run that can, and time pass where nothing can, until nothing is left that waits. */
async function untilRest(world: World): Promise<void> {
  for (;;) {
    world.step++;
    // Whatever is ready runs before this does, in as many turns of the queue as it takes.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (world.clock.engineTimers > 0 && world.failures.length === 0 && isIdle(world))
      world.fail(`${world.clock.engineTimers} timers are left when nothing is under way`);
    if (world.clock.monotonic() > DEADLINE) return world.fail("it goes on and on");
    if (!world.clock.fire()) return;
    // Some of those that are due at once do not see what comes of the others.
    while (world.random.chance(0.3) && world.clock.fire(true));
  }
}

function isIdle({ nodes }: World): boolean {
  return nodes.every(({ operations }) => operations.size === 0);
}

function judgeRest(world: World): void {
  world.expect(world.running.size === 0, () => `${world.running.size} actors hang`);
  world.expect(world.clock.engineTimers === 0, () => `${world.clock.engineTimers} timers are left`);
  for (const signal of world.signals) {
    const left = getEventListeners(signal, "abort").length;
    world.expect(left === 0, () => `${left} listeners are left on a signal`);
  }
  judgeBudgets(world);
  for (const node of world.nodes) {
    for (const { kind } of node.operations) world.fail(`${node.name}: ${kind} hangs`);
    for (const difference of node.books.differences(node.conversation.usage()))
      world.fail(`${node.name}: ${difference}`);
    for (const call of node.calls.values())
      world.expect(
        call.started === 0 || call.results === 1,
        () => `${node.name}: ${call.id} began, and has ${call.results} results`,
      );
  }
}

/** Whatever happened, the conversation can be used. */
async function goOn(world: World, node: Node): Promise<void> {
  if (isDead(node)) return;
  const free = world.random.chance(0.5);
  // Whatever was spent, frozen or over, other limits begin anew.
  if (free)
    for (let at: Node | undefined = node; at !== undefined; at = at.parent) operate.reset(world, at, {});
  const { refusals } = node;
  const answer = await operate.send(world, node, "Are you there?");
  const refused = node.refusals > refusals && !free;
  world.expect(answer?.text === "Yes." || refused, () => `${node.name}: it cannot be used again`);
}
