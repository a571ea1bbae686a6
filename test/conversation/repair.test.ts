import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { repair } from "../../src/conversation/repair.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { gemini } from "../../src/protocols/gemini/index.ts";
import { openaiChat } from "../../src/protocols/openai-chat/index.ts";
import { openaiResponses } from "../../src/protocols/openai-responses/index.ts";
import { encode } from "../../src/protocols/protocol.ts";
import { isSendable } from "../handoff/preconditions.ts";
import { validators } from "../support/validators/index.ts";

const user = (...parts: Part[]): Message => ({ role: "user", parts });
const model = (...parts: Part[]): Message => ({ role: "assistant", parts });
const say = (text: string): Part => ({ type: "text", text });
const call = (id: string, name = "shell"): Part => ({
  type: "tool-call",
  id,
  name,
  argumentsText: "{}",
  input: {},
});
const result = (callId: string, text = "ok"): Part => ({
  type: "tool-result",
  callId,
  name: "shell",
  content: [{ type: "text", text }],
});

test("a history in order comes back as it is, the same objects", () => {
  const history = [
    user(say("hi")),
    model(say("yes"), call("a"), call("b")),
    user(result("a"), result("b"), say("go on")),
  ];
  const repaired = repair(history);
  assert.equal(repaired.length, history.length);
  for (const [at, message] of history.entries()) assert.equal(repaired[at], message);
});

test("each call gets one result, in the order of the calls, before what else is said", () => {
  const [, , said] = repair([
    user(say("hi")),
    model(call("a"), call("b"), call("c")),
    user(say("meanwhile"), result("c", "C"), result("a", "A"), result("a", "again"), result("x", "X")),
  ]);
  const parts = said?.parts ?? [];
  assert.deepEqual(
    parts.map((part) => (part.type === "tool-result" ? part.callId : part.type)),
    ["a", "b", "c", "text", "text", "text"],
  );
  assert.equal(parts[1]?.type === "tool-result" && parts[1].isError, true);
  // Nothing is lost: a result of no call, or a second one, is told as text.
  assert.match(JSON.stringify(parts.slice(3)), /again.*X/s);
});

test("calls that were answered by another answer get a result between them", () => {
  const repaired = repair([user(say("hi")), model(call("a")), model(say("and then"))]);
  assert.deepEqual(
    repaired.map(({ role }) => role),
    ["user", "assistant", "user", "assistant"],
  );
});

test("a call's id that was had before is made another, and its result with it", () => {
  const again = [model(call("call_0")), user(result("call_0"))];
  const repaired = repair([user(say("hi")), ...again, ...again, ...again]);
  const ids = repaired.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])),
  );
  assert.equal(new Set(ids).size, 3);
  assert.ok(isSendable(repaired));
});

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.string({ maxLength: 5 }).map(say),
  fc.constantFrom("a", "b", "c", "").map((id) => call(id)),
  fc.constantFrom("a", "b", "c", "").map((id) => result(id)),
  fc.constant<Part>({ type: "thinking", text: "hm", signature: "s", protocol: "anthropic-messages" }),
);
const anyMessage: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom("user" as const, "assistant" as const),
  parts: fc.array(anyPart, { maxLength: 4 }),
});

test("whatever was there, what is repaired can be sent by every protocol, and is not repaired again", () => {
  const target = { model: "any", stream: false, maxOutputTokens: 100, thinking: "none" } as const;
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 8 }), (messages) => {
      const repaired = repair([...messages, user(say("and now?"))]);
      const twice = repair(repaired);
      assert.equal(twice.length, repaired.length);
      for (const [at, message] of repaired.entries()) assert.equal(twice[at], message);
      if (repaired[0]?.parts.every((part) => part.type === "text" && part.text.trim() === "")) return;
      for (const protocol of [anthropicMessages, openaiChat, openaiResponses, gemini]) {
        const dialect = protocol === openaiChat ? { dialect: { strict: true } } : {};
        const body: unknown = JSON.parse(encode(protocol, { messages: repaired }, { ...target, ...dialect }));
        assert.deepEqual(validators[protocol.id](body), [], protocol.id);
      }
    }),
    { numRuns: 1000 },
  );
});
