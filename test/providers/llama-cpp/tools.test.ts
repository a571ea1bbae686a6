import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../../src/llm/errors.ts";
import type { Request } from "../../../src/llm/request.ts";
import { ended, hello, openFake } from "./fake-llama.ts";

const inputSchema = { type: "object", properties: { path: { type: "string" } } };
const tools: Request["tools"] = [
  { name: "look", description: "Looks", inputSchema },
  { name: "stop", inputSchema: { type: "object", properties: {} } },
  { type: "vendor", protocol: "anthropic-messages", value: { type: "web_search" } },
];
const look = {
  description: "Looks",
  params: { type: "object", properties: { path: { type: "string" } }, additionalProperties: false },
};

test("tools are told of and may be called", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  await model.complete({ ...hello, tools });
  const [ask] = fake.asks;
  assert.deepEqual(ask?.functions, { look, stop: {} });
  assert.deepEqual(ask?.state.contextText.told, ["look", "stop"]);
  assert.ok(ask?.state.noPrefixTrigger);
  assert.equal(ask?.maxParallelFunctionCalls, undefined);
});

test("a forced call begins the answer; all tools stay told of, so that the prompt stays the same", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  await model.complete({ ...hello, tools, toolChoice: { mode: "tool", name: "look", parallel: false } });
  const [ask] = fake.asks;
  assert.deepEqual(ask?.functions, { look });
  assert.equal(ask?.maxParallelFunctionCalls, 1);
  assert.deepEqual(ask?.state.contextText.told, ["look", "stop"]);
  assert.deepEqual(ask?.state.functionCall, { initiallyEngaged: true, disengageInitiallyEngaged: [] });
  assert.equal(ask?.state.noPrefixTrigger, undefined);
});

test("no tools may be called where none are there, or none are allowed", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  await model.complete({ ...hello, tools, toolChoice: { mode: "none" } });
  await model.complete({ ...hello, tools: [] });
  for (const ask of fake.asks) assert.equal("functions" in ask, false);
});

test("calls become parts, with ids of their own and arguments without the engine's blanks", async (t) => {
  const { model } = openFake(t, (ask) => {
    ask.say({ text: "I " });
    for (const paramsChunk of ['{"path": "a b"', " ", "\n}", "\n\n", "\n\n"]) {
      ask.onFunctionCallParamsChunk?.({ callIndex: 0, functionName: "look", paramsChunk });
    }
    ask.onFunctionCall?.({ functionName: "look" });
    ask.onFunctionCall?.({ functionName: "stop" });
    return { stopReason: "functionCalls" };
  });
  const first = await model.complete({ ...hello, tools });
  const second = await model.complete({ ...hello, tools });
  assert.equal(first.stopReason, "tool_use");
  assert.equal(first.rawStopReason, "functionCalls");
  assert.equal(first.text, "I ");
  assert.deepEqual(
    first.toolCalls.map(({ name, argumentsText, input }) => ({ name, argumentsText, input })),
    [
      { name: "look", argumentsText: '{"path": "a b" \n}', input: { path: "a b" } },
      { name: "stop", argumentsText: "{}", input: {} },
    ],
  );
  const ids = [...first.toolCalls, ...second.toolCalls].map(({ id }) => id);
  assert.equal(new Set(ids).size, 4);
  for (const id of ids) assert.match(id, /^call_[0-9a-z]{9}$/);
});

test("arguments are the same however they come in pieces, and the pieces add up to them", async (t) => {
  const value = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean()), { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(value, fc.nat(4), fc.array(fc.nat(80)), async (input, indent, cuts) => {
      const written = JSON.stringify(input, undefined, indent);
      const sent = `${written}\n\n\n\n`;
      const at = [0, ...cuts.filter((cut) => cut < sent.length).sort((a, b) => a - b), sent.length];
      const { model } = openFake(t, (ask) => {
        for (const [n, cut] of at.slice(1).entries()) {
          const paramsChunk = sent.slice(at[n], cut);
          ask.onFunctionCallParamsChunk?.({ callIndex: 0, functionName: "look", paramsChunk });
        }
        ask.onFunctionCall?.({ functionName: "look" });
        return { stopReason: "functionCalls" };
      });
      let added = "";
      const { toolCalls } = await model.complete(
        { ...hello, tools },
        {
          onEvent: (event) => {
            if (event.type === "part-delta" && event.kind === "arguments") added += event.text;
          },
        },
      );
      assert.deepEqual(
        toolCalls.map(({ argumentsText, input }) => [argumentsText, input]),
        [[written, input]],
      );
      assert.equal(added, written);
    }),
    { numRuns: 50 },
  );
});

test("ids stay apart from those of the conversation, also where chance is always the same", async (t) => {
  const system = {
    random: () => 0,
    clock: { now: () => 0, monotonic: () => 0, timer: () => () => undefined },
  };
  const { model } = openFake(
    t,
    (ask) => {
      ask.onFunctionCall?.({ functionName: "stop" });
      ask.onFunctionCall?.({ functionName: "stop" });
      return { stopReason: "functionCalls" };
    },
    { system },
  );
  const first = await model.complete({ ...hello, tools });
  const second = await model.complete({ messages: [...hello.messages, first.message], tools });
  assert.deepEqual(
    [...first.toolCalls, ...second.toolCalls].map(({ id }) => id),
    ["call_000000000", "call_000000000_2", "call_000000000_3", "call_000000000_4"],
  );
});

test("a call that was cut has no input", async (t) => {
  const { model } = openFake(t, (ask) => {
    ask.onFunctionCallParamsChunk?.({ callIndex: 0, functionName: "look", paramsChunk: '{"pa' });
    return { stopReason: "maxTokens" };
  });
  const { toolCalls, stopReason } = await model.complete({ ...hello, tools, maxOutputTokens: 5 });
  assert.equal(stopReason, "max_tokens");
  assert.deepEqual(
    toolCalls.map(({ argumentsText, input }) => [argumentsText, input]),
    [['{"pa', undefined]],
  );
});

test("an answer by a schema is bound by a grammar; a forced call is bound by its tool", async (t) => {
  const { model, fake } = openFake(t, () => ended);
  const responseSchema = { schema: inputSchema };
  await model.complete({ ...hello, responseSchema });
  await model.complete({ ...hello, responseSchema, tools, toolChoice: { mode: "any" } });
  assert.deepEqual(fake.asks[0]?.grammar, { schema: look.params });
  assert.equal(fake.asks[1]?.grammar, undefined);
  assert.deepEqual(Object.keys(fake.asks[1]?.functions ?? {}), ["look", "stop"]);
});

const refused: readonly (readonly [string, Partial<Request>, RegExp])[] = [
  ["both bindings at once", { tools, responseSchema: { schema: {} } }, /either to a schema or to tools/],
  ["a tool that is not there", { tools, toolChoice: { mode: "tool", name: "nope" } }, /"nope"/],
  ["a call where there are no tools", { toolChoice: { mode: "any" } }, /no such tool/],
  ["a name with blanks", { tools: [{ name: "a b", inputSchema }] }, /"a b"/],
];

for (const [name, request, message] of refused) {
  test(`the engine is not asked for ${name}`, async (t) => {
    const { model, fake } = openFake(t, () => ended);
    await assert.rejects(model.complete({ ...hello, ...request }), (error) => {
      assert.ok(error instanceof ModelError && error.kind === "invalid-request");
      assert.match(error.message, message);
      return true;
    });
    assert.equal(fake.asks.length, 0);
  });
}
