import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../src/llm/history.ts";
import { userMessage, type Message } from "../../src/llm/message.ts";
import { acknowledgement } from "../../src/providers/rehearsal/grammar.ts";
import { rehearsal } from "../../src/testing/index.ts";
import { results } from "./support.ts";

test("a script takes a step for each answer, and ends", async () => {
  const model = rehearsal();
  let history = History.of([
    userMessage("echo: before"),
    { role: "assistant", parts: [] },
    userMessage("script: bash: ls ;; parallel: a ;; stop: pause ;; bash: pwd ;; echo: done"),
  ]);
  const said: string[] = [];
  for (let step = 0; step < 5; step++) {
    const response = await model.complete({ messages: history });
    said.push([response.text, ...response.toolCalls.map((call) => call.argumentsText)].join(" "));
    history = history.append(response.message);
    if (response.toolCalls.length > 0) history = history.append(results(response));
  }
  assert.deepEqual(said, [
    'I run: ls {"command":"ls"}',
    ' {"command":"a"}',
    'I run: pwd {"command":"pwd"}',
    "done",
    "The script is over.",
  ]);
});

test("`next` goes on with a script, other lines leave it, and results after them are acknowledged", async () => {
  const model = rehearsal();
  const messages: Message[] = [];
  const say = async (text: string): Promise<string> => {
    messages.push(userMessage(text));
    const response = await model.complete({ messages });
    messages.push(response.message);
    return response.text;
  };
  assert.equal(await say("script: echo: one ;; echo: two ;; echo: three"), "one");
  assert.equal(await say("next"), "two");
  assert.equal(await say("next"), "three");
  assert.equal(await say("next"), "The script is over.");
  assert.equal(await say("echo: other"), "other");
  assert.equal(await say("next"), "There is no script to go on with.");
});

test("the line is the last text of the last message; results without text are acknowledged", async () => {
  const model = rehearsal();
  const text = async (...messages: readonly Message[]): Promise<string> =>
    (await model.complete({ messages })).text;
  const call = await model.complete({ messages: [userMessage("bash: ls")] });
  const result = results(call);
  assert.equal(await text(userMessage("bash: ls"), call.message, result), acknowledgement);
  const steered: Message = { role: "user", parts: [...result.parts, { type: "text", text: "echo: a" }] };
  assert.equal(await text(userMessage("bash: ls"), call.message, steered), "a");
  const two: Message = { role: "user", parts: ["a", "b"].map((c) => ({ type: "text", text: `echo: ${c}` })) };
  assert.equal(await text(two), "b");
  assert.equal(await text(userMessage("echo: a"), { role: "assistant", parts: [] }), acknowledgement);
  assert.equal(await text(), acknowledgement);
});

test("no two calls of a long conversation have the same id, nor do two answers", async () => {
  const model = rehearsal({ seed: 7 });
  const steps = Array.from({ length: 300 }, (_, i) =>
    i % 2 === 0 ? "parallel: ls ;; ls ;; ls" : "bash: ls",
  );
  let history = History.of([userMessage(`script:\n${steps.join("\n")}`)]);
  const ids: string[] = [];
  for (let step = 0; step < steps.length; step++) {
    const response = await model.complete({ messages: history });
    assert.ok(response.toolCalls.length > 0);
    // The hash in an id may collide one day; the length before it can't.
    assert.ok(response.toolCalls.every((call) => call.id.startsWith(`call_${history.length}_`)));
    ids.push(response.id, ...response.toolCalls.map((call) => call.id));
    history = history.append(response.message).append(results(response));
  }
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => /^[a-zA-Z0-9_-]{1,40}$/.test(id)));
});

test("a history and an array of the same messages are answered and counted alike", async () => {
  const messages = [userMessage("bash: ls"), userMessage("x".repeat(99)), userMessage("tool: a {}")];
  const ask = async (all: History | readonly Message[]): Promise<unknown> => {
    const { timing: _, ...rest } = await rehearsal({ seed: 3 }).complete({ messages: all });
    return rest;
  };
  const history = History.of(messages);
  const expected = await ask(messages);
  assert.deepEqual(await ask(history), expected);
  assert.deepEqual(await ask(history), expected);
  assert.deepEqual(await ask(History.of(messages.slice(0, 2)).append(messages[2] as Message)), expected);
});
