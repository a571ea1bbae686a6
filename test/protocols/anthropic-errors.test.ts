import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelErrorKind } from "../../src/llm/errors.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { readAnswer } from "../conformance/in-memory.ts";
import { sse, streams } from "./support/streams.ts";

/*
 * Errors that no recording shows, written by hand from the API's documentation, and what stands between us and a
 * vendor: proxies with pages of their own.
 */

function body(type: string, message: string): string {
  return JSON.stringify({ type: "error", error: { type, message }, request_id: "req_body" });
}

const errors: readonly [
  status: number,
  body: string,
  kind: ModelErrorKind,
  retryable: boolean,
  message: RegExp,
][] = [
  [400, body("invalid_request_error", "bad"), "invalid-request", false, /bad/],
  [
    400,
    body("invalid_request_error", "prompt is too long: 2 tokens > 1"),
    "context-overflow",
    false,
    /too long/,
  ],
  [
    400,
    body("invalid_request_error", "input length and `max_tokens` exceed context limit: 1 + 2 > 2"),
    "context-overflow",
    false,
    /exceed/,
  ],
  [401, body("authentication_error", "invalid x-api-key"), "authentication", false, /x-api-key/],
  [402, body("billing_error", "no credit"), "quota", false, /no credit/],
  [403, body("permission_error", "not yours"), "permission", false, /not yours/],
  [404, body("not_found_error", "model: x"), "not-found", false, /model: x/],
  [413, body("request_too_large", "too large"), "context-overflow", false, /too large/],
  [429, body("rate_limit_error", "slow down"), "rate-limit", true, /slow down/],
  [500, body("api_error", "oh no"), "server", true, /oh no/],
  [504, body("timeout_error", "too slow"), "timeout", true, /too slow/],
  [529, body("overloaded_error", "Overloaded"), "overloaded", true, /Overloaded/],
  // A type says more than its status; an unknown one leaves it to the status.
  [500, body("rate_limit_error", "slow down"), "rate-limit", true, /slow down/],
  [429, body("some_new_error", "new"), "rate-limit", true, /new/],
  [429, body("__proto__", "new"), "rate-limit", true, /new/],
  // Not the vendor speaks.
  [
    502,
    "<html><head><style>p {}</style></head><body><h1>Bad gateway</h1></body></html>",
    "server",
    true,
    /HTML page: Bad gateway$/,
  ],
  [503, "upstream connect error", "overloaded", true, /upstream connect error/],
  [500, "", "server", true, /no body/],
  [401, '{"message":"who are you"}', "authentication", false, /who are you/],
  [403, '{"error":"blocked"}', "permission", false, /blocked/],
  [404, "null", "not-found", false, /HTTP 404/],
  [400, '{"error":{"__proto__":{"type":"api_error"}}}', "invalid-request", false, /HTTP 400/],
];

for (const [status, text, kind, retryable, message] of errors) {
  test(`anthropic errors: ${status} ${text.slice(0, 60)}`, async () => {
    const { error } = await readAnswer(anthropicMessages, {
      status,
      chunks: [new TextEncoder().encode(text)],
    });
    assert.deepEqual([error?.kind, error?.status, error?.body], [kind, status, text]);
    assert.match(error?.message ?? "", message);
    assert.equal(error?.retryable, retryable);
  });
}

test("anthropic errors: what headers say", async () => {
  const read = async (headers: Record<string, string>, status = 429): Promise<unknown[]> => {
    const chunks = [new TextEncoder().encode(body("rate_limit_error", "slow down"))];
    const { error } = await readAnswer(anthropicMessages, { status, headers, chunks });
    return [error?.requestId, error?.retryable, error?.retryAfterMs];
  };
  assert.deepEqual(await read({}), ["req_body", true, undefined]);
  assert.deepEqual(await read({ "request-id": "req_head" }), ["req_head", true, undefined]);
  assert.deepEqual(await read({ "retry-after": "3" }), ["req_body", true, 3000]);
  assert.deepEqual(await read({ "retry-after-ms": "30" }), ["req_body", true, 30]);
  assert.deepEqual(await read({ "x-should-retry": "false", "retry-after": "3" }), [
    "req_body",
    false,
    undefined,
  ]);
  assert.deepEqual(await read({ "x-should-retry": "true" }, 400), ["req_body", true, undefined]);
});

test("anthropic errors: in the middle of an answer, and what came before it is kept", async () => {
  const plain = streams["plain"] ?? "";
  const end = plain.indexOf("event: message_delta");
  for (const [type, kind] of [
    ["overloaded_error", "overloaded"],
    ["api_error", "server"],
    ["new_error", "server"],
  ]) {
    const sent = plain.slice(0, end) + sse({ type: "error", error: { type, message: "sorry" } });
    const { error } = await readAnswer(anthropicMessages, { chunks: [new TextEncoder().encode(sent)] });
    assert.deepEqual([error?.kind, error?.code, error?.retryable], [kind, type, true]);
    assert.match(error?.message ?? "", /sorry/);
    assert.equal(error?.partial?.parts.length, 6);
    assert.equal(error?.usage?.input, 10);
  }
});

test("anthropic errors: after the end mark nothing can fail any more", async () => {
  const sent = `${streams["plain"]}${sse({ type: "error", error: { type: "api_error", message: "sorry" } })}`;
  const { answer, error } = await readAnswer(anthropicMessages, { chunks: [new TextEncoder().encode(sent)] });
  assert.equal(error, undefined);
  assert.equal(answer?.message.parts.length, 6);
});

test("anthropic errors: of a long body the beginning is kept", async () => {
  const chunks = [new TextEncoder().encode("é".repeat(20_000))];
  const { error } = await readAnswer(anthropicMessages, { status: 500, chunks });
  assert.equal(error?.body, "é".repeat(2048));
});
