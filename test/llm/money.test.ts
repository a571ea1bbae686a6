import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  addCost,
  cost,
  decimal,
  formatCost,
  formatDollars,
  knownCost,
  noCost,
  perToken,
} from "../../src/llm/money.ts";
import type { Cost, Prices, Rates } from "../../src/llm/money.ts";
import { tokenClasses, unknownUsage, usage, type TokenClass, type Usage } from "../../src/llm/usage.ts";

/** Claude 3.7 Sonnet, as its maker's price list has it. */
const sonnet: Prices = {
  rates: { input: "3", output: "15", cacheRead: "0.30", cacheWrite5m: "3.75", cacheWrite1h: "6" },
};

function picodollars(result: Cost): bigint {
  assert.ok(result.known, "the cost is known");
  return result.picodollars;
}

const sums: readonly [counts: Partial<Usage>, dollars: string][] = [
  [{}, "$0.00"],
  [{ input: 1 }, "$0.000003"],
  [{ input: 1000, output: 500 }, "$0.0105"],
  [{ input: 1000, output: 500, cacheRead: 2000 }, "$0.0111"],
  [{ input: 1000, output: 500, cacheWrite5m: 1500 }, "$0.016125"],
  [{ input: 1000, output: 500, cacheRead: 2000, cacheWrite5m: 1500 }, "$0.016725"],
  [{ cacheWrite1h: 1000 }, "$0.006"],
  // What was thought is a share of the output, already paid there.
  [{ output: 500, reasoning: 400 }, "$0.0075"],
];

for (const [counts, dollars] of sums) {
  test(`money: ${JSON.stringify(counts)} of 3.7 Sonnet cost ${dollars}`, () => {
    assert.equal(formatDollars(picodollars(cost(usage(counts), sonnet))), dollars);
  });
}

const count = fc.nat(10_000_000);
const price = fc
  .tuple(fc.nat(999), fc.nat(999_999))
  .map(([whole, part]) => `${whole}.${String(part).padStart(6, "0")}`);

function each<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Record<TokenClass, Value>> {
  return fc.record(
    Object.fromEntries(tokenClasses.map((name) => [name, value])) as Record<TokenClass, typeof value>,
  );
}

const tokens = each(count).map((counts) => usage(counts));
const rates: fc.Arbitrary<Rates> = each(price);

test("money: the sum of costs is the cost of the sum, to the last digit", () => {
  fc.assert(
    fc.property(tokens, tokens, rates, (a, b, rates) => {
      const both = usage(Object.fromEntries(tokenClasses.map((name) => [name, a[name] + b[name]])));
      const sum = addCost(cost(a, { rates }), cost(b, { rates }));
      assert.deepEqual(sum, cost(both, { rates }));
    }),
  );
});

test("money: more tokens of a class never cost less, and nothing costs less than nothing", () => {
  fc.assert(
    fc.property(tokens, rates, fc.constantFrom(...tokenClasses), count, (some, rates, name, more) => {
      const before = picodollars(cost(some, { rates }));
      const after = picodollars(cost({ ...some, [name]: some[name] + more }, { rates }));
      assert.ok(before >= 0n);
      assert.equal(after - before, BigInt(more) * perToken(rates[name] ?? ""));
    }),
  );
});

test("money: adding is associative, commutative, and noCost changes nothing", () => {
  const known = fc.bigInt({ min: 0n, max: 10n ** 18n }).map(knownCost);
  const unknown = fc
    .bigInt({ min: 0n, max: 10n ** 18n })
    .map((atLeast): Cost => ({ known: false, why: "?", atLeast }));
  const any = fc.oneof(known, unknown);
  fc.assert(
    fc.property(any, any, any, (a, b, c) => {
      assert.deepEqual(addCost(addCost(a, b), c), addCost(a, addCost(b, c)));
      assert.deepEqual(addCost(a, b), addCost(b, a));
      assert.deepEqual(addCost(a, noCost), a);
    }),
  );
});

test("money: what is unknown is unknown, never nothing", () => {
  const some = usage({ input: 1000, inputAudio: 1 });
  assert.equal(cost(some, undefined).known, false);
  assert.equal(cost(unknownUsage, sonnet).known, false);
  assert.equal(cost(usage({ webSearches: 1 }), sonnet).known, false);
  const audio = cost(some, sonnet);
  assert.ok(!audio.known && audio.atLeast === 3_000_000_000n && audio.why.includes("inputAudio"));
  assert.match(formatCost(audio), /^unknown \(.*inputAudio/);
  // A class without a price that was not used does not matter.
  assert.equal(cost(usage({ input: 1 }), sonnet).known, true);
  // A model that is free is not one without a price.
  assert.deepEqual(cost(some, { rates: { input: "0", inputAudio: "0" } }), noCost);
});

test("money: what the vendor bills wins over our sum", () => {
  assert.equal(picodollars(cost(usage({ input: 1000, billed: 7n }), sonnet)), 7n);
  assert.equal(picodollars(cost(usage({ billed: 7n, source: "unknown" }), undefined)), 7n);
});

test("money: web searches are paid by the piece", () => {
  const prices = { ...sonnet, webSearch: "0.01" };
  assert.equal(formatDollars(picodollars(cost(usage({ input: 1000, webSearches: 3 }), prices))), "$0.033");
});

test("money: a tier holds for the whole exchange, from one token above its border", () => {
  const prices: Prices = {
    rates: { input: "1", cacheRead: "0.1", output: "2" },
    tiers: [
      { above: 200_000, rates: { input: "3", cacheRead: "0.3", output: "6" } },
      { above: 100_000, rates: { input: "2", cacheRead: "0.2", output: "4" } },
    ],
  };
  const dollars = (counts: Partial<Usage>): string => formatDollars(picodollars(cost(usage(counts), prices)));
  assert.equal(dollars({ input: 100_000, output: 1000 }), "$0.102");
  assert.equal(dollars({ input: 100_001, output: 1000 }), "$0.204002");
  assert.equal(dollars({ input: 200_000 }), "$0.40");
  assert.equal(dollars({ input: 200_001 }), "$0.600003");
  // Cached tokens fill the window like others; output does not count.
  assert.equal(dollars({ input: 1, cacheRead: 100_000 }), "$0.020002");
  assert.equal(dollars({ input: 1000, output: 300_000 }), "$0.601");
});

test("money: decimals are read exactly", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.nat(12), (value, scale) => {
      const digits = value.toString().padStart(scale + 1, "0");
      const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
      assert.equal(decimal(text, scale), value);
    }),
  );
  assert.equal(decimal("0003.75000000", 6), 3_750_000n);
});

for (const text of [
  "",
  ".",
  "1.",
  ".5",
  "-1",
  "+1",
  "1e3",
  "1,5",
  " 1",
  "1 ",
  "1\n",
  "NaN",
  "Infinity",
  "0x1",
  "1.2.3",
  "0.0000001",
  "१",
]) {
  test(`money: ${JSON.stringify(text)} is no price`, () => {
    assert.throws(() => decimal(text, 6), RangeError);
  });
}

test("money: dollars are printed with every digit and read back as they were", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (value) => {
      const text = formatDollars(value);
      assert.match(text, /^\$(0|[1-9]\d*)\.\d\d(\d*[1-9])?$/);
      assert.equal(decimal(text.slice(1), 12), value);
      assert.equal(formatDollars(-value), value === 0n ? text : `-${text}`);
    }),
  );
});
