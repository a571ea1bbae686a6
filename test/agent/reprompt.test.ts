import assert from "node:assert/strict";
import { test } from "node:test";
import { suggestReprompt } from "../../src/agent/reprompt.ts";
import { createConversation } from "../../src/conversation/conversation.ts";
import { ModelError } from "../../src/llm/errors.ts";
import { messageText } from "../../src/llm/message.ts";
import { scripted } from "../../src/testing/scripted.ts";

test("a better beginning is asked for beside the conversation, which stays as it is", async () => {
  const model = scripted(["The parser is in parse.ts.", "Fix the parser in parse.ts.\n"]);
  const talk = createConversation({ model, system: "You are an agent." });
  await talk.send("Where is the parser?");
  const before = talk.history;
  assert.equal(await suggestReprompt(talk), "Fix the parser in parse.ts.");
  assert.equal(talk.history, before);
  const [message] = [...(model.requests[1]?.messages ?? [])];
  assert.match(message === undefined ? "" : messageText(message), /Where is the parser\?[^]*in parse\.ts\./);
  assert.equal(model.requests[1]?.system, undefined);
  assert.equal(talk.usage().responses, 2);
});

test("a conversation that is too long to be shown is shown shorter", async () => {
  const tooLong = { error: new ModelError("too long", { kind: "context-overflow" }) };
  const model = scripted(["Yes.", tooLong, "Shorter."]);
  const talk = createConversation({ model });
  await talk.send("x".repeat(300_000));
  assert.equal(await suggestReprompt(talk), "Shorter.");
  const [, long = 0, short = 0] = model.requests.map(({ messages }) => JSON.stringify([...messages]).length);
  assert.ok(long > 200_000 && short < 0.6 * long, `${long} and ${short}`);
});
