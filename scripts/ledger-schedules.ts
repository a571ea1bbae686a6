// Random schedules of reservations in random trees of conversations, kept a second time by sums of our own: whether any
// limit was ever passed, or anything stayed held. Then, how much of a budget can be used before it refuses.
// node scripts/ledger-schedules.ts [--schedules 100000] [--seed 1]

import { parseArgs } from "node:util";
import { Ledger, type Reservation } from "../src/conversation/ledger.ts";
import { amountsFor, longestPayable, type WorstCase } from "../src/conversation/worst-case.ts";
import { BudgetExceeded, type BudgetLimit } from "../src/llm/errors.ts";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const schedules = Number(values.schedules);
const seed = Number(values.seed);

/** mulberry32 */
let state = seed >>> 0;
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n: number): number => Math.floor(random() * n);
const between = (low: number, high: number): number => low + below(high - low + 1);

/** Dollars of the budgets whose use is measured. */
const budgets = [1, 2, 5, 10];

/** Pico-dollars per token: a usual model's. */
const price = { input: 3_000_000n, cacheRead: 300_000n, cacheWrite: 3_750_000n, output: 15_000_000n };

const begun = performance.now();
let overspent = 0;
let refused = 0;
let reserved = 0;
for (let i = 0; i < schedules; i++) if (!runSchedule()) overspent++;
const seconds = (performance.now() - begun) / 1000;
const shares = budgets.map((dollars) => usable(100, dollars));
const used = shares.reduce((sum, share) => sum + share, 0) / shares.length;
console.log(
  `seed ${seed}: ${reserved} reservations, ${refused} refusals, ${Math.round(schedules / seconds)} schedules/s`,
);
console.log(
  `usable of ${budgets.map((dollars, i) => `$${dollars}: ${((shares[i] ?? 0) * 100).toFixed(1)}%`).join(", ")}`,
);
console.log(
  `${schedules} schedules, ${overspent} overspent, ${(used * 100).toFixed(1)}% of the budget usable before refusal`,
);
process.exitCode = overspent === 0 ? 0 : 1;

/** What one set of limits has used, by our own sums. */
interface Sum {
  readonly dollars: bigint | undefined;
  readonly tokens: bigint | undefined;
  spentDollars: bigint;
  spentTokens: bigint;
  heldDollars: bigint;
  heldTokens: bigint;
}

interface Open {
  readonly held: Reservation;
  readonly sums: readonly Sum[];
  readonly dollars: bigint;
  readonly tokens: bigint;
  readonly node: number;
  readonly worst: WorstCase;
}

