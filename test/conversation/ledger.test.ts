import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { readBudget, type Budget } from "../../src/conversation/budget.ts";
import { Ledger, type Amounts, type Reservation } from "../../src/conversation/ledger.ts";
import { BudgetBroken, BudgetExceeded, ConfigurationError } from "../../src/llm/errors.ts";

const call = { caller: "caller", responseId: "r" };

function limited(parent: Ledger | undefined, budget: Budget, id = "root"): Ledger {
  const ledger = new Ledger(parent);
  ledger.limit(id, readBudget(budget), 0);
  return ledger;
}

function refusal(run: () => unknown): BudgetExceeded {
  try {
    run();
  } catch (error) {
    if (error instanceof BudgetExceeded) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "it was not refused" });
}

test("what budgets are, and what they are not", () => {
  const pico = (dollars: number | string): bigint | undefined => readBudget({ dollars }).get("dollars");
  assert.equal(pico("0.50"), 500_000_000_000n);
  assert.equal(pico(0.1), 100_000_000_000n);
  assert.equal(pico(1e-7), 100_000n);
  assert.equal(pico(0.1 + 0.2), 300_000_000_000n);
  assert.equal(pico(1234.56 * 3), 3_703_680_000_000_000n);
  assert.equal(pico(1e-13), 0n);
  assert.equal(pico(12), 12_000_000_000_000n);
  assert.equal(pico("0.000000000001"), 1n);
  const wrong: unknown[] = [
    ...[-1, Number.NaN, Infinity, 1e21, "", "1e3", "-1", "1,5", "$1", "0.0000000000001", null, true].map(
      (dollars) => ({ dollars }),
    ),
    ...["tokens", "responses", "toolCalls", "wallTimeMs"].flatMap((name) =>
      [-1, 1.5, Number.NaN, Infinity, 2 ** 60, "3", null].map((value) => ({ [name]: value })),
    ),
    { maxDollars: 1 },
    { dollar: 1 },
  ];
  for (const budget of wrong) {
    assert.throws(
      () => readBudget(budget as Budget),
      (error) => error instanceof ConfigurationError && error.code === "invalid-option",
      JSON.stringify(budget),
    );
  }
  assert.equal(readBudget({}).size, 0);
});

test("nothing is held anywhere when one ancestor has no room, and the refusal has the numbers", () => {
  const root = limited(undefined, { dollars: "1" }, "root");
  const middle = new Ledger(root);
  const child = limited(middle, { dollars: "5", tokens: 100 }, "child");
  child.reserve({ dollars: 300_000_000_000n, tokens: 10n }).settle({}, call);
  const held = child.reserve({ dollars: 200_000_000_000n, tokens: 10n });
  const { limit, conversationId, allowed, spent, reserved, used, needed, message } = refusal(() =>
    child.reserve({ dollars: 600_000_000_000n, tokens: 10n }),
  );
  assert.deepEqual(
    { limit, conversationId, allowed, spent, reserved, used, needed },
    {
      limit: "dollars",
      conversationId: "root",
      allowed: 1,
      spent: 0.3,
      reserved: 0.2,
      used: 0.5,
      needed: 0.6,
    },
  );
  assert.equal(
    message,
    "budget reached: $0.50 of $1.00 used, $0.20 of it by calls in flight; $0.60 needed (conversation root)",
  );
  assert.equal(child.state(0).tokens?.reserved, 10, "the child held nothing for what was refused");
  assert.equal(child.left("dollars"), 500_000_000_000n);
  assert.equal(child.left("tokens"), 80n);
  assert.equal(middle.left("tokens"), undefined);
  held.release();
  assert.equal(root.state(0).dollars?.left.dollars, 0.7);
});

test("a limit can be used to its last pico-dollar, and not one more", () => {
  const ledger = limited(undefined, { dollars: "0.000000000003" });
  ledger.reserve({ dollars: 2n }).settle({}, call);
  ledger.reserve({ dollars: 1n });
  assert.equal(refusal(() => ledger.reserve({ dollars: 1n })).limit, "dollars");
  ledger.reserve({ dollars: 0n });
});

