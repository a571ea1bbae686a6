import assert from "node:assert/strict";
import { test } from "node:test";

import { ModelError } from "../../src/llm/errors.ts";
import { History } from "../../src/llm/history.ts";
import { messageText, userMessage } from "../../src/llm/message.ts";
import { ScriptError, scripted } from "../../src/testing/index.ts";
import { assertWellFormed, line, watch } from "./support.ts";

test("answers come in order, as they were written, and requests are remembered", async () => {
  const model = scripted([
    "one",
    { thinking: "hm", text: "two", toolCalls: [{ name: "a" }, { name: "a", input: { b: 1 }, id: "mine" }] },
    (request, index) => `${messageText([...request.messages][0]!)} ${index}`,
    async () => ({ text: "four", stopReason: "refusal", usage: { input: 9 } }),
  ]);
  const first = await model.complete(line("a", { maxOutputTokens: 1 }));
  assert.deepEqual([first.text, first.stopReason, first.cost.known], ["one", "end_turn", true]);
  const second = await model.complete(line("b"));
  assert.deepEqual(
    second.message.parts.map((part) => part.type),
    ["thinking", "text", "tool-call", "tool-call"],
  );
  assert.deepEqual(
    second.toolCalls.map((call) => call.input),
    [{}, { b: 1 }],
  );
  assert.equal(second.toolCalls[1]?.id, "mine");
  assert.notEqual(second.toolCalls[0]?.id, "mine");
  assert.equal(second.stopReason, "tool_use");
  assert.throws(() => model.done(), /4 steps, and 2 of them were never asked for/);
  assert.equal((await model.complete(line("c"))).text, "c 2");
  const fourth = await model.complete(line("d"));
  assert.deepEqual([fourth.stopReason, fourth.usage.input], ["refusal", 9]);
  model.done();
  assert.deepEqual(
    model.requests.map((request) => messageText([...request.messages][0]!)),
    ["a", "b", "c", "d"],
  );
});

test("a script that has run out says so, with the request that came", async () => {
  const model = scripted(["one"]);
  await model.complete(line("a"));
  await assert.rejects(model.complete({ messages: History.of([userMessage("more")]) }), (error) => {
    assert.ok(error instanceof ScriptError);
    assert.match(error.message, /the script has 1 step, and request 2 came; its last message: "more"/);
    return true;
  });
  await assert.rejects(scripted([]).complete({ messages: [] }), /its last message: none/);
});

test("one function can answer everything", async () => {
  const model = scripted((_, index) => `answer ${index}`);
  assert.equal((await model.complete(line("a"))).text, "answer 0");
  assert.equal((await model.complete(line("a"))).text, "answer 1");
  model.done();
});

test("an error is thrown as it is, after what was said before it", async () => {
  const error = new ModelError("busy", { kind: "overloaded" });
  const run = await watch(scripted([{ text: "a b", error }]), line("x"));
  assert.equal(run.error, error);
  assertWellFormed(run.events, true);
  assert.equal(run.events.filter((event) => event.type === "part-delta").length, 2);
});

test("an exchange that was aborted before it began takes no step", async () => {
  const model = scripted(["one"]);
  const reason = new Error("enough");
  const run = model.complete(line("a"), { signal: AbortSignal.abort(reason) });
  await assert.rejects(run, (error) => error === reason);
  assert.equal((await model.complete(line("a"))).text, "one");
});

test("arguments that are not JSON and usage that is not reported can be written", async () => {
  const model = scripted([{ toolCalls: [{ name: "a", argumentsText: "{" }], usage: "none" }]);
  const { events } = await watch(model, line("x"));
  assertWellFormed(events, false);
  const last = events.at(-1);
  assert.ok(last?.type === "response");
  assert.equal(last.response.toolCalls[0]?.input, undefined);
  assert.equal(last.response.usage.source, "unknown");
});