/** One tree, one random order of what can happen; whether every limit held and nothing stayed behind. */
function runSchedule(): boolean {
  const size = 1 + below(6);
  const parents: (number | undefined)[] = [];
  const ledgers: Ledger[] = [];
  const sums: Sum[] = [];
  let sound = true;
  const limit = (node: number): void => {
    const limits = new Map<BudgetLimit, bigint>();
    if (below(4) > 0) limits.set("dollars", BigInt(below(2000)) * 1_000_000_000n);
    if (below(4) === 0) limits.set("tokens", BigInt(below(100_000)));
    (ledgers[node] as Ledger).limit("", limits, 0);
    const dollars = limits.get("dollars");
    const tokens = limits.get("tokens");
    sums[node] = { dollars, tokens, spentDollars: 0n, spentTokens: 0n, heldDollars: 0n, heldTokens: 0n };
  };
  for (let node = 0; node < size; node++) {
    parents.push(node === 0 ? undefined : below(node));
    const parent = parents[node];
    ledgers.push(new Ledger(parent === undefined ? undefined : ledgers[parent]));
    limit(node);
  }
  const open: Open[] = [];
  const reserve = (node: number, worst: WorstCase): void => {
    const ledger = ledgers[node] as Ledger;
    const left = { dollars: ledger.left("dollars"), tokens: ledger.left("tokens") };
    const amounts = amountsFor(worst, longestPayable(worst, left));
    const { dollars = 0n, tokens = 0n } = amounts;
    const chain: Sum[] = [];
    for (let at: number | undefined = node; at !== undefined; at = parents[at]) chain.push(sums[at] as Sum);
    try {
      const held = ledger.reserve(amounts);
      reserved++;
      for (const sum of chain) {
        sum.heldDollars += dollars;
        sum.heldTokens += tokens;
        if (sum.dollars !== undefined && sum.spentDollars + sum.heldDollars > sum.dollars) sound = false;
        if (sum.tokens !== undefined && sum.spentTokens + sum.heldTokens > sum.tokens) sound = false;
      }
      open.push({ held, sums: chain, dollars, tokens, node, worst });
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      refused++;
    }
  };
  const end = (which: number): void => {
    const last = open.pop() as Open;
    const one = which < open.length ? (open[which] as Open) : last;
    if (which < open.length) open[which] = last;
    const how = below(8);
    // Settled with a part of it, charged whole, or released.
    const share = how < 5 ? BigInt(below(1001)) : how < 7 ? 1000n : 0n;
    const dollars = (one.dollars * share) / 1000n;
    const tokens = (one.tokens * share) / 1000n;
    if (how === 7) one.held.release();
    else one.held.settle(how < 5 ? { dollars, tokens } : {}, { caller: "", responseId: "" });
    for (const sum of one.sums) {
      sum.heldDollars -= one.dollars;
      sum.heldTokens -= one.tokens;
      sum.spentDollars += dollars;
      sum.spentTokens += tokens;
    }
    // An attempt that failed is tried again, as a new reservation.
    if (how >= 5 && below(2) === 0) reserve(one.node, one.worst);
  };
  const steps = 6 + below(18);
  for (let step = 0; step < steps; step++) {
    const dice = below(20);
    if (dice === 0) limit(below(size));
    else if (dice < 10 || open.length === 0) {
      const input = below(20_000);
      const output = 1 + below(8000);
      const fixed = BigInt(input) * price.cacheWrite;
      reserve(below(size), { input, output, least: Math.min(256, output), fixed, perOutput: price.output });
    } else end(below(open.length));
  }
  while (open.length > 0) end(below(open.length));
  for (const [node, ledger] of ledgers.entries()) {
    const { dollars, tokens } = ledger.state(0);
    const sum = sums[node] as Sum;
    if (dollars !== undefined && dollars.spent.picodollars !== sum.spentDollars) sound = false;
    if (dollars !== undefined && dollars.reserved.picodollars !== 0n) sound = false;
    if (tokens !== undefined && (tokens.reserved !== 0 || BigInt(tokens.spent) !== sum.spentTokens))
      sound = false;
  }
  return sound;
}

/**
 * The share of a budget that is spent when it refuses for good. The workload is an agent's: instructions
 * and tools of 3,000 tokens; each step adds 100 to 3,000 tokens of results at 3 to 4 bytes a token, and is answered with
 * 50 to 1,500 tokens of the 8,192 that are allowed; what was sent before is read from the cache. At 150,000 tokens it
 * begins anew. One to four such agents work at once as children; one that is refused waits for the others to be
 * answered, and the refusal counts when nothing is in flight.
 */
function usable(runs: number, budget: number): number {
  let sum = 0;
  for (let run = 0; run < runs; run++) {
    const allowed = BigInt(budget) * 1_000_000_000_000n;
    const root = new Ledger(undefined);
    root.limit("", new Map([["dollars", allowed]]), 0);
    const agents = Array.from({ length: 1 + below(4) }, () => ({
      ledger: new Ledger(root),
      known: 0,
      fresh: 0,
    }));
    for (let refusals = 0; refusals === 0;) {
      const flying: (() => void)[] = [];
      for (const agent of agents) {
        if (agent.known > 150_000) agent.known = 0;
        if (agent.fresh === 0) agent.fresh = between(100, 3000) + (agent.known === 0 ? 3000 : 0);
        const { known, fresh } = agent;
        const input = known + Math.ceil(fresh * (3 + random())) + (known === 0 ? 2048 : 96);
        const fixed = BigInt(input) * price.cacheWrite;
        const worst = { input, output: 8192, least: 256, fixed, perOutput: price.output };
        const most = longestPayable(worst, { dollars: agent.ledger.left("dollars"), tokens: undefined });
        let held: Reservation;
        try {
          held = agent.ledger.reserve(amountsFor(worst, most));
        } catch (error) {
          if (error instanceof BudgetExceeded) continue;
          throw error;
        }
        const output = Math.min(between(50, 1500), most);
        const dollars =
          BigInt(known) * price.cacheRead + BigInt(fresh) * price.cacheWrite + BigInt(output) * price.output;
        flying.push(() => {
          held.settle({ dollars }, { caller: "", responseId: "" });
          agent.known = known + fresh + output;
          agent.fresh = 0;
        });
      }
      if (flying.length === 0) refusals++;
      for (const land of flying) land();
    }
    const { dollars } = root.state(0);
    sum += (dollars?.spent.dollars ?? 0) / (dollars?.limit.dollars ?? 1);
  }
  return sum / runs;
}