test("a reservation ends once", () => {
  const ledger = limited(undefined, { responses: 2 });
  const held = ledger.reserve({ responses: 1n });
  held.release();
  assert.throws(() => held.release(), TypeError);
  assert.throws(() => held.settle({}, call), TypeError);
  assert.equal(ledger.state(0).responses?.reserved, 0);
});

test("tools are counted all or none, and without limits not at all", () => {
  const root = limited(undefined, { toolCalls: 5 });
  const child = new Ledger(root);
  child.reserveToolCalls(3);
  const { spent, allowed, needed } = refusal(() => child.reserveToolCalls(3));
  assert.deepEqual([spent, allowed, needed], [3, 5, 3]);
  child.reserveToolCalls(2);
  assert.deepEqual(root.state(0).toolCalls, { limit: 5, spent: 5, reserved: 0, left: 0 });
  new Ledger(undefined).reserveToolCalls(1000);
});

test("the original's: 0.40 spent of 1.00, then reset: 1.00 more, though not of the parent's", () => {
  const parent = limited(undefined, { dollars: "1.20" }, "parent");
  const ledger = limited(parent, { dollars: 1 }, "child");
  ledger.reserve({ dollars: 400_000_000_000n }).settle({}, call);
  ledger.limit("child", readBudget({ dollars: 1 }), 0);
  assert.equal(ledger.state(0).dollars?.left.dollars, 1);
  assert.equal(ledger.left("dollars"), 800_000_000_000n);
  assert.equal(refusal(() => ledger.reserve({ dollars: 900_000_000_000n })).conversationId, "parent");
});

test("the deadline that comes first holds, whoever has it", () => {
  const root = limited(undefined, { wallTimeMs: 1000 }, "root");
  const child = limited(root, { wallTimeMs: 2000 }, "child");
  const grandchild = limited(child, { wallTimeMs: 500 }, "grandchild");
  const ids = [root, child, grandchild].map((each) => each.deadline()?.conversationId);
  assert.deepEqual(ids, ["root", "root", "grandchild"]);
  root.limit("root", readBudget({ wallTimeMs: 100 }), 350);
  assert.deepEqual(grandchild.deadline(), { conversationId: "root", from: 350, allowedMs: 100 });
  assert.equal(new Ledger(undefined).deadline(), undefined);
});

test("a call that broke its bound freezes the eldest budget it counts in, until that is reset", () => {
  const root = limited(undefined, { dollars: 1, responses: 9 }, "root");
  const top = limited(root, { tokens: 1000 }, "top");
  const child = limited(top, { tokens: 500, dollars: 1 }, "child");
  const sibling = new Ledger(top);
  const broken = child.reserve({ tokens: 10n, dollars: 0n }).settle({ tokens: 11n }, call);
  assert.ok(broken instanceof BudgetBroken);
  const { limit, conversationId, caller, responseId, reserved, actual } = broken;
  assert.deepEqual(
    { limit, conversationId, caller, responseId, reserved, actual },
    { limit: "tokens", conversationId: "top", caller: "caller", responseId: "r", reserved: 10, actual: 11 },
  );
  assert.throws(
    () => sibling.reserve({ responses: 1n }),
    (error) => error === broken,
  );
  assert.throws(
    () => child.reserveToolCalls(1),
    (error) => error === broken,
  );
  new Ledger(root).reserve({ responses: 1n });
  top.limit("top", readBudget({ tokens: 1000 }), 0);
  child.reserve({ tokens: 489n });
  assert.equal(refusal(() => child.reserve({ tokens: 1n })).spent, 11, "what it used counts all the same");
});

test("a provider's rounding breaks nothing", () => {
  const ledger = limited(undefined, { dollars: 1 });
  const round = ledger.reserve({ dollars: 5_000_000n }).settle({ dollars: 6_000_000n }, call);
  assert.equal(round, undefined);
  assert.ok(ledger.reserve({ dollars: 5_000_000n }).settle({ dollars: 6_000_001n }, call));
});

