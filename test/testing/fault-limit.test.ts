import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamEvent } from "../../src/llm/event.ts";
import { well } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { virtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt } from "../support/ways.ts";

const CHILDREN = 8;

for (const protocol of protocols) {
  test(`F2, ${protocol}: many who share a limit all get their answer, few ask in vain, and none asks before it may`, async (t) => {
    const system = virtualSystem();
    const limit = { requests: 2, perMs: 60_000 };
    const server = await started(t, [], { protocol, limit, now: () => system.clock.now() });
    const model = modelAt(server.url, { protocol, system, retries: { retries: CHILDREN, deadlineMs: 1e9 } });
    let underWay = 0;
    let attempts = 0;
    let done = 0;
    /** Time passes when nobody has a request under way. */
    const over = (): void => {
      underWay--;
      setImmediate(() => {
        if (underWay === 0 && done < CHILDREN) system.clock.advance(70_000);
      });
    };
    const onEvent = (event: StreamEvent): void => {
      if (event.type === "request") {
        underWay++;
        attempts = Math.max(attempts, event.attempt);
      } else if (event.type === "retry") {
        assert.equal(event.error.kind, "rate-limit");
        assert.ok(event.delayMs >= limit.perMs, `${event.delayMs} ms are too short`);
        over();
      } else if (event.type === "wait") assert.equal(event.error.kind, "rate-limit");
    };
    const child = async (): Promise<void> => {
      assert.equal((await model.complete(hello, { onEvent })).text, well);
      done++;
      over();
    };
    await Promise.all(Array.from({ length: CHILDREN }, child));
    // All at first; then in each window two get through, and one finds out that it is over.
    assert.equal(server.requests.length, 8 + 3 + 3 + 2);
    assert.ok(attempts <= 3, `${attempts} attempts of one child`);
    assert.equal(system.clock.pending, 0);
  });
}

test("F2: what a limit refuses takes no step of the plan", async (t) => {
  let now = 0;
  const limit = { requests: 1, perMs: 1000 };
  const server = await started(t, [{ answer: "one" }, "overloaded"], { limit, now: () => now });
  const model = modelAt(server.url);
  assert.equal((await model.complete(hello)).text, "one");
  assert.equal((await modelError(model.complete(hello))).kind, "rate-limit");
  now = 1000;
  assert.equal((await modelError(model.complete(hello))).kind, "overloaded");
  assert.equal((await modelError(model.complete(hello))).kind, "rate-limit");
  now = 2000;
  assert.equal((await model.complete(hello)).text, well);
});
