import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelErrorKind } from "../../../src/llm/errors.ts";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { decodeErrorEvent } from "../../../src/protocols/openai-chat/errors.ts";
import { streamed, whole } from "./support.ts";

/** Each shape that was met: status, body, kind, code, words of the message. */
const shapes: [number, unknown, ModelErrorKind, string | undefined, string][] = [
  [
    401,
    {
      error: {
        message: "Incorrect API key",
        type: "invalid_request_error",
        param: null,
        code: "invalid_api_key",
      },
    },
    "authentication",
    "invalid_api_key",
    "Incorrect API key",
  ],
  [
    400,
    { error: { code: 400, message: "image_url is not supported", type: "Bad Request" } },
    "invalid-request",
    "Bad Request",
    "image_url",
  ],
  [
    401,
    { error: { message: "Missing Authentication header", code: 401 } },
    "authentication",
    "401",
    "Missing",
  ],
  [
    400,
    { error: { message: "bad/model is not a valid model ID", code: 400 }, user_id: "u" },
    "not-found",
    "400",
    "bad/model",
  ],
  [
    400,
    { error: { code: "400", message: "Param Incorrect", param: "Not supported model x" } },
    "not-found",
    "400",
    "Not supported model x",
  ],
  [403, { error: "please check the api-key you provided" }, "authentication", undefined, "api-key"],
  [402, { error: "You have depleted your monthly included credits." }, "quota", undefined, "depleted"],
  [
    400,
    { error: "400 Bad Request", status: 400, details: { error: { message: "Invalid image data." } } },
    "invalid-request",
    undefined,
    "Invalid image data.",
  ],
  [
    404,
    { message: "Model x does not exist", type: "not_found_error", param: "model", code: "model_not_found" },
    "not-found",
    "model_not_found",
    "does not exist",
  ],
  [
    400,
    { object: "error", message: "Invalid model: x", type: "invalid_model", param: null, code: "1500" },
    "not-found",
    "invalid_model",
    "Invalid model: x",
  ],
  [
    400,
    { code: 400, reason: "INVALID_REQUEST_BODY", message: "vision not support", metadata: {} },
    "invalid-request",
    "INVALID_REQUEST_BODY",
    "vision",
  ],
  [401, { detail: "Unauthorized" }, "authentication", undefined, "Unauthorized"],
  [
    422,
    { detail: [{ type: "enum", loc: ["body", "tools", 0], msg: "Input should be 'function'" }] },
    "invalid-request",
    undefined,
    "body.tools.0: Input should be 'function'",
  ],
  [
    400,
    {
      error: {
        message: "Provider returned error",
        code: 400,
        metadata: { raw: '{"msg":"upstream words"}', provider_name: "P" },
      },
    },
    "invalid-request",
    "400",
    "upstream words",
  ],
  [
    400,
    [
      {
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
        },
      },
    ],
    "authentication",
    "INVALID_ARGUMENT",
    "not valid",
  ],
  [
    429,
    {
      error: {
        message: "You exceeded your current quota",
        type: "insufficient_quota",
        code: "insufficient_quota",
      },
    },
    "quota",
    "insufficient_quota",
    "quota",
  ],
  [
    429,
    { error: { code: "RateLimitReached", message: "exceeded rate limit", details: "the same" } },
    "rate-limit",
    "RateLimitReached",
    "exceeded",
  ],
  [
    400,
    {
      error: {
        message: "This model's maximum context length is 10 tokens.",
        type: "invalid_request_error",
        code: "invalid_request_error",
      },
    },
    "context-overflow",
    "invalid_request_error",
    "maximum",
  ],
  [
    400,
    { error: { message: "prompt too long; exceeded max context length by 9 tokens", code: null } },
    "context-overflow",
    undefined,
    "prompt too long",
  ],
  [
    500,
    { error: { code: 500, message: "Context size has been exceeded.", type: "server_error" } },
    "context-overflow",
    "server_error",
    "Context size",
  ],
  [
    400,
    { error: { message: "too long", type: "too_many_prompt_tokens", code: 400 } },
    "context-overflow",
    "too_many_prompt_tokens",
    "too long",
  ],
  [
    400,
    {
      error: {
        message: "filtered",
        code: "content_filter",
        innererror: { code: "ResponsibleAIPolicyViolation" },
      },
    },
    "content-filter",
    "content_filter",
    "filtered",
  ],
  [
    404,
    { error: { type: "invalid_request_error", code: "DeploymentNotFound", message: "no deployment" } },
    "not-found",
    "DeploymentNotFound",
    "no deployment",
  ],
  [
    401,
    { error: { message: "Unauthorized", type: "api_error", param: null, code: null } },
    "authentication",
    "api_error",
    "Unauthorized",
  ],
  [
    404,
    { error: { code: "404", message: "No endpoints found that support image input", param: "", type: "" } },
    "not-found",
    "404",
    "No endpoints",
  ],
  [
    500,
    { object: "error", message: "Service unavailable.", type: "internal_server_error", code: "1000" },
    "server",
    "internal_server_error",
    "Service",
  ],
  [502, "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>", "server", undefined, "502 Bad Gateway"],
  [503, "", "overloaded", undefined, "no body"],
  [429, "slow down", "rate-limit", undefined, "slow down"],
  [400, { what: "ever" }, "invalid-request", undefined, "ever"],
  [418, "null", "invalid-request", undefined, "null"],
];

