import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { faultServer } from "../../src/testing/index.ts";
import { well } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

/*
 * Gemini's streams have no end mark but the end of their body, and a finish reason may stand in each chunk
 * (https://github.com/BerriAI/litellm/issues/2195): what breaks before that end may be anywhere in the answer.
 */
for (const protocol of protocols) {
  const marked = protocol !== "gemini";
  // A fetch may lose what it had not yet handed out when the connection broke.
  for (const way of ways.filter(({ name }) => name !== "fetch")) {
    test(`F5, ${protocol}, ${way.name}: what breaks when all was said is ${marked ? "no matter" : "truncated"}`, async (t) => {
      const server = await started(t, [{ fault: "reset", when: "after-end" }], { protocol });
      const answering = modelAt(server.url, { ...way.open(t).options, protocol }).complete(hello);
      if (marked) assert.equal((await answering).text, well);
      else assert.equal((await modelError(answering)).kind, "truncated");
      assert.equal(server.requests.length, 1);
    });
  }

  for (const way of ways) {
    test(`F7, ${protocol}, ${way.name}: a body that stays open is ${marked ? "not waited for" : "a timeout"}`, async (t) => {
      const server = await started(t, [{ fault: "stall", after: "end" }], { protocol });
      const system = virtualSystem();
      const heard = new Heard<StreamEvent>();
      const model = modelAt(server.url, { ...way.open(t).options, protocol, system });
      const answering = model.complete(hello, { onEvent: heard.onEvent });
      answering.catch(() => undefined);
      await heard.until("part-delta", 3);
      await settled();
      system.clock.advance(marked ? 1000 : 90_000);
      if (marked) assert.equal((await answering).text, well);
      else assert.equal((await modelError(answering)).kind, "timeout");
      assert.equal(system.clock.pending, 0);
    });
  }

  for (const streaming of [true, false]) {
    const what = streaming ? "a stream" : "a whole answer";
    test(`F6, ${protocol}: ${what} that ends after any byte is truncated, or all of it`, async () => {
      const cuts = fc.array(fc.oneof(fc.nat(900), fc.nat(4000)), { minLength: 20, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(cuts, async (cuts) => {
          const plan = cuts.map((bytes) => ({ fault: "truncated", bytes }) as const);
          const server = await faultServer(plan, { protocol });
          try {
            const model = modelAt(server.url, { protocol, streaming });
            for (const _ of cuts) {
              const result = await model.complete(hello).catch((error: unknown) => error);
              if (result instanceof ModelError) assert.equal(result.kind, "truncated", result.message);
              else {
                const { text, stopReason, usage } = result as Awaited<ReturnType<typeof model.complete>>;
                assert.deepEqual([text, stopReason, usage.output], [well, "end_turn", 5]);
              }
            }
          } finally {
            await server.close();
          }
        }),
        { numRuns: 20 },
      );
    });
  }
}
