import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelErrorKind } from "../../../src/llm/errors.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";

function error(code: number, status: string, message = "no", details: object[] = []): string {
  return JSON.stringify({ error: { code, message, status, details } });
}

const reason = (reason: string): object => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason });

const table: readonly (readonly [number, string, ModelErrorKind])[] = [
  [400, error(400, "INVALID_ARGUMENT"), "invalid-request"],
  [400, error(400, "INVALID_ARGUMENT", "API key not valid.", [reason("API_KEY_INVALID")]), "authentication"],
  [400, error(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."), "authentication"],
  [
    400,
    error(
      400,
      "INVALID_ARGUMENT",
      "The input token count (9) exceeds the maximum number of tokens allowed (8).",
    ),
    "context-overflow",
  ],
  [
    400,
    error(400, "INVALID_ARGUMENT", "the input token count is 9 but model only supports up to 8"),
    "context-overflow",
  ],
  [401, error(401, "UNAUTHENTICATED"), "authentication"],
  [403, error(403, "PERMISSION_DENIED"), "permission"],
  [403, error(403, "PERMISSION_DENIED", "no", [reason("BILLING_DISABLED")]), "quota"],
  [404, error(404, "NOT_FOUND"), "not-found"],
  [429, error(429, "RESOURCE_EXHAUSTED"), "rate-limit"],
  [429, error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "quota"],
  [499, error(499, "CANCELLED"), "server"],
  [500, error(500, "INTERNAL"), "server"],
  [503, error(503, "UNAVAILABLE", "The model is overloaded."), "overloaded"],
  [504, error(504, "DEADLINE_EXCEEDED"), "timeout"],
  [429, `[${error(429, "RESOURCE_EXHAUSTED")}]`, "rate-limit"],
  [400, `data: ${error(400, "INVALID_ARGUMENT")}\r\n\r\n`, "invalid-request"],
  [403, error(403, "toString"), "permission"],
  [404, "<html><body>Error 404</body></html>", "not-found"],
  [502, "", "server"],
  [429, "slow down", "rate-limit"],
  [400, '{"detail":[]}', "invalid-request"],
  [503, '{"error":"busy"}', "overloaded"],
];

for (const [status, body, kind] of table) {
  test(`gemini errors: ${status} ${body.slice(0, 90)}`, () => {
    const error = gemini.decodeError(status, {}, body);
    assert.equal(error.kind, kind);
    assert.equal(error.status, status);
    assert.equal(error.body, body);
  });
}

test("gemini errors: what it says", () => {
  const details = [
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "48.2s" },
    { "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId: "r" },
    null,
    { "@type": 1 },
  ];
  const body = JSON.stringify({
    error: { code: 429, message: "too fast", status: "RESOURCE_EXHAUSTED", details },
  });
  const error = gemini.decodeError(429, {}, body);
  assert.equal(error.message, "HTTP 429: too fast");
  assert.equal(error.code, "RESOURCE_EXHAUSTED");
  assert.equal(error.requestId, "r");
  assert.equal(error.retryAfterMs, 48_200);
  assert.equal(error.retryable, true);
});

test("gemini errors: a wait that only the message names", () => {
  const body = JSON.stringify({
    error: { code: 429, message: "Quota. Please retry in 3.5s.", status: "RESOURCE_EXHAUSTED" },
  });
  assert.equal(gemini.decodeError(429, {}, body).retryAfterMs, 3500);
});