for (const [status, body, kind, code, words] of shapes) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  test(`openai-chat errors: ${status} ${text.slice(0, 90)}`, () => {
    const error = openaiChat.decodeError(status, {}, text);
    assert.equal(error.kind, kind);
    assert.equal(error.code, code);
    assert.equal(error.status, status);
    assert.ok(error.message.includes(words), error.message);
    assert.equal(error.body, text.slice(0, 2048));
  });
}

test("openai-chat errors: ids of requests, and when to try again", () => {
  const body = JSON.stringify({ id: "in-body", error: { message: "x", type: "y" } });
  assert.equal(openaiChat.decodeError(500, {}, body).requestId, "in-body");
  assert.equal(openaiChat.decodeError(500, { "x-request-id": "in-header" }, body).requestId, "in-header");
  const details = [
    { "@type": "x" },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.07s" },
  ];
  const limited = { error: { code: 429, message: "x", status: "RESOURCE_EXHAUSTED", details } };
  const error = openaiChat.decodeError(429, {}, JSON.stringify([limited]));
  assert.equal(error.kind, "rate-limit");
  assert.equal(error.retryAfterMs, 34_070);
  assert.equal(error.retryable, true);
  const broke = { error: { message: "x", code: "insufficient_quota" } };
  assert.equal(openaiChat.decodeError(429, {}, JSON.stringify(broke)).retryable, false);
});

test("openai-chat errors: with status 200", () => {
  const cases: [unknown, ModelErrorKind, string | undefined][] = [
    [{ error: { message: "Provider returned error", code: 400 } }, "invalid-request", "400"],
    [{ error: { message: "x", code: 429 } }, "rate-limit", "429"],
    [
      { error: { message: "x", code: 502, metadata: { error_type: "provider_unavailable" } } },
      "server",
      "provider_unavailable",
    ],
    [
      { error: { message: "x", type: "invalid_request_error", code: "tool_use_failed", status_code: 400 } },
      "invalid-request",
      "tool_use_failed",
    ],
    [
      { error: { message: "x", code: "invalid_parameter_error" } },
      "invalid-request",
      "invalid_parameter_error",
    ],
    [{ error: { message: "failed to decode" } }, "server", undefined],
    [{ error: "some words" }, "server", undefined],
    [{ object: "error", message: "x", type: "rate_limit_error" }, "rate-limit", "rate_limit_error"],
    [{ detail: "some words" }, "server", undefined],
  ];
  for (const [event, kind, code] of cases) {
    for (const { error } of [streamed([event]), whole(event), { error: decodeErrorEvent(event as string) }]) {
      assert.equal(error?.kind, kind, JSON.stringify(event));
      assert.equal(error?.code, code);
    }
  }
  assert.equal(decodeErrorEvent("plain words").message, "the provider failed: plain words");
});

test("openai-chat: overloaded is what the words say where nothing else does", () => {
  const message = "Our servers are currently overloaded. Please try again later.";
  const error = { message, type: "server_error", param: null, code: null };
  assert.equal(decodeErrorEvent({ error }).kind, "overloaded");
  assert.equal(openaiChat.decodeError(500, {}, JSON.stringify({ error })).kind, "overloaded");
});

test("openai-chat: a wait that only the message names", () => {
  const error = { message: "Please try again in 6m2.5s.", type: "requests", code: "rate_limit_exceeded" };
  const body = JSON.stringify({ error });
  assert.equal(openaiChat.decodeError(429, {}, body).retryAfterMs, 362_500);
  assert.equal(decodeErrorEvent({ error }).retryAfterMs, 362_500);
  // A header says it better, and is read elsewhere.
  assert.equal(openaiChat.decodeError(429, { "retry-after": "7" }, body).retryAfterMs, undefined);
  const other = JSON.stringify({ error: { message: "Please try again in 6m2.5s.", type: "server_error" } });
  assert.equal(openaiChat.decodeError(500, {}, other).retryAfterMs, undefined);
});
