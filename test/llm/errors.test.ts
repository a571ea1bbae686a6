import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError, type ModelErrorKind } from "../../src/llm/errors.ts";
import { userMessage } from "../../src/llm/message.ts";
import { usage } from "../../src/llm/usage.ts";

const retryable: Readonly<Record<ModelErrorKind, boolean>> = {
  authentication: false,
  permission: false,
  "not-found": false,
  quota: false,
  "invalid-request": false,
  "context-overflow": false,
  "content-filter": false,
  "rate-limit": true,
  overloaded: true,
  server: true,
  connection: true,
  timeout: true,
  truncated: true,
  malformed: false,
  "too-large": false,
};

for (const [kind, expected] of Object.entries(retryable)) {
  test(`errors: ${kind} is ${expected ? "" : "not "}to be tried again by itself`, () => {
    const error = new ModelError("it failed", { kind: kind as ModelErrorKind });
    assert.equal(error.retryable, expected);
    // The provider's own word wins.
    assert.equal(error.with({ retryable: !expected }).retryable, !expected);
  });
}

test("errors: `with` adds and replaces facts, and keeps the rest", () => {
  const cause = new Error("below");
  const partial = { ...userMessage("a"), role: "assistant" } as const;
  const first = new ModelError("it failed", { kind: "server", code: "api_error", body: "secret", cause });
  const second = first.with({
    status: 500,
    requestId: "req_1",
    retryAfterMs: 5,
    partial,
    usage: usage({ input: 1 }),
  });
  const third = second.with({ kind: "truncated" });
  assert.ok(third instanceof ModelError);
  assert.equal(third.message, "it failed");
  assert.equal(third.cause, cause);
  assert.equal(third.stack, first.stack);
  const { kind, status, code, requestId, retryAfterMs, body } = third;
  assert.deepEqual(
    { kind, status, code, requestId, retryAfterMs, body },
    {
      kind: "truncated",
      status: 500,
      code: "api_error",
      requestId: "req_1",
      retryAfterMs: 5,
      body: "secret",
    },
  );
  assert.equal(third.partial, partial);
  assert.equal(third.usage?.input, 1);
  assert.equal(first.status, undefined, "the first is as it was");
});

test("errors: their JSON leaves out what may quote the conversation", () => {
  const partial = { role: "assistant", parts: [{ type: "text", text: "secret" }] } as const;
  const facts = { kind: "server", status: 500, body: "secret", partial, cause: new Error("secret") } as const;
  const error = new ModelError("HTTP 500", facts);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "ModelError",
    message: "HTTP 500",
    kind: "server",
    retryable: true,
    status: 500,
  });
});
