import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../src/cli/command.ts";
import { Cancelled, exitCode, OutputClosed } from "../../src/cli/exit-code.ts";
import { errorJson, explain } from "../../src/cli/explain.ts";
import { TraceError } from "../../src/httprr/errors.ts";
import { BudgetBroken, BudgetExceeded, ConfigurationError, ModelError } from "../../src/llm/errors.ts";

const reached = {
  limit: "responses",
  conversationId: "abc-defg",
  allowed: 1n,
  spent: 1n,
  reserved: 0n,
  needed: 1n,
} as const;

const trace = (code: TraceError["code"]): TraceError => new TraceError(code, "f", `${code} it is`);
const configuration = (code: ConfigurationError["code"]): ConfigurationError =>
  new ConfigurationError(code, "no", ["A_KEY"]);

const rows: [error: unknown, code: number, kind: string][] = [
  [new ModelError("no", { kind: "authentication" }), 1, "authentication"],
  [new ModelError("no", { kind: "truncated" }), 1, "truncated"],
  [trace("miss"), 1, "miss"],
  [trace("closed"), 1, "closed"],
  [trace("unreadable"), 2, "unreadable"],
  [trace("unwritable"), 2, "unwritable"],
  [trace("not-a-trace"), 2, "not-a-trace"],
  [trace("corrupt"), 2, "corrupt"],
  [configuration("unknown-model"), 2, "unknown-model"],
  [configuration("missing-key"), 2, "missing-key"],
  [configuration("invalid-option"), 2, "invalid-option"],
  [configuration("busy"), 1, "busy"],
  [new UsageError("no"), 2, "usage"],
  [new BudgetExceeded(reached), 3, "budget"],
  [new BudgetExceeded({ ...reached, limit: "dollars" }), 3, "budget"],
  [
    new BudgetBroken({ ...reached, limit: "tokens", caller: "a", responseId: "", actual: 2n }),
    3,
    "budget-broken",
  ],
  [configuration("unbounded"), 2, "unbounded"],
  [new Cancelled(), 130, "cancelled"],
  [new OutputClosed(), 0, "unexpected"],
  [new TypeError("no"), 1, "unexpected"],
  ["a text", 1, "unexpected"],
  [undefined, 1, "unexpected"],
];

for (const [error, code, kind] of rows) {
  test(`exit code: ${kind} is ${code}`, () => {
    assert.equal(exitCode(error), code);
    const json = errorJson(error);
    assert.equal(json.kind, kind);
    assert.equal(typeof json.message, "string");
    assert.equal(json.retryable, kind === "truncated");
    assert.equal(explain(error, false).length, 1);
    assert.doesNotMatch(explain(error, false)[0] ?? "\n", /\n/);
  });
}

test("explain: one line that says what to do; the facts, body and stack only when verbose", () => {
  const cause = new Error("deep down");
  const error = new ModelError("Overloaded\nplease wait", {
    kind: "overloaded",
    status: 529,
    requestId: "req_1",
    body: "<the body>",
    cause,
  });
  assert.deepEqual(explain(error, false), [
    "Overloaded please wait. Try again later, or choose another --model.",
  ]);
  const all = explain(error, true).join("\n");
  for (const fact of [
    "status: 529",
    "request id: req_1",
    "body: <the body>",
    "at ",
    "caused by Error: deep down",
  ]) {
    assert.ok(all.includes(fact), fact);
  }
});

test("explain: a missing key names the variables and the way out", () => {
  assert.match(explain(configuration("missing-key"), false)[0] ?? "", /set A_KEY; .*rehearsal/);
});
