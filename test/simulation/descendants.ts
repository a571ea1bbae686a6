import type { DerivedOptions } from "../../src/conversation/options.ts";
import type { ToolContext } from "../../src/conversation/tool.ts";
import { budgetOf, type Limits } from "./accounts.ts";
import type { Random } from "./random.ts";
import type { CallRecord, Node, World } from "./world.ts";

/** What a conversation that comes of another has of its own. */
function derived(world: World, limits: Limits, of: () => Node): DerivedOptions {
  const approve = world.policyOf(of);
  return {
    model: world.modelOf(of),
    ...(approve !== undefined && { approve }),
    ...(Object.keys(limits).length > 0 && { budget: budgetOf(limits) }),
    ...(world.random.chance(0.5) && { hidden: true }),
  };
}

/** A child, perhaps one that ends with a call. */
export function childOf(
  world: World,
  parent: Node,
  by?: { readonly call: CallRecord; readonly context: ToolContext },
): Node {
  const limits = someLimits(world);
  const from = by?.context ?? parent.conversation;
  const child = from.child({ ...derived(world, limits, () => node), tools: world.tools });
  const node: Node = world.add(
    child,
    parent,
    limits,
    by === undefined ? parent : { signal: undefined, call: by.call },
  );
  return node;
}

export function forkOf(world: World, of: Node): Node {
  const limits = someLimits(world);
  const fork = of.conversation.fork(derived(world, limits, () => node));
  // Its options are those of the one that it comes from, unless it has its own.
  const node: Node = world.add(
    fork,
    of.parent,
    Object.keys(limits).length > 0 ? limits : of.books.limits,
    of,
  );
  return node;
}

/** The limits of a conversation, if it has any. */
export function someLimits(world: World): Limits {
  return world.has("budgets", 0.5) ? limitsAt(world.random) : {};
}

/** Each limit now and then, from such as let nothing through to such as are hardly felt. */
function limitsAt(random: Random): Limits {
  const some = <Of>(limit: (most: number) => Of, most: readonly number[]): Of | undefined =>
    random.chance(0.4) ? limit(random.pick(most) ?? 0) : undefined;
  const below = (most: number): number => random.below(most);
  const limits = {
    dollars: some((most) => random.below(most) * 1000, [40_000_000, 300_000_000, 2_000_000_000]),
    tokens: some(below, [4000, 20_000, 100_000]),
    responses: some(below, [6]),
    toolCalls: some(below, [2, 10]),
    wallTimeMs: some(below, [100, 3000, 40_000]),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined));
}
