import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import type { Endpoint } from "../../src/providers/open-model.ts";
import type { Model } from "../../src/providers/model.ts";
import {
  faultServer,
  type FaultProtocol,
  type FaultServer,
  type FaultStep,
} from "../../src/testing/index.ts";
import { outcomes, well, type OutcomeRow } from "./outcomes.ts";
import { protocols } from "./protocols.ts";
import { started } from "./started.ts";
import { virtualSystem, type VirtualSystem } from "../support/clock.ts";
import { modelError } from "../support/failure.ts";
import { hello, modelAt } from "../support/ways.ts";

/** A model that is asked again, and whose waits pass at once. */
function patient(
  url: string,
  options: Partial<Endpoint> & { readonly system?: VirtualSystem; readonly retries: number },
): Asking {
  const { system = virtualSystem(), retries } = options;
  const model = modelAt(url, { ...options, system, retries: { retries, deadlineMs: 1e9 } });
  const waits: number[] = [];
  let attempts = 0;
  const onEvent = (event: StreamEvent): void => {
    if (event.type === "request") attempts++;
    if (event.type !== "retry") return;
    waits.push(event.delayMs);
    queueMicrotask(() => system.clock.advance(event.delayMs));
  };
  return { waits, attempts: () => attempts, ask: () => model.complete(hello, { onEvent }) };
}

interface Asking {
  readonly waits: readonly number[];
  readonly attempts: () => number;
  readonly ask: () => ReturnType<Model["complete"]>;
}

const paths: Readonly<Record<FaultProtocol, string>> = {
  "anthropic-messages": "/v1/messages",
  "openai-chat": "/chat/completions",
  "openai-responses": "/responses",
  gemini: "/models/test-model:streamGenerateContent?alt=sse",
};

const serving = (
  t: TestContext,
  protocol: FaultProtocol,
  ...plan: readonly FaultStep[]
): Promise<FaultServer> => started(t, plan, { protocol, answer: "at last" });

for (const protocol of protocols) {
  test(`${protocol}: a plan is played in order, then all is well; waits are as asked`, async (t) => {
    const server = await serving(
      t,
      protocol,
      { answer: "one" },
      "overloaded",
      { fault: "rate-limit", retryAfterMs: 50_000 },
      { fault: "reset", when: "before-head" },
    );
    const { ask, waits } = patient(server.url, { protocol, retries: 4 });
    assert.equal((await ask()).text, "one");
    assert.equal((await ask()).text, "at last");
    // The cut of a connection that was used before is not waited after.
    assert.equal(waits.length, 2);
    assert.ok((waits[1] ?? 0) >= 50_000);
    assert.equal(server.requests.length, 5);
    assert.deepEqual(server.requests[4]?.body, server.requests[1]?.body);
    assert.equal(server.requests[0]?.path, paths[protocol]);
  });

  test(`F3, ${protocol}: an error is tried again while nothing was seen, and not after`, async (t) => {
    const server = await serving(t, protocol, "error-event", { fault: "error-event", after: "text" });
    const { ask } = patient(server.url, { protocol, retries: 4 });
    const error = await modelError(ask());
    assert.equal(error.kind, "overloaded");
    assert.equal(server.requests.length, 2);
    assert.equal((await ask()).text, "at last");
  });
}

const rows: readonly OutcomeRow[] = [
  ...outcomes.filter(({ caps, fault }) => caps === undefined && typeof fault === "string"),
  ...outcomes.filter(
    ({ fault }) =>
      typeof fault === "object" && ["rate-limit", "error-event", "reset", "html"].includes(fault.fault),
  ),
  { row: "F17", fault: "stale-socket", text: well },
  { row: "F19", fault: "gzip", text: well },
];

test("any plan, on any protocol: what ends it is the first fault that must, or a good answer", async () => {
  const plans = fc.array(fc.constantFrom(...rows), { maxLength: 6 });
  const protocol = fc.constantFrom(...protocols);
  await fc.assert(
    fc.asyncProperty(plans, protocol, fc.nat(4), fc.boolean(), async (plan, protocol, retries, streaming) => {
      const system = virtualSystem();
      const server = await faultServer(
        plan.map(({ fault }) => fault),
        { protocol, now: () => system.clock.now() },
      );
      try {
        const { ask, attempts } = patient(server.url, { protocol, system, retries, streaming });
        const result = await ask().catch((error: unknown) => error);
        const asked = server.requests.length;
        const last = plan[asked - 1];
        for (const passed of plan.slice(0, asked - 1)) {
          assert.ok(!(streaming && passed.seen), "what was seen is not asked for again");
          assert.ok(passed.retryable, `${JSON.stringify(passed.fault)} is not tried again`);
        }
        if (result instanceof ModelError) {
          assert.equal(result.kind, last?.kind, result.message);
          const final = (streaming && last?.seen === true) || last?.retryable === false;
          assert.ok(final || attempts() === retries + 1, "it was given up too early");
        } else {
          assert.equal(last?.kind, undefined, "it failed");
          assert.equal((result as { text: string }).text, last?.text ?? well);
        }
      } finally {
        await server.close();
      }
    }),
    { numRuns: 200 },
  );
});