/* A book kept the slow way: every entry there ever was, summed up anew each time. */

const names = ["dollars", "tokens", "responses", "toolCalls"] as const;
type Name = (typeof names)[number];

interface Entry {
  /** The sets of limits that it counts in, by node. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly asked: Amounts;
  state: "open" | "released" | Amounts;
}

class SlowBook {
  readonly entries: Entry[] = [];
  readonly #limits: Map<Name, bigint>[];
  readonly #parents: readonly (number | undefined)[];
  readonly #epochs: number[];

  constructor(parents: readonly (number | undefined)[], limits: Map<Name, bigint>[]) {
    this.#parents = parents;
    this.#limits = limits;
    this.#epochs = parents.map(() => 0);
  }

  chain(node: number): number[] {
    const chain: number[] = [];
    for (let at: number | undefined = node; at !== undefined; at = this.#parents[at]) chain.push(at);
    return chain;
  }

  sums(node: number, name: Name): { readonly spent: bigint; readonly reserved: bigint } {
    let spent = 0n;
    let reserved = 0n;
    for (const { epochs, asked, state } of this.entries) {
      if (epochs.get(node) !== this.#epochs[node] || asked[name] === undefined || state === "released")
        continue;
      if (state === "open") reserved += asked[name];
      else spent += state[name] ?? asked[name];
    }
    return { spent, reserved };
  }

  allows(node: number, asked: Amounts): boolean {
    return this.chain(node).every((at) =>
      names.every((name) => {
        const allowed = this.#limits[at]?.get(name);
        const { spent, reserved } = this.sums(at, name);
        return (
          allowed === undefined || asked[name] === undefined || spent + reserved + asked[name] <= allowed
        );
      }),
    );
  }

  add(node: number, asked: Amounts): Entry {
    const epochs = new Map(this.chain(node).map((at) => [at, this.#epochs[at] as number]));
    const entry: Entry = { epochs, asked, state: "open" };
    this.entries.push(entry);
    return entry;
  }

  reset(node: number, limits: Map<Name, bigint>): void {
    this.#limits[node] = limits;
    (this.#epochs[node] as number)++;
  }

  limit(node: number, name: Name): bigint | undefined {
    return this.#limits[node]?.get(name);
  }
}

const amount = fc.bigInt(0n, 20n);
const amounts = fc.record(
  { dollars: amount, tokens: amount, responses: fc.constant(1n), toolCalls: fc.bigInt(0n, 3n) },
  { requiredKeys: [] },
);
const budget = fc.dictionary(fc.constantFrom(...names), fc.bigInt(0n, 60n), { maxKeys: 3 });
const who = fc.nat(6);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("reserve" as const), who, amounts }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("settle" as const, "charge" as const, "release" as const, "retry" as const),
      which: fc.nat(20),
      share: fc.bigInt(0n, 4n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("tools" as const), who, count: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("reset" as const), who, budget }) },
);

test("whatever is reserved, settled, cut, retried and reset in any tree and order: as the slow book has it", () => {
  const tree = fc.array(fc.record({ parent: fc.nat(6), budget }), { minLength: 1, maxLength: 7 });
  const seen = { reserved: 0, refused: 0 };
  fc.assert(
    fc.property(tree, fc.array(step, { minLength: 5, maxLength: 60, size: "max" }), (nodes, schedule) => {
      const parents = nodes.map(({ parent }, at) => (at === 0 ? undefined : parent % at));
      const limitsOf = (given: Record<string, bigint>): Map<Name, bigint> =>
        new Map(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
      const slow = new SlowBook(
        parents,
        nodes.map((node) => limitsOf(node.budget)),
      );
      const ledgers: Ledger[] = [];
      for (const [at, parent] of parents.entries()) {
        const ledger = new Ledger(parent === undefined ? undefined : ledgers[parent]);
        ledger.limit(String(at), limitsOf((nodes[at] as (typeof nodes)[number]).budget), 0);
        ledgers.push(ledger);
      }
      const open: { readonly node: number; readonly entry: Entry; readonly held: Reservation }[] = [];
      const reserve = (node: number, asked: Amounts): void => {
        const allowed = slow.allows(node, asked);
        const before = ledgers.map((each) => each.state(0));
        try {
          const held = (ledgers[node] as Ledger).reserve(asked);
          assert.ok(allowed, "it was let through");
          open.push({ node, entry: slow.add(node, asked), held });
          seen.reserved++;
        } catch (error) {
          if (!(error instanceof BudgetExceeded)) throw error;
          assert.ok(!allowed, "it was refused though there was room");
          assert.deepEqual(
            ledgers.map((each) => each.state(0)),
            before,
            "a refusal leaves no trace",
          );
          seen.refused++;
        }
      };
      const end = (how: "settle" | "charge" | "release" | "retry", which: number, share: bigint): void => {
        const [one] = open.splice(which % open.length, 1);
        if (one === undefined) return;
        const { entry, held, node } = one;
        if (how === "release") {
          entry.state = "released";
          held.release();
          return;
        }
        const used =
          how === "charge"
            ? {}
            : Object.fromEntries(
                Object.entries(entry.asked).map(([name, asked]) => [name, (asked * share) / 4n]),
              );
        entry.state = used;
        assert.equal(held.settle(used, call), undefined);
        // An attempt that was cut is charged in part, and the next one is held anew.
        if (how === "retry") reserve(node, entry.asked);
      };
      for (const each of schedule) {
        if (each.do === "reserve") reserve(each.who % nodes.length, each.amounts);
        else if (each.do === "reset") {
          const node = each.who % nodes.length;
          slow.reset(node, limitsOf(each.budget));
          (ledgers[node] as Ledger).limit(String(node), limitsOf(each.budget), 0);
        } else if (each.do === "tools") {
          const node = each.who % nodes.length;
          const asked = { toolCalls: BigInt(each.count) };
          const allowed = slow.allows(node, asked);
          try {
            (ledgers[node] as Ledger).reserveToolCalls(each.count);
            assert.ok(allowed);
            slow.add(node, asked).state = {};
          } catch (error) {
            assert.ok(error instanceof BudgetExceeded && !allowed);
          }
        } else end(each.do, each.which, each.share);
        check();
      }
      while (open.length > 0) end("charge", 0, 0n);
      check();
      for (const ledger of ledgers) {
        for (const line of Object.values(ledger.state(0)) as { readonly reserved: unknown }[]) {
          const { reserved } = line;
          assert.equal(
            typeof reserved === "number" ? reserved : (reserved as { dollars: number }).dollars,
            0,
          );
        }
      }

      function check(): void {
        for (const [at, ledger] of ledgers.entries()) {
          const state = ledger.state(0);
          for (const name of names) {
            const allowed = slow.limit(at, name);
            const line = state[name];
            assert.equal(line === undefined, allowed === undefined);
            if (line === undefined || allowed === undefined) continue;
            const { spent, reserved } = slow.sums(at, name);
            assert.ok(spent + reserved <= allowed, "never overspent");
            const plain = (each: unknown): bigint =>
              typeof each === "number" ? BigInt(each) : (each as { picodollars: bigint }).picodollars;
            assert.deepEqual([plain(line.spent), plain(line.reserved)], [spent, reserved]);
            assert.equal(plain(line.left), allowed - spent - reserved);
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(seen.reserved > 1000 && seen.refused > 1000, JSON.stringify(seen));
});

test("the script that runs schedules by the million finds nothing in a few", () => {
  const script = fileURLToPath(new URL("../../scripts/ledger-schedules.ts", import.meta.url));
  const args = ["--disable-warning=ExperimentalWarning", script, "--schedules", "2000", "--seed", "7"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\n2000 schedules, 0 overspent, \d+\.\d% of the budget usable before refusal\n$/);
});
