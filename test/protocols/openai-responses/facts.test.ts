import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownUsage, usage } from "../../../src/llm/usage.ts";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import { decodeUsage } from "../../../src/protocols/openai-responses/usage.ts";
import { decoded } from "./support.ts";

test("openai-responses: usage in disjoint classes", () => {
  const cached = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 3 },
  };
  assert.deepEqual(
    decodeUsage({ usage: cached }),
    usage({ input: 50, cacheRead: 40, cacheWrite5m: 10, output: 7, reasoning: 3 }),
  );
  assert.deepEqual(decodeUsage({ usage: cached }, true)?.output, 10);
  assert.deepEqual(
    decodeUsage({ usage: { input_tokens: 5, cost_in_usd_ticks: 6_055_500 } })?.billed,
    605_550_000n,
  );
  assert.deepEqual(decodeUsage({ usage: { input_tokens: 5, cost: 0.00015 } })?.billed, 150_000_000n);
  assert.deepEqual(decodeUsage({ usage: { input_tokens: 5, cost: 1.5e-7 } })?.billed, 150_000n);
  assert.equal(
    decodeUsage({ usage: { input_tokens: 5 }, tool_usage: { web_search: { num_requests: 2 } } })?.webSearches,
    2,
  );
  assert.equal(
    decodeUsage({ usage: { server_side_tool_usage_details: { web_search_calls: 3 } } })?.webSearches,
    3,
  );
  // More cached than there is, or no numbers at all: never negative.
  assert.deepEqual(
    decodeUsage({ usage: { input_tokens: 1, input_tokens_details: { cached_tokens: 9 } } }),
    usage({ cacheRead: 1 }),
  );
  assert.deepEqual(decodeUsage({ usage: { input_tokens: "x", input_tokens_details: null } }), usage({}));
});

test("openai-responses: no usage is not zero", () => {
  assert.equal(decodeUsage({ usage: null }), undefined);
  assert.equal(decodeUsage({}), undefined);
  assert.deepEqual(
    decoded('{"id":"r","model":"m","status":"queued","output":[],"usage":null}').folded.usage,
    unknownUsage,
  );
});

const openai = (code: string | null, message: string, type = "invalid_request_error"): string =>
  JSON.stringify({ error: { message, type, param: null, code } });

const errors: readonly [number, string, string, string | undefined][] = [
  [401, openai("invalid_api_key", "Incorrect API key provided: x."), "authentication", "invalid_api_key"],
  [400, openai("model_not_found", "The requested model 'x' does not exist."), "not-found", "model_not_found"],
  [400, openai("context_length_exceeded", "too long"), "context-overflow", "context_length_exceeded"],
  [
    400,
    openai(null, "This model's maximum context length is 8192 tokens."),
    "context-overflow",
    "invalid_request_error",
  ],
  [
    400,
    openai("unsupported_parameter", "logprobs are not supported"),
    "invalid-request",
    "unsupported_parameter",
  ],
  [
    429,
    openai("insufficient_quota", "You exceeded your current quota", "insufficient_quota"),
    "quota",
    "insufficient_quota",
  ],
  [429, openai("rate_limit_exceeded", "Rate limit reached", "tokens"), "rate-limit", "rate_limit_exceeded"],
  [500, openai("server_error", "The server had an error", "server_error"), "server", "server_error"],
  [503, openai(null, "Overloaded", "service_unavailable_error"), "overloaded", "service_unavailable_error"],
  [400, openai("content_filter", "The response was filtered"), "content-filter", "content_filter"],
  [
    400,
    '{"code":"invalid-argument","error":"Incorrect API key provided: xx."}',
    "authentication",
    "invalid-argument",
  ],
  [404, '{"code":"not-found","error":"The model grok-9 does not exist"}', "not-found", "not-found"],
  [
    404,
    '{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}}',
    "not-found",
    "DeploymentNotFound",
  ],
  [429, '{"error":{"message":"slow","code":429}}', "rate-limit", "429"],
  [403, '{"message":"not authorized"}', "permission", undefined],
  [422, '{"detail":[{"loc":["body"],"msg":"no"}]}', "invalid-request", undefined],
  [502, "<html><body>Bad gateway</body></html>", "server", undefined],
  [404, "nothing here", "not-found", undefined],
  [500, "", "server", undefined],
  [418, '{"tea":true}', "invalid-request", undefined],
  [400, "[1]", "invalid-request", undefined],
];

test("openai-responses: errors by body, then by status", () => {
  for (const [status, body, kind, code] of errors) {
    const error = openaiResponses.decodeError(status, { "x-request-id": "req_1" }, body);
    assert.deepEqual(
      [error.kind, error.code, error.status, error.requestId],
      [kind, code, status, "req_1"],
      body,
    );
    assert.equal(error.body, body);
  }
});

test("openai-responses: the provider's own words and its wait", () => {
  const body = openai("rate_limit_exceeded", "Rate limit reached. Please try again in 250ms.", "tokens");
  const error = openaiResponses.decodeError(429, {}, body);
  assert.match(error.message, /Please try again in 250ms/);
  assert.equal(error.retryAfterMs, 250);
  assert.equal(error.retryable, true);
  // A header says it better.
  assert.equal(openaiResponses.decodeError(429, { "retry-after": "7" }, body).retryAfterMs, undefined);
  assert.equal(openaiResponses.decodeError(429, {}, openai("insufficient_quota", "pay")).retryable, false);
});
