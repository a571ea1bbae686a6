import assert from "node:assert/strict";
import { test } from "node:test";
import { createConversation } from "../../src/conversation/conversation.ts";
import { text } from "../../src/llm/message.ts";
import * as say from "../support/answers.ts";
import { converse, says } from "../support/conversing.ts";
import { json } from "../support/fault-server.ts";
import { KEY } from "../support/ways.ts";

test("toJSON holds everything and survives JSON.stringify", async (t) => {
  const content = [
    { type: "thinking", thinking: "hm", signature: "sig" },
    { type: "redacted_thinking", data: "opaque" },
    { type: "text", text: "see", citations: [{ type: "char_location", cited_text: "c" }] },
    { type: "tool_use", id: "toolu_1", name: "look", input: { path: "a" } },
    { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "q" } },
  ];
  const { conversation } = await converse(t, [json(say.wholeAnswer("", { content })), says("ok")], {
    system: "brief",
  });
  await conversation.send([
    text("hi"),
    { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
  ]);
  const child = conversation.child();
  await child.send("below");
  const plain = conversation.toJSON();
  const written = JSON.parse(JSON.stringify(conversation)) as typeof plain;
  assert.deepEqual(written, plain);
  assert.equal(written.version, 1);
  assert.equal(written.id, conversation.id);
  assert.equal(written.parentId, undefined);
  assert.equal(child.toJSON().parentId, conversation.id);
  assert.deepEqual(written.model, { name: "test-model", provider: conversation.model.info.provider });
  assert.deepEqual(written.system, [text("brief")]);
  assert.deepEqual(written.messages, conversation.history.toArray());
  assert.equal(written.messages[1]?.parts.length, content.length);
  assert.equal(written.usage.responses, 2);
  // Twice 11 x 3 + 7 x 15 = 138 micro-dollars.
  assert.deepEqual(written.usage.cost, { known: true, picodollars: "276000000", dollars: 0.000276 });
  assert.doesNotMatch(JSON.stringify(written), new RegExp(KEY));
});

test("messages that were written down begin a conversation that sends the same", async (t) => {
  const { server, conversation } = await converse(t, [says("A"), says("B"), says("B")]);
  await conversation.send("a");
  const { messages } = JSON.parse(JSON.stringify(conversation)) as ReturnType<typeof conversation.toJSON>;
  await createConversation({ model: conversation.model, messages }).send("b");
  await conversation.send("b");
  assert.deepEqual(server.calls[1]?.body, server.calls[2]?.body);
});

test("an empty conversation, and a cost that is not known", async (t) => {
  const { usage: _, ...silent } = say.wholeAnswer("ok");
  const { conversation } = await converse(t, [json(silent)]);
  const before = conversation.toJSON();
  assert.deepEqual(before.messages, []);
  assert.deepEqual(before.usage.cost, { known: true, picodollars: "0", dollars: 0 });
  await conversation.send("hi");
  const { cost } = conversation.toJSON().usage;
  assert.deepEqual(cost, { known: false, why: "the provider reported no usage", atLeast: "0" });
});
