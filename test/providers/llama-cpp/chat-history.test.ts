import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { text, userMessage, type Message, type Part } from "../../../src/llm/message.ts";
import { chatHistory } from "../../../src/providers/llama-cpp/chat-history.ts";

const says = (...parts: Part[]): Message => ({ role: "assistant", parts });
const call = (id: string, argumentsText = '{"a":1}'): Part => ({
  type: "tool-call",
  id,
  name: "look",
  argumentsText,
  input: argumentsText === "" || argumentsText.endsWith("}") ? JSON.parse(argumentsText || "{}") : undefined,
});
const result = (callId: string, said: string, isError = false): Part => ({
  type: "tool-result",
  callId,
  content: [text(said)],
  isError,
});
const called = (result: string, startsNewChunk = true, params: object = { a: 1 }): object => ({
  type: "functionCall",
  name: "look",
  params,
  result,
  startsNewChunk,
});
const model = (...response: (string | object)[]): object => ({ type: "model", response });
const user = (said: string): object => ({ type: "user", text: said });

const cases: readonly (readonly [string, readonly Message[], readonly object[]])[] = [
  ["a question", [userMessage("hi")], [user("hi"), model()]],
  [
    "an exchange and a question",
    [userMessage("hi"), says(text("yes?")), userMessage("so")],
    [user("hi"), model("yes?"), user("so"), model()],
  ],
  [
    "a result goes to its call, and the model goes on",
    [userMessage("hi"), says(text("a "), call("1")), userMessage([result("1", "seen")]), says(text("b"))],
    [user("hi"), model("a ", called("seen"), "b")],
  ],
  [
    "two calls at once, answered in another order, and one later",
    [
      says(call("1"), call("2")),
      userMessage([result("2", "two"), result("1", "one", true)]),
      says(call("3")),
      userMessage([result("3", "three"), text("and now?")]),
    ],
    [model(called("Error: one"), called("two", false), called("three")), user("and now?"), model()],
  ],
  [
    "arguments that are no JSON, and none",
    [says(call("1", '{"a'), call("2", ""))],
    [model(called("[no result]", true, { invalid_json: '{"a' }), called("[no result]", false, {}))],
  ],
  [
    "a result of a call that is not there",
    [userMessage([result("9", "lost")])],
    [user("[result of a call that is not in this conversation]\nlost"), model()],
  ],
  [
    "two messages of the user in a row are one",
    [userMessage("hi"), userMessage("still there?")],
    [user("hi\n\nstill there?"), model()],
  ],
  [
    "what it cannot show is told of",
    [
      userMessage([
        text("see"),
        { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
        { type: "file", source: { kind: "text", mediaType: "text/plain", text: "in it" } },
        { type: "file", source: { kind: "file-id", id: "f" } },
        { type: "opaque", protocol: "other", value: { type: "x" } },
      ]),
    ],
    [
      user(
        "see\n\n[image omitted: this model cannot take it here]\n\nin it\n\n[file omitted: this model cannot take it here]",
      ),
      model(),
    ],
  ],
  [
    "its own thoughts go back, those of others do not",
    [
      says(
        { type: "thinking", text: "mine", protocol: "llama.cpp" },
        { type: "thinking", text: "theirs", protocol: "anthropic-messages", signature: "s" },
        {
          type: "thinking",
          text: "aside",
          protocol: "llama.cpp",
          vendor: { protocol: "llama.cpp", fields: { segment: "comment" } },
        },
        text("so"),
      ),
    ],
    [
      model(
        { type: "segment", segmentType: "thought", text: "mine", ended: true },
        { type: "segment", segmentType: "comment", text: "aside", ended: true },
        "so",
      ),
    ],
  ],
];

for (const [name, messages, expected] of cases) {
  test(`chat history: ${name}`, () => assert.deepEqual(chatHistory({ messages }), expected));
}

test("chat history: instructions stand before all else, and empty ones nowhere", () => {
  const messages = [userMessage("hi")];
  assert.deepEqual(chatHistory({ system: [text("a"), text("b")], messages })[0], {
    type: "system",
    text: "a\n\nb",
  });
  assert.deepEqual(chatHistory({ system: [text("")], messages }), [user("hi"), model()]);
});

test("chat history: sides always take turns, it ends with the model, and every text is in it", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  const part = fc.oneof(
    word.map((each): Part => text(each)),
    word.map((each): Part => call(each)),
    fc.tuple(word, word).map(([id, said]): Part => result(id, said)),
  );
  const role = fc.constantFrom("user" as const, "assistant" as const);
  const message = fc.record({ role, parts: fc.array(part, { maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const before = JSON.stringify(messages);
      const items = chatHistory({ messages });
      assert.equal(JSON.stringify(messages), before);
      assert.equal(items.at(-1)?.type, "model");
      for (const [at, item] of items.entries()) if (at > 0) assert.notEqual(item.type, items[at - 1]?.type);
      const written = JSON.stringify(items);
      for (const each of messages.flatMap(({ parts }) => parts)) {
        if (each.type === "text") assert.ok(written.includes(each.text));
      }
    }),
  );
});
