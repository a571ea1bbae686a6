import assert from "node:assert/strict";
import { test } from "node:test";
import type { FaultProtocol } from "../../src/testing/index.ts";
import { protocols } from "./protocols.ts";
import { outcomes, partialOf, well } from "./outcomes.ts";
import { started } from "./started.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/** Google's answers have none. */
const requestIds: Partial<Record<FaultProtocol, string>> = {
  "anthropic-messages": "req_fault",
  "openai-chat": "req_fault",
  "openai-responses": "req_fault",
};

for (const protocol of protocols) {
  for (const way of ways) {
    for (const { row, fault, caps, seen: _, except, ...usual } of outcomes) {
      const expected = { ...usual, ...except?.[protocol] };
      const name = typeof fault === "string" ? fault : JSON.stringify(fault);
      test(`${row}, ${protocol}, ${way.name}: ${name} is ${expected.kind ?? "no trouble"}`, async (t) => {
        const system = virtualSystem();
        const server = await started(t, [fault], { protocol, now: () => system.clock.now() });
        const options = { ...way.open(t).options, system, protocol, ...(caps !== undefined && { caps }) };
        const model = modelAt(server.url, options);
        if (expected.kind === undefined) {
          assert.equal((await model.complete(hello)).text, expected.text);
        } else {
          const error = await modelError(model.complete(hello));
          assert.equal(error.kind, expected.kind, error.message);
          for (const fact of ["status", "retryable", "retryAfterMs"] as const) {
            if (fact in expected) assert.equal(error[fact], expected[fact], fact);
          }
          if (expected.message !== undefined) assert.match(error.message, expected.message);
          if (expected.partial !== undefined) assert.equal(partialOf(error), expected.partial);
          if ((error.status ?? 200) >= 400) assert.equal(error.requestId, requestIds[protocol]);
        }
        assert.equal(server.requests.length, 1);
        // Whatever it was, it harms nothing after it.
        assert.equal((await model.complete(hello)).text, well);
      });
    }
  }
}
