import assert from "node:assert/strict";
import { test } from "node:test";
import type { ModelErrorKind } from "../../src/llm/errors.ts";
import type { Caps } from "../../src/providers/exchange.ts";
import type { Fault, FaultName } from "../../src/testing/index.ts";
import { started } from "./started.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** What our client makes of a fault: an error of this kind, or this text. */
interface Outcome {
  readonly row: string;
  readonly fault: Fault | FaultName;
  readonly kind?: ModelErrorKind;
  readonly status?: number;
  readonly retryable?: boolean;
  readonly message?: RegExp;
  readonly retryAfterMs?: number;
  /** The finished text that the error keeps. */
  readonly partial?: string;
  readonly text?: string;
  readonly caps?: Partial<Caps>;
}

const well = "All is well.";
const begun = "It begins well.";

const outcomes: readonly Outcome[] = [
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 2500 },
    kind: "rate-limit",
    status: 429,
    retryable: true,
    retryAfterMs: 2500,
  },
  {
    row: "F1",
    fault: { fault: "rate-limit", retryAfterMs: 2500, form: "seconds" },
    kind: "rate-limit",
    retryAfterMs: 3000,
  },
  { row: "F2", fault: "overloaded", kind: "overloaded", status: 529, retryable: true },
  {
    row: "F2",
    fault: { fault: "overloaded", status: 503 },
    kind: "overloaded",
    status: 503,
    retryable: true,
  },
  { row: "F3", fault: "error-event", kind: "overloaded", status: 200, retryable: true },
  {
    row: "F3",
    fault: { fault: "error-event", after: "text" },
    kind: "overloaded",
    status: 200,
    partial: begun,
  },
  {
    row: "F4",
    fault: "html",
    kind: "server",
    status: 502,
    retryable: true,
    message: /HTML page: x 502 Gateway/,
  },
  { row: "F4", fault: { fault: "html", status: 403 }, kind: "permission", status: 403, retryable: false },
  { row: "F4", fault: { fault: "html", status: 200 }, kind: "malformed", status: 200, retryable: false },
  { row: "F4", fault: "wrong-type", text: well },
  { row: "F4", fault: "wrong-json", kind: "malformed", status: 200, retryable: false },
  { row: "F4", fault: "not-http", kind: "malformed", retryable: false, message: /does not speak HTTP/ },
  { row: "F5", fault: { fault: "reset", when: "before-head" }, kind: "connection", retryable: true },
  {
    row: "F5",
    fault: { fault: "reset", when: "after-head" },
    kind: "truncated",
    status: 200,
    retryable: true,
  },
  { row: "F5", fault: "reset", kind: "truncated", status: 200 },
  { row: "F6", fault: "truncated", kind: "truncated", status: 200, partial: begun },
  { row: "F8", fault: { fault: "slow", ms: 1 }, text: well },
  { row: "F9", fault: "split-utf8", text: "\u00e9\u20ac\u{1f600}" },
  { row: "F10", fault: { fault: "huge-event", bytes: 300_000 }, kind: "too-large", caps: { event: 100_000 } },
  { row: "F10", fault: { fault: "huge-event", bytes: 3_000_000 }, text: "x".repeat(46 * 65_536) },
  { row: "F10", fault: "endless", kind: "too-large", retryable: false, caps: { response: 1_000_000 } },
  { row: "F10", fault: "line-ends", text: well },
  { row: "F10", fault: { fault: "line-ends", eol: "\r\n" }, text: well },
  { row: "F14", fault: "orphan-call", kind: "invalid-request", status: 400, retryable: false },
  { row: "F15", fault: "bad-signature", kind: "invalid-request", status: 400, retryable: false },
  { row: "F16", fault: "context-overflow", kind: "context-overflow", status: 400, retryable: false },
  ...(["gzip", "deflate", "br"] as const).map((encoding) => ({
    row: "F19",
    fault: { fault: "gzip", encoding } as const,
    text: well,
  })),
  { row: "F19", fault: "bomb", kind: "too-large", retryable: false, caps: { response: 4_000_000 } },
  { row: "F19", fault: { fault: "encoding-chain", depth: 3 }, text: well },
];

for (const way of ways) {
  for (const { row, fault, kind, text, caps, ...facts } of outcomes) {
    const name = typeof fault === "string" ? fault : JSON.stringify(fault);
    test(`${row}, ${way.name}: ${name} is ${kind ?? "no trouble"}`, async (t) => {
      const server = await started(t, [fault]);
      const model = modelAt(server.url, { ...way.open(t).options, ...(caps !== undefined && { caps }) });
      if (kind === undefined) {
        assert.equal((await model.complete(hello)).text, text);
      } else {
        const error = await modelError(model.complete(hello));
        assert.equal(error.kind, kind, error.message);
        const { status, retryable, retryAfterMs, message, partial } = facts;
        if (status !== undefined) assert.equal(error.status, status);
        if (retryable !== undefined) assert.equal(error.retryable, retryable);
        assert.equal(error.retryAfterMs, retryAfterMs);
        if (message !== undefined) assert.match(error.message, message);
        if (partial !== undefined) assert.deepEqual(error.partial?.parts, [{ type: "text", text: partial }]);
      }
      assert.equal(server.requests.length, 1);
      // Whatever it was, it harms nothing after it.
      assert.equal((await model.complete(hello)).text, well);
    });
  }
}
