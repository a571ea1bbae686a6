import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../src/llm/event.ts";
import { begun, partialOf, unfinished } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { Heard, settled } from "../support/gate.ts";
import { hello, modelAt, ways } from "../support/ways.ts";

for (const protocol of protocols) {
  const { partial } = { partial: begun, ...unfinished[protocol] };
  for (const way of ways) {
    for (const after of ["nothing", "text"] as const) {
      test(`F7, ${protocol}, ${way.name}: stall after ${after} is a timeout`, async (t) => {
        const server = await started(t, [{ fault: "stall", after }], { protocol });
        const system = virtualSystem();
        const heard = new Heard<StreamEvent>();
        const model = modelAt(server.url, { ...way.open(t).options, protocol, system });
        const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
        if (after === "text") await heard.until("part-delta", 2);
        while (server.requests.length === 0) await settled(1);
        // What the fetch and the dispatcher still have to say about the connection is said.
        await settled();
        system.clock.advance(120_000);
        const error = await failing;
        assert.equal(error.kind, "timeout");
        assert.equal(partialOf(error), after === "text" ? partial : "");
        assert.equal(system.clock.pending, 0);
      });
    }

    test(`F7, ${protocol}, ${way.name}: a ping storm is a timeout`, async (t) => {
      const server = await started(t, [{ fault: "ping-storm", everyMs: 0 }], { protocol });
      const system = virtualSystem();
      const heard = new Heard<StreamEvent>();
      const model = modelAt(server.url, { ...way.open(t).options, protocol, system });
      const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
      await heard.until("part-delta", 2);
      for (let waited = 0; waited < 90_000; waited += 10_000) {
        await settled();
        system.clock.advance(10_000);
      }
      const error = await failing;
      assert.equal(error.kind, "timeout");
      assert.equal(partialOf(error), partial);
    });
  }

  test(`F20, ${protocol}: a machine that slept in the middle of an answer knows soon that it is over`, async (t) => {
    const server = await started(t, [{ fault: "stall", after: "text" }], { protocol });
    const system = virtualSystem();
    const heard = new Heard<StreamEvent>();
    const model = modelAt(server.url, { protocol, system });
    const failing = modelError(model.complete(hello, { onEvent: heard.onEvent }));
    await heard.until("part-delta", 2);
    system.clock.jump(3_600_000);
    // The next look, and the few seconds for what has arrived meanwhile.
    system.clock.advance(15_000);
    const error = await failing;
    assert.equal(error.kind, "timeout");
    assert.match(error.message, /slept/);
    assert.equal(partialOf(error), partial);
  });
}
