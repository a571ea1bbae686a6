import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../src/llm/json.ts";
import { text } from "../../src/llm/message.ts";
import * as say from "../support/answers.ts";
import { cacheMarks, converse, says } from "../support/conversing.ts";
import { json } from "../support/fault-server.ts";

const plans = ["A", "B", "C"].map((each) => says(each));

test("each request has two marks, at the system's end and the last block, and none is stored", async (t) => {
  const system = [text("one"), text("two")];
  const { server, conversation } = await converse(t, plans, { system });
  await conversation.send("a");
  await conversation.send([text("b"), text("c")]);
  await conversation.send("d");
  assert.deepEqual(
    server.calls.map(({ json: body }) => cacheMarks(body)),
    [
      ["/system/1", "/messages/0/content/0"],
      ["/system/1", "/messages/2/content/1"],
      ["/system/1", "/messages/4/content/0"],
    ],
  );
  assert.deepEqual(cacheMarks(JSON.parse(JSON.stringify(conversation)) as JsonValue), []);
  assert.deepEqual(system, [text("one"), text("two")]);
});

test("without a system prompt there is one", async (t) => {
  const { server, conversation } = await converse(t, plans);
  await conversation.send("a");
  assert.deepEqual(cacheMarks(server.calls[0]?.json ?? {}), ["/messages/0/content/0"]);
  assert.equal(server.calls[0]?.json["system"], undefined);
});

test("cache: false marks nothing", async (t) => {
  const { server, conversation } = await converse(t, plans, { system: "s", cache: false });
  await conversation.send("a");
  await conversation.send("b");
  for (const call of server.calls) assert.deepEqual(cacheMarks(call.json), []);
});

test("a mark of an hour says so; a mark of the user's own stays where it is", async (t) => {
  const { server, conversation } = await converse(t, plans, { cache: { ttl: "1h" } });
  await conversation.send([{ ...text("a"), cache: {} }, text("b")]);
  await conversation.send("c");
  const [first, second] = server.calls.map((call) => call.json);
  assert.deepEqual(cacheMarks(first ?? {}), ["/messages/0/content/0", "/messages/0/content/1"]);
  assert.deepEqual(cacheMarks(second ?? {}), ["/messages/0/content/0", "/messages/2/content/0"]);
  assert.match(JSON.stringify(second), /"cache_control":\{"type":"ephemeral","ttl":"1h"\}/);
});

test("what was read from a cache and written to it is counted apart, and priced so", async (t) => {
  const usage = {
    input_tokens: 1,
    cache_read_input_tokens: 10,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1000,
  };
  const { conversation } = await converse(t, [json(say.wholeAnswer("ok", { usage }))]);
  await conversation.send("hi");
  const total = conversation.usage();
  assert.deepEqual([total.input, total.cacheRead, total.cacheWrite5m, total.output], [1, 10, 100, 1000]);
  // 1 x 3 + 10 x 0.30 + 100 x 3.75 + 1000 x 15 = 15381 micro-dollars.
  assert.ok(total.cost.known && total.cost.picodollars === 15_381_000_000n);
});
