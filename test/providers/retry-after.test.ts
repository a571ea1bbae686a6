import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rateLimits } from "../../src/providers/rate-limits.ts";
import { retryAfter } from "../../src/providers/retry.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = (ms: number): string => new Date(now + ms).toISOString().replace(/\.000Z$/, "Z");
const http = (ms: number): string => new Date(now + ms).toUTCString();

type Headers = Readonly<Record<string, string>>;

const waitOf = (headers: Headers): number | undefined => retryAfter(headers, rateLimits(headers, now), now);

const table: readonly (readonly [what: string, headers: Headers, wait: number | undefined])[] = [
  ["nothing said", {}, undefined],
  ["milliseconds", { "retry-after-ms": "250" }, 250],
  ["fractions of a millisecond", { "retry-after-ms": "12.5" }, 12.5],
  ["milliseconds win over seconds", { "retry-after-ms": "250", "retry-after": "9" }, 250],
  ["no milliseconds: seconds", { "retry-after-ms": "0", "retry-after": "9" }, 9000],
  ["milliseconds that are no number", { "retry-after-ms": "soon", "retry-after": "9" }, 9000],
  ["milliseconds without end", { "retry-after-ms": "Infinity", "retry-after": "9" }, 9000],
  ["negative milliseconds", { "retry-after-ms": "-5" }, undefined],
  ["seconds", { "retry-after": "30" }, 30_000],
  ["fractions of a second", { "retry-after": " 1.5 " }, 1500],
  ["no seconds", { "retry-after": "0" }, 0],
  ["an HTTP date", { "retry-after": http(45_000) }, 45_000],
  ["an HTTP date that has passed", { "retry-after": http(-45_000) }, 0],
  ["a text", { "retry-after": "later" }, undefined],
  ["empty", { "retry-after": "" }, undefined],
  [
    "Anthropic: nothing remains",
    { "anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": iso(20_000) },
    20_000,
  ],
  [
    "Anthropic: some remains",
    { "anthropic-ratelimit-requests-remaining": "7", "anthropic-ratelimit-requests-reset": iso(20_000) },
    undefined,
  ],
  [
    "Anthropic: the longest of those that are used up",
    {
      "anthropic-ratelimit-requests-remaining": "0",
      "anthropic-ratelimit-requests-reset": iso(5000),
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": iso(9000),
      "anthropic-ratelimit-output-tokens-remaining": "1",
      "anthropic-ratelimit-output-tokens-reset": iso(99_000),
    },
    9000,
  ],
  [
    "Anthropic: a reset that has passed",
    { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": iso(-1000) },
    0,
  ],
  ["a reset without what remains", { "anthropic-ratelimit-tokens-reset": iso(9000) }, undefined],
  ["nothing remains, without a reset", { "anthropic-ratelimit-tokens-remaining": "0" }, undefined],
  ["remains: no number", { "x-ratelimit-remaining": "n/a", "x-ratelimit-reset": "5" }, undefined],
  ["remains: empty", { "x-ratelimit-remaining": "", "x-ratelimit-reset": "5" }, undefined],
  [
    "retry-after wins over resets",
    { "retry-after": "3", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60s" },
    3000,
  ],
  ...(
    [
      ["1s", 1000],
      ["6m0s", 360_000],
      ["250ms", 250],
      ["1h30m", 5_400_000],
      ["2m59.56s", 179_560],
      ["7.66s", 7660],
      ["1h0m0s", 3_600_000],
      ["1s500ms", 1500],
      ["30", 30_000],
      ["0.5", 500],
      ["0", 0],
      [String((now + 60_000) / 1000), 60_000],
      [String(now + 60_000), 60_000],
      [String((now - 60_000) / 1000), 0],
      [String(now - 60_000), 0],
      [iso(1500), 1500],
      ["", undefined],
      [" ", undefined],
      ["never", undefined],
      ["NaN", undefined],
      ["Infinity", undefined],
    ] as const
  ).map(
    ([reset, wait]) =>
      [
        `reset ${JSON.stringify(reset)}`,
        { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset },
        wait,
      ] as const,
  ),
  ["a reset without a name", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "12" }, 12_000],
  ["a reset of the draft standard", { "ratelimit-remaining": "0", "ratelimit-reset": "50" }, 50_000],
];

for (const [what, headers, wait] of table) {
  test(`F1 retryAfter: ${what}`, () => {
    const found = waitOf(headers);
    // Seconds become milliseconds by a product of floats.
    assert.equal(found === undefined ? found : Math.round(found * 1000) / 1000, wait);
  });
}

test("F1 retryAfter: whatever the headers say, the wait is a finite number that is not negative, or none", () => {
  const names = ["retry-after", "retry-after-ms", "x-ratelimit-reset", "anthropic-ratelimit-tokens-reset"];
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.constantFrom("1e400", "-1", "9".repeat(400), "١"),
  );
  const headers = fc.dictionary(fc.constantFrom(...names), value);
  fc.assert(
    fc.property(headers, (said) => {
      const used = { ...said, "x-ratelimit-remaining": "0", "anthropic-ratelimit-tokens-remaining": "0" };
      const wait = waitOf(used);
      assert.ok(wait === undefined || (Number.isFinite(wait) && wait >= 0), String(wait));
    }),
    { numRuns: 2000 },
  );
});
