import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { rehearsal } from "../../src/testing/index.ts";

const prices = { rates: { input: "3", output: "15" } };

test("an answer that was cut is not free: its cost is unknown, for every ancestor", async () => {
  const parent = createConversation({ model: rehearsal({ prices }) });
  const child = parent.child();
  await assert.rejects(child.send("fail: server after 3"), { kind: "server" });
  for (const { cost, responses, unreported } of [child.usage(), parent.usage()]) {
    assert.equal(cost.known, false);
    assert.equal(responses, 0);
    assert.equal(unreported, 1);
  }
});

test("an answer that was cancelled after it began is not free either", async () => {
  const conversation = createConversation({ model: rehearsal({ prices }) });
  for await (const event of conversation.stream("stream: 500")) if (event.type === "part-delta") break;
  assert.equal(conversation.usage().cost.known, false);
});

test("a request that was refused before its answer began costs nothing", async () => {
  const conversation = createConversation({ model: rehearsal({ prices }) });
  await assert.rejects(conversation.send("error: no"), { kind: "server" });
  assert.deepEqual(conversation.usage().cost, { known: true, picodollars: 0n, dollars: 0 });
});

test("a cut answer of a model that is free is free", async () => {
  const conversation = createConversation({ model: rehearsal() });
  await assert.rejects(conversation.send("fail: server after 3"), { kind: "server" });
  assert.equal(conversation.usage().cost.known, true);
});
