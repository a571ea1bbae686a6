import type { Budget } from "../../conversation/budget.ts";
import type { Conversation } from "../../conversation/conversation.ts";
import { decimal, formatDollars } from "../../llm/money.ts";

/** Limits that are shared out. Wall time is not: the ancestors' deadline holds for all below them. */
const limits = ["dollars", "tokens", "responses", "toolCalls"] as const;
type Shared = (typeof limits)[number];

/** A budget for a child, or why there is none, for the model. */
export type Share =
  | { readonly type: "budget"; readonly budget: Budget }
  | { readonly type: "nothing"; readonly why: string };

/** What a child is to have. */
export interface Wanted {
  /** So much of what is left: 4 for a quarter. */
  readonly part: number;
  /** Dollars that were asked for; as much of it as is left is given. */
  readonly dollars: number | undefined;
  /** Conversations whose own shares, as far as they are not spent, are left alone. */
  readonly promised: readonly Conversation[];
}

/**
 * A budget out of what is left to a conversation, here and at every ancestor: a part of it, of each limit that there is,
 * so that children who share cannot leave their parent without the means to go on. It is a bound below the parent's own,
 * which the ledger holds every call to before it is sent.
 */
export function share(parent: Conversation, { part, dollars, promised }: Wanted): Share {
  const budget: { -readonly [name in keyof Budget]: Budget[name] } = {};
  for (const name of limits) {
    const free = freeOf(parent, name, promised);
    const asked = name === "dollars" && dollars !== undefined ? decimal(dollars.toFixed(12), 12) : undefined;
    if (free === undefined && asked === undefined) continue;
    const amount = amountFrom(free, asked, BigInt(part));
    if (amount <= 0n) return { type: "nothing", why: `nothing is left of the budget's ${words[name]}` };
    if (name === "dollars") budget.dollars = formatDollars(amount).slice(1);
    else budget[name] = Number(amount);
  }
  return { type: "budget", budget };
}

const words: Readonly<Record<Shared, string>> = {
  dollars: "dollars",
  tokens: "tokens",
  responses: "answers",
  toolCalls: "calls of tools",
};

function amountFrom(free: bigint | undefined, asked: bigint | undefined, part: bigint): bigint {
  if (free === undefined) return asked ?? 0n;
  if (asked !== undefined) return asked < free ? asked : free;
  const amount = free / part;
  // Of a few answers a quarter is none.
  return amount === 0n && free > 0n ? 1n : amount;
}

/** What nobody has been promised; undefined where there is no limit. */
function freeOf(parent: Conversation, name: Shared, promised: readonly Conversation[]): bigint | undefined {
  let least: bigint | undefined;
  const chain = new Set<Conversation>();
  for (let at: Conversation | undefined = parent; at !== undefined; at = at.parent) {
    chain.add(at);
    const left = leftOf(at, name);
    if (left === undefined) continue;
    let free = left;
    for (const child of promised) {
      if (child.parent === at && !chain.has(child)) free -= leftOf(child, name) ?? 0n;
    }
    if (least === undefined || free < least) least = free;
  }
  return least;
}

function leftOf(conversation: Conversation, name: Shared): bigint | undefined {
  const state = conversation.budget()[name];
  if (state === undefined) return undefined;
  return typeof state.left === "number" ? BigInt(state.left) : state.left.picodollars;
}
