import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RateLimit } from "../../src/llm/rate-limit.ts";
import { rateLimits } from "../../src/providers/rate-limits.ts";
import * as say from "../support/answers.ts";
import { virtualSystem } from "../support/clock.ts";
import { answer, json, serve } from "../support/fault-server.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number): string => new Date(now + ms).toISOString();

type Headers = Readonly<Record<string, string>>;
const table: readonly (readonly [what: string, headers: Headers, limits: readonly RateLimit[]])[] = [
  ["no limits", { "content-type": "application/json", "retry-after": "3" }, []],
  [
    "Anthropic",
    {
      "anthropic-ratelimit-requests-limit": "4000",
      "anthropic-ratelimit-requests-remaining": "3999",
      "anthropic-ratelimit-requests-reset": iso(15),
      "anthropic-ratelimit-input-tokens-limit": "2000000",
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": iso(9000),
      "anthropic-ratelimit-output-tokens-remaining": "400000",
      "anthropic-ratelimit-tokens-limit": "2400000",
    },
    [
      { limit: "requests", allowed: 4000, remaining: 3999, resetsAt: now + 15 },
      { limit: "input-tokens", allowed: 2_000_000, remaining: 0, resetsAt: now + 9000 },
      { limit: "output-tokens", remaining: 400_000 },
      { limit: "tokens", allowed: 2_400_000 },
    ],
  ],
  [
    "OpenAI",
    {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-limit-tokens": "150000",
      "x-ratelimit-remaining-requests": "59",
      "x-ratelimit-remaining-tokens": "149984",
      "x-ratelimit-reset-requests": "1s",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    [
      { limit: "requests", allowed: 60, remaining: 59, resetsAt: now + 1000 },
      { limit: "tokens", allowed: 150_000, remaining: 149_984, resetsAt: now + 360_000 },
    ],
  ],
  [
    "Groq",
    {
      "x-ratelimit-limit-requests": "14400",
      "x-ratelimit-limit-tokens": "18000",
      "x-ratelimit-remaining-requests": "14370",
      "x-ratelimit-remaining-tokens": "17997",
      "x-ratelimit-reset-requests": "2m59.56s",
      "x-ratelimit-reset-tokens": "7.5ms",
    },
    [
      { limit: "requests", allowed: 14_400, remaining: 14_370, resetsAt: now + 179_560 },
      { limit: "tokens", allowed: 18_000, remaining: 17_997, resetsAt: now + 7.5 },
    ],
  ],
  [
    "OpenRouter",
    {
      "x-ratelimit-limit": "20",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(now + 55_000),
    },
    [{ limit: "requests", allowed: 20, remaining: 0, resetsAt: now + 55_000 }],
  ],
  [
    "Cerebras: its own words",
    { "x-ratelimit-remaining-tokens-minute": "5", "x-ratelimit-reset-tokens-minute": "11.38" },
    [{ limit: "tokens-minute", remaining: 5, resetsAt: now + 11_380 }],
  ],
  [
    "the draft standard",
    { "ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "99", "ratelimit-reset": "50" },
    [{ limit: "requests", allowed: 100, remaining: 99, resetsAt: now + 50_000 }],
  ],
  [
    "two systems of limits stay apart",
    { "x-ratelimit-remaining": "1", "ratelimit-remaining": "2" },
    [
      { limit: "requests", remaining: 1 },
      { limit: "requests", remaining: 2 },
    ],
  ],
  [
    "figures that are none",
    {
      "x-ratelimit-limit-requests": "many",
      "x-ratelimit-remaining-requests": "-1",
      "x-ratelimit-reset-requests": "never",
      "x-ratelimit-remaining-tokens": "",
      "x-ratelimit-reset-tokens": "1s2",
    },
    [],
  ],
  [
    "other headers of such a name",
    { "x-ratelimit-policy": "5", "x-ratelimit-over-limit": "no", "ratelimit-policy": "100;w=60" },
    [],
  ],
  ["days", { "x-ratelimit-reset-requests": "1d2h" }, [{ limit: "requests", resetsAt: now + 26 * 3_600_000 }]],
];

for (const [what, headers, limits] of table) {
  test(`F1 rateLimits: ${what}`, () => {
    const found = rateLimits(headers, now).map((limit) => ({
      ...limit,
      ...(limit.resetsAt !== undefined && { resetsAt: Math.round(limit.resetsAt * 10) / 10 }),
    }));
    assert.deepEqual(found, limits);
  });
}

test("F1 rateLimits: whatever the headers say, figures are finite", () => {
  const name = fc.constantFrom(
    "x-ratelimit-reset",
    "x-ratelimit-limit-requests",
    "anthropic-ratelimit-tokens-reset",
    "anthropic-ratelimit-tokens-remaining",
    "ratelimit-",
    "ratelimit-limit-",
    "__proto__",
  );
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.constantFrom("9".repeat(400), "9".repeat(400) + "s"),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      for (const { allowed = 0, remaining = 0, resetsAt = 0 } of rateLimits(headers, now))
        assert.ok([allowed, remaining, resetsAt].every((figure) => Number.isFinite(figure)));
    }),
    { numRuns: 2000 },
  );
});

for (const way of ways) {
  test(`F1, ${way.name}: responses and errors tell what is left`, async (t) => {
    const system = virtualSystem();
    const headers = {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": new Date(system.clock.now() + 7000).toISOString(),
    };
    const rateLimits = [
      { limit: "requests", allowed: 50, remaining: 0, resetsAt: system.clock.now() + 7000 },
    ];
    const server = await serve(
      t,
      answer(200, say.stream("ok"), headers),
      answer(200, say.stream("ok")),
      json(say.errorBody("rate_limit_error", "slow down"), 429, headers),
      json(say.errorBody("authentication_error", "no"), 401, headers),
    );
    const model = modelAt(server.url, { ...way.open(t).options, system });
    assert.deepEqual((await model.complete(hello)).rateLimits, rateLimits);
    assert.ok(!("rateLimits" in (await model.complete(hello))));
    const error = await modelError(model.complete(hello));
    assert.deepEqual(error.rateLimits, rateLimits);
    assert.equal(error.retryAfterMs, 7000);
    const refused = await modelError(model.complete(hello));
    assert.deepEqual(refused.rateLimits, rateLimits);
    assert.equal(refused.retryAfterMs, undefined);
  });
}
