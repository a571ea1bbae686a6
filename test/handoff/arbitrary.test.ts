import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encode } from "../../src/protocols/protocol.ts";
import { history } from "./arbitrary-history.ts";
import { lost } from "./kept.ts";
import { isSendable } from "./preconditions.ts";
import { wires } from "./wires.ts";

/*
 * Any history at all goes on with any model, however odd it is: its vendor would refuse nothing in the body, and nothing
 * of it is lost on the way.
 */

for (const { name, protocol, target, check } of wires) {
  test(`handoff: any history to ${name}`, () => {
    fc.assert(
      fc.property(history, fc.constantFrom("off", "high"), (messages, thinking) => {
        assert.ok(isSendable(messages));
        const body: unknown = JSON.parse(encode(protocol, { messages, thinking, cache: {} }, target));
        assert.deepEqual(check(body), []);
        assert.deepEqual(lost(messages, [], body), []);
      }),
      { numRuns: 1000 },
    );
  });
}
