import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError, type ModelErrorKind } from "../../src/llm/errors.ts";
import { decideRetry, defaultRetries, type RetryPolicy } from "../../src/providers/retry.ts";

const failed = (retryAfterMs?: number, kind: ModelErrorKind = "overloaded"): ModelError =>
  new ModelError("no", { kind, ...(retryAfterMs !== undefined && { retryAfterMs }) });

const rows: readonly (readonly [
  what: string,
  error: ModelError,
  attempt: number,
  elapsed: number,
  random: number,
  expected: ReturnType<typeof decideRetry>,
])[] = [
  ["the first wait, least chance", failed(), 1, 0, 0, { retry: true, delayMs: 500 }],
  ["the first wait, most chance", failed(), 1, 0, 1, { retry: true, delayMs: 1000 }],
  ["it doubles", failed(), 3, 0, 0, { retry: true, delayMs: 2000 }],
  ["the last one", failed(), 4, 0, 1, { retry: true, delayMs: 8000 }],
  ["enough", failed(), 5, 0, 0, { retry: false, why: "attempts" }],
  ["of no use", failed(undefined, "authentication"), 1, 0, 0, { retry: false, why: "not-retryable" }],
  ["the provider's wait", failed(7000), 1, 0, 0, { retry: true, delayMs: 7000 }],
  ["the provider's wait, with jitter on top", failed(8000), 1, 0, 0.5, { retry: true, delayMs: 8400 }],
  ["longer than our longest", failed(60_000), 1, 0, 0, { retry: true, delayMs: 60_000 }],
  ["a wait of nothing is ours", failed(0), 1, 0, 0, { retry: true, delayMs: 500 }],
  ["to the deadline", failed(60_000), 1, 240_000, 0, { retry: true, delayMs: 60_000 }],
  ["over the deadline", failed(60_000), 1, 240_001, 0, { retry: false, why: "deadline" }],
  ["a wait without end", failed(Infinity), 1, 0, 0, { retry: false, why: "deadline" }],
];

for (const [what, error, attempt, elapsed, random, expected] of rows) {
  test(`decideRetry: ${what}`, () => {
    assert.deepEqual(decideRetry(error, attempt, elapsed, defaultRetries, random), expected);
  });
}

test("decideRetry: a provider's own word on retrying wins over the kind", () => {
  const no = new ModelError("no", { kind: "rate-limit", retryable: false });
  const yes = new ModelError("yes", { kind: "invalid-request", retryable: true });
  assert.equal(decideRetry(no, 1, 0, defaultRetries, 0).retry, false);
  assert.equal(decideRetry(yes, 1, 0, defaultRetries, 0).retry, true);
});

const policies = fc.record({
  retries: fc.nat(20),
  baseMs: fc.nat(5000),
  maxMs: fc.nat(60_000),
  deadlineMs: fc.nat(600_000),
});

test("decideRetry: a run of failures is bounded, never early for the provider, never late for the deadline", () => {
  const asks = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined });
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(policies, asks, chances, fc.nat(1000), (policy: RetryPolicy, asked, random, took) => {
      let elapsed = 0;
      let attempt = 1;
      for (; ; attempt++) {
        elapsed += took;
        const decision = decideRetry(failed(asked), attempt, elapsed, policy, random);
        if (!decision.retry) break;
        assert.ok(Number.isFinite(decision.delayMs) && decision.delayMs >= 0);
        assert.ok(decision.delayMs >= (asked ?? 0), "the provider's wait is a floor");
        const longest = Math.max(policy.maxMs, (asked ?? 0) * 1.1);
        assert.ok(decision.delayMs <= Math.ceil(longest), "longer than anybody asked for");
        elapsed += decision.delayMs;
        assert.ok(elapsed <= policy.deadlineMs, "past the deadline");
      }
      assert.ok(attempt <= policy.retries + 1);
    }),
    { numRuns: 1000 },
  );
});
