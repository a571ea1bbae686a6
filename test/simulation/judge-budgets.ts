import { BudgetBroken, BudgetExceeded } from "../../src/llm/errors.ts";
import type { Account, Amounts, Countable, Range } from "./accounts.ts";
import type { Passage } from "./books.ts";
import type { Node, World } from "./world.ts";

/** An answer for which more was billed than its provider promised. */
export interface Lie {
  readonly node: Node;
  readonly billed: Amounts;
  readonly passage: Passage;
  told: boolean;
}

/** Whether what a budget refused with, or was broken by, is true. Says once of each error what is not. */
export function isTrue(world: World, node: Node, error: unknown): boolean {
  if (!(error instanceof BudgetExceeded || error instanceof BudgetBroken)) return false;
  const known = world.judged.get(error);
  if (known !== undefined) return known;
  const wrong = error instanceof BudgetExceeded ? refusal(world, node, error) : breach(world, error);
  world.judged.set(error, wrong === undefined);
  if (wrong !== undefined) world.fail(`${node.name}: ${wrong}: ${error.message}`);
  return wrong === undefined;
}

/** What is wrong with a refusal. */
function refusal(world: World, node: Node, error: BudgetExceeded): string | undefined {
  const owner = ownerOf(node, error.conversationId);
  if (owner === undefined) return "no ancestor has the budget that refused";
  const { limit, spent, reserved, used, needed } = error;
  if (limit === "wallTimeMs") return late(world, owner, error);
  const unit = limit === "dollars" ? 1e12 : 1;
  const inUnits = (amount: number): number => Math.round(amount * unit);
  if (inUnits(used) !== inUnits(spent) + inUnits(reserved))
    return "what is used is not what is spent and held";
  if (needed <= 0 || inUnits(used) + inUnits(needed) <= inUnits(error.allowed)) return "there was room";
  // What began under other limits stays with them, in all its attempts.
  const since = Math.min(world.step - 1, node.began);
  const allowing = owner.books.accounts.filter(
    ({ limits, endedAt }) => endedAt >= since && limits[limit] === inUnits(error.allowed),
  );
  if (allowing.length === 0) return "nobody was given this limit";
  const ranges = allowing.map((account) => account.line(limit)?.lately(world.step));
  if (ranges.some((range) => range !== undefined && fits(range, inUnits(spent), inUnits(reserved))))
    return undefined;
  return `the numbers are not those of the books (${ranges.map(inWords).join(" or ")})`;
}

function fits({ spent, held, used }: Range, isSpent: number, isHeld: number): boolean {
  const each = spent[0] <= isSpent && isSpent <= spent[1] && held[0] <= isHeld && isHeld <= held[1];
  return each && isSpent + isHeld <= used;
}

function inWords(range: Range | undefined): string {
  return range === undefined ? "none" : `spent ${range.spent.join(" to ")}, held ${range.held.join(" to ")}`;
}

function late(
  world: World,
  { books }: Node,
  { allowed, spent, reserved, needed }: BudgetExceeded,
): string | undefined {
  if (spent < allowed) return "there was time left";
  if (reserved !== 0 || needed !== 0) return "time cannot be held";
  const passed = books.accounts.some(
    ({ limits, from }) => limits.wallTimeMs === allowed && spent <= world.clock.monotonic() - from.ms,
  );
  return passed ? undefined : "so much time has not passed";
}

/** What is wrong with what is told of a call that used more than it could. */
function breach(world: World, error: BudgetBroken): string | undefined {
  const { limit, actual, reserved, responseId, conversationId } = error;
  const unit = limit === "dollars" ? 1e12 : 1;
  const billed = Math.round(actual * unit);
  // One that was cut has no id.
  const lie =
    world.lies.get(responseId) ?? [...world.lies.values()].findLast((each) => each.billed[limit] === billed);
  if (lie === undefined) return "a provider kept its promises, and is said not to have";
  if (billed !== lie.billed[limit]) return `${lie.billed[limit]} was billed`;
  if (reserved >= actual) return "no more was used than was held";
  if (Math.round(reserved * unit) < (lie.passage.worst[limit] ?? 0)) return "too little was held";
  const eldest = lie.passage.accounts.findLast((account) => limits(account, limit));
  const owner = ownerOf(lie.node, conversationId);
  if (eldest === undefined || owner?.books.accounts.includes(eldest) !== true)
    return "another budget than the eldest is frozen";
  lie.told = true;
  eldest.frozen = true;
  return undefined;
}

function limits(account: Account, limit: Countable): boolean {
  return account.limits[limit] !== undefined;
}

function ownerOf(node: Node, conversationId: string): Node | undefined {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent)
    if (at.conversation.id === conversationId) return at;
  return undefined;
}

/** What must be true of every budget when nothing is in flight. */
export function judgeBudgets(world: World): void {
  for (const { name, conversation, books } of world.nodes) {
    const state = conversation.budget();
    for (const line of books.account.lines) {
      const { limit, spent, reserved, left } = inUnits(state[line.name]);
      const { allowed, most } = line;
      const why = (what: string) => (): string => `${name}: ${line.name}: ${what}`;
      world.expect(limit === allowed, why(`limit ${limit} of ${allowed}`));
      world.expect(reserved === 0, why(`${reserved} is held for nothing`));
      world.expect(
        spent >= line.spent && spent <= most,
        why(`${spent} booked, ${line.spent} to ${most} used`),
      );
      world.expect(spent <= allowed + line.excess, why(`${spent} of ${allowed} booked`));
      world.expect(left === Math.max(0, allowed - spent), why(`${left} left`));
    }
    const named = Object.keys(state).toSorted().join();
    const given = Object.keys(books.limits).toSorted().join();
    world.expect(named === given, () => `${name}: limits ${named} instead of ${given}`);
  }
  for (const [id, { node, billed, passage, told }] of world.lies) {
    const certain = passage.accounts.some((account) =>
      account.lines.some(({ name, allowed }) => name !== "toolCalls" && (billed[name] ?? 0) > allowed + 1e6),
    );
    world.expect(told || !certain, () => `${node.name}: nobody is told that ${id} broke a budget`);
  }
}

interface State {
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  readonly left: number;
}

/** A line of a conversation's own state, in the smallest units. */
function inUnits(state: object | undefined): State {
  const entries = Object.entries(state ?? { limit: -1, spent: -1, reserved: -1, left: -1 });
  return Object.fromEntries(
    entries.map(([name, amount]: [string, number | { readonly picodollars: bigint }]) => [
      name,
      typeof amount === "number" ? amount : Number(amount.picodollars),
    ]),
  ) as unknown as State;
}
