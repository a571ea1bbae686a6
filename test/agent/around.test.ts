import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { around, type CallAround } from "../../src/agent/around.ts";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import { defineTool, type Tool } from "../../src/conversation/tool.ts";
import { scripted } from "../../src/testing/index.ts";

const seen: string[] = [];
const tool = defineTool({
  name: "say",
  input: { type: "object", properties: { word: { type: "string" } }, required: ["word"] },
  run: ({ word }) => {
    seen.push(`run ${word as string}`);
    if (word === "bad") throw new Error("a bad word");
    return { content: `said ${word as string}`, display: { word } };
  },
});

test("what is done around a call sees it, may refuse it, and may add to its result", async () => {
  const noted = (name: string): CallAround => ({
    before: async ({ input }) => {
      seen.push(`${name} before`);
      return (input as { word: string }).word === "never" && name === "inner" ? "not that word" : undefined;
    },
    after: async (_, { isError }) => {
      seen.push(`${name} after ${isError ? "failure" : "success"}`);
      return name === "outer" ? "and noted" : undefined;
    },
  });
  const wrapped = around(tool, [noted("outer"), noted("inner")]);
  assert.deepEqual(await told(wrapped, "hi"), ["said hi", "and noted"]);
  assert.deepEqual(await told(wrapped, "bad"), ["a bad word", "and noted"]);
  assert.deepEqual(await told(wrapped, "never"), ["not that word"]);
  assert.equal(
    seen.join(", "),
    "outer before, inner before, run hi, inner after success, outer after success, " +
      "outer before, inner before, run bad, inner after failure, outer after failure, outer before, inner before",
  );
});

test("a call that is cancelled while something is done before it does not run", async () => {
  seen.length = 0;
  let go: () => void = () => undefined;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const slow: CallAround = {
    before: () => {
      begin();
      return new Promise((resolve) => (go = () => resolve(undefined)));
    },
    after: async () => {
      seen.push("after");
      return undefined;
    },
  };
  const conversation = createConversation({
    model: scripted([{ toolCalls: [{ name: "say", input: { word: "late" } }] }]),
    tools: [around(tool, [slow])],
    toolGraceMs: 1,
  });
  const turn = conversation.turn("go");
  await begun;
  conversation.cancel("enough");
  assert.equal((await turn).end, "cancelled");
  go();
  await setImmediate();
  assert.deepEqual(seen, []);
});

test("with nothing around it, or nothing to add, a tool is what it was", async () => {
  assert.equal(around(tool, []), tool);
  assert.deepEqual(await told(around(tool, [{}]), "hi"), ["said hi"]);
});

/** What the model is told of one call. */
async function told(wrapped: Tool, word: string): Promise<readonly string[]> {
  const conversation: Conversation = createConversation({
    model: scripted([{ toolCalls: [{ name: "say", input: { word } }] }, { text: "done" }]),
    tools: [wrapped],
  });
  await conversation.turn("go");
  const results = conversation.history
    .toArray()
    .flatMap(({ parts }) => parts.filter((part) => part.type === "tool-result"));
  return results.flatMap(({ content }) =>
    content.map((part) => (part.type === "text" ? part.text : part.type)),
  );
}
