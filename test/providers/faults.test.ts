import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { toolCalls } from "../../src/llm/message.ts";
import * as say from "../support/answers.ts";
import { answer, events, held, json, reset, serve, type Plan } from "../support/fault-server.ts";
import { modelError } from "../support/failure.ts";
import { Heard } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

const page = `<!doctype html><html><head><style>b{}</style></head><body><h1>502 Bad Gateway</h1>${"x".repeat(5000)}</body></html>`;
const html = { "content-type": "text/html" };

interface Fault {
  readonly name: string;
  readonly plan: Plan;
  readonly kind: ModelErrorKind;
  readonly status?: number;
  readonly retryable: boolean;
  readonly message: RegExp;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** Answers that fail as a whole. */
const faults: readonly Fault[] = [
  {
    name: "reset before headers",
    plan: reset,
    kind: "connection",
    retryable: true,
    message: /^cannot reach http:\/\/127[^;]+$/,
  },
  {
    name: "401 with the API's error",
    plan: json(say.errorBody("authentication_error", "invalid x-api-key"), 401),
    kind: "authentication",
    status: 401,
    retryable: false,
    requestId: "req_head",
    message: /^HTTP 401: invalid x-api-key$/,
  },
  {
    name: "400 whose input is too long",
    plan: json(
      say.errorBody("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
      400,
    ),
    kind: "context-overflow",
    status: 400,
    retryable: false,
    message: /prompt is too long/,
  },
  {
    name: "429 with retry-after",
    plan: json(say.errorBody("rate_limit_error", "slow down"), 429, { "retry-after": "7" }),
    kind: "rate-limit",
    status: 429,
    retryable: true,
    retryAfterMs: 7000,
    message: /slow down/,
  },
  {
    name: "529 overloaded",
    plan: json(say.errorBody("overloaded_error", "Overloaded"), 529),
    kind: "overloaded",
    status: 529,
    retryable: true,
    message: /Overloaded/,
  },
  {
    name: "502 with an HTML page",
    plan: answer(502, page, html),
    kind: "server",
    status: 502,
    retryable: true,
    requestId: "req_head",
    message: /^HTTP 502: an HTML page: 502 Bad Gateway x{10}/,
  },
  {
    name: "500 without a body",
    plan: answer(500),
    kind: "server",
    status: 500,
    retryable: true,
    message: /no body/,
  },
  {
    name: "429 with gzip",
    plan: answer(429, gzipSync(JSON.stringify(say.errorBody("rate_limit_error", "packed"))), {
      "content-encoding": "gzip",
    }),
    kind: "rate-limit",
    status: 429,
    retryable: true,
    message: /packed/,
  },
  {
    name: "HTML with 200",
    plan: answer(200, page, html),
    kind: "malformed",
    status: 200,
    retryable: false,
    message: /an HTML page: 502 Bad Gateway .*base URL/,
  },
  { name: "empty 200", plan: answer(200), kind: "truncated", status: 200, retryable: true, message: /empty/ },
  {
    name: "an error with 200",
    plan: json(say.errorBody("overloaded_error", "Overloaded")),
    kind: "overloaded",
    status: 200,
    retryable: true,
    requestId: "req_body",
    message: /Overloaded/,
  },
  {
    name: "an error event before anything",
    plan: events(say.messageStart + say.errorEvent("overloaded_error", "Overloaded")),
    kind: "overloaded",
    status: 200,
    retryable: true,
    message: /Overloaded/,
  },
  {
    name: "whole JSON that is cut",
    plan: answer(200, JSON.stringify(say.wholeAnswer("hi")).slice(0, -9), {
      "content-type": "application/json",
    }),
    kind: "truncated",
    status: 200,
    retryable: true,
    message: /cut/,
  },
  {
    name: "another protocol's JSON",
    plan: json({ object: "chat.completion", choices: [] }),
    kind: "malformed",
    status: 200,
    retryable: false,
    message: /no message/,
  },
];

for (const way of ways) {
  for (const fault of faults) {
    test(`${way.name}: ${fault.name} is ${fault.kind}`, async (t) => {
      const server = await serve(t, fault.plan);
      const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
      assert.equal(error.kind, fault.kind);
      assert.equal(error.status, fault.status);
      assert.equal(error.retryable, fault.retryable);
      assert.match(error.message, fault.message);
      assert.equal(error.retryAfterMs, fault.retryAfterMs);
      if (fault.requestId !== undefined) assert.equal(error.requestId, fault.requestId);
      assert.ok((error.body?.length ?? 0) <= 2048, "of the body, at most 2 KB are kept");
      assert.equal(error.partial, undefined);
      assert.equal(server.calls.length, 1);
    });
  }

  for (const cut of ["reset", "hangUp", "end"] as const) {
    test(`${way.name}: ${cut} in the middle of a stream keeps the finished parts and the usage`, async (t) => {
      const server = await serve(t, held);
      const heard = new Heard<StreamEvent>();
      const failing = modelError(
        modelAt(server.url, way.open(t).options).complete(hello, { onEvent: heard.onEvent }),
      );
      const call = await server.call(0);
      call.head(200, { "content-type": "text/event-stream" });
      await call.write(say.halfStream);
      await heard.until("part-delta", 2);
      call[cut]();
      const error = await failing;
      assert.equal(error.kind, "truncated");
      assert.equal(error.status, 200);
      assert.equal(error.requestId, "req_head");
      assert.deepEqual(error.partial, { role: "assistant", parts: [{ type: "text", text: "Let me see." }] });
      assert.equal(
        toolCalls(error.partial ?? { role: "assistant", parts: [] }).length,
        0,
        "the cut call is not there",
      );
      assert.equal(error.usage?.input, 11);
      assert.equal(error.usage?.source, "reported");
    });
  }

  test(`${way.name}: a reset after headers is truncated`, async (t) => {
    const server = await serve(t, held);
    const failing = modelError(modelAt(server.url, way.open(t).options).complete(hello));
    const call = await server.call(0);
    call.head(200, { "content-type": "text/event-stream" });
    await call.write(": hello\n\n");
    call.hangUp();
    const error = await failing;
    assert.equal(error.kind, "truncated");
    assert.equal(error.status, 200);
  });

  test(`${way.name}: an error's body that breaks off is still that error`, async (t) => {
    const server = await serve(t, held);
    const failing = modelError(modelAt(server.url, way.open(t).options).complete(hello));
    const call = await server.call(0);
    call.head(401, { "content-type": "application/json", "content-length": "9999" });
    await call.write('{"type":"error",');
    call.hangUp();
    const error = await failing;
    assert.equal(error.kind, "authentication");
    assert.equal(error.status, 401);
    assert.equal(error.retryable, false);
  });

  test(`${way.name}: an error event after visible parts keeps them`, async (t) => {
    const server = await serve(t, events(say.halfStream + say.errorEvent("overloaded_error", "Overloaded")));
    const error = await modelError(modelAt(server.url, way.open(t).options).complete(hello));
    assert.equal(error.kind, "overloaded");
    assert.deepEqual(error.partial?.parts, [{ type: "text", text: "Let me see." }]);
    assert.equal(error.usage?.input, 11);
  });

  test(`${way.name}: what breaks after message_stop breaks no more`, async (t) => {
    const server = await serve(t, held);
    const heard = new Heard<StreamEvent>();
    const answering = modelAt(server.url, way.open(t).options).complete(hello, { onEvent: heard.onEvent });
    const call = await server.call(0);
    call.head(200, { "content-type": "text/event-stream" });
    await call.write(say.stream("whole"));
    await heard.until("stop");
    call.reset();
    assert.equal((await answering).text, "whole");
  });

  test(`${way.name}: a long error body is read to its beginning only`, async (t) => {
    const long = JSON.stringify(say.errorBody("invalid_request_error", `no ${"é".repeat(200_000)}`));
    const server = await serve(t, answer(400, long), answer(400, "ü".repeat(3000)));
    const model = modelAt(server.url, way.open(t).options);
    const error = await modelError(model.complete(hello));
    assert.equal(error.kind, "invalid-request");
    assert.equal(error.body, long.slice(0, 2048));
    assert.equal((await modelError(model.complete(hello))).body, "ü".repeat(2048));
  });

  test(`${way.name}: nobody listens`, async (t) => {
    const error = await modelError(modelAt(await closedAddress(), way.open(t).options).complete(hello));
    assert.equal(error.kind, "connection");
    assert.equal(error.status, undefined);
    assert.match(
      error.message,
      /^cannot reach http:\/\/127\.0\.0\.1:\d+: .+; is the server running there\?$/,
    );
  });
}

/** Where a server was until now. */
async function closedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
