import assert from "node:assert/strict";
import { test } from "node:test";
import * as say from "../support/answers.ts";
import { converse, says, transcript } from "../support/conversing.ts";
import { json, type Call } from "../support/fault-server.ts";
import { modelAt } from "../support/ways.ts";

const spoken = (calls: readonly Call[]): string[][] => calls.map(transcript);

test("a fork shares the history and goes its own way", async (t) => {
  const plans = ["A", "B", "C", "D", "E"].map((text) => says(text));
  const { server, conversation } = await converse(t, plans);
  await conversation.send("a");
  const fork = conversation.fork();
  assert.equal(fork.history, conversation.history, "not a copy");
  assert.notEqual(fork.id, conversation.id);
  await fork.send("b");
  await conversation.send("c");
  await fork.send("d");
  await conversation.send("e");
  const begin = ["user: a", "assistant: A"];
  assert.deepEqual(spoken(server.calls), [
    ["user: a"],
    [...begin, "user: b"],
    [...begin, "user: c"],
    [...begin, "user: b", "assistant: B", "user: d"],
    [...begin, "user: c", "assistant: C", "user: e"],
  ]);
  assert.equal(fork.usage().responses, 2);
  assert.equal(conversation.usage().responses, 3, "a fork's usage is its own");
});

test("forks of forks, at each length, in turns: each body is what a plain history makes", async (t) => {
  const plans = Array.from({ length: 60 }, (_, i) => says(`<${i}>`));
  const { server, conversation } = await converse(t, plans);
  const all = [conversation];
  const wanted: string[][] = [];
  for (let i = 0; i < 60; i++) {
    // Old ones are forked again and again, and go on beside their forks.
    const from = all[(i * 7) % all.length] ?? conversation;
    const next = i % 3 === 0 ? from.fork() : from;
    if (next !== from) all.push(next);
    const history = [...next.history].map(
      ({ role, parts }) =>
        `${role}: ${parts.map((part) => (part.type === "text" ? part.text : "")).join("|")}`,
    );
    wanted.push([...history, `user: q${i}`]);
    await next.send(`q${i}`);
  }
  assert.deepEqual(spoken(server.calls), wanted);
});

test("a fork on another model sends the whole history there", async (t) => {
  const { conversation } = await converse(t, [says("A")]);
  await conversation.send("a");
  const other = await converse(t, [says("B")]);
  const fork = conversation.fork({ model: modelAt(other.server.url), system: "new" });
  await fork.send("b");
  assert.deepEqual(spoken(other.server.calls), [["user: a", "assistant: A", "user: b"]]);
  const system = other.server.calls[0]?.json["system"];
  assert.deepEqual(system, [{ type: "text", text: "new", cache_control: { type: "ephemeral" } }]);
});

test("a child begins empty, with its parent's ways or its own", async (t) => {
  const { server, conversation } = await converse(t, [says("A"), says("B"), says("C")], {
    system: "be brief",
    settings: { temperature: 0.25 },
  });
  await conversation.send("a");
  const child = conversation.child();
  assert.equal(child.parent, conversation);
  assert.equal(child.history.length, 0);
  await child.send("b");
  await conversation.child({ system: "", settings: {} }).send("c");
  assert.deepEqual(spoken(server.calls), [["user: a"], ["user: b"], ["user: c"]]);
  assert.equal(server.calls[1]?.json["temperature"], 0.25);
  assert.ok(server.calls[1]?.json["system"] !== undefined);
  assert.equal(server.calls[2]?.json["system"], undefined);
  assert.equal(server.calls[2]?.json["temperature"], undefined);
  assert.equal(conversation.history.length, 2, "the parent's history is not touched");
});

test("usage and cost reach every ancestor, and no sibling", async (t) => {
  const tokens = (input: number, output: number): ReturnType<typeof json> =>
    json(say.wholeAnswer("ok", { usage: { input_tokens: input, output_tokens: output } }));
  const { conversation } = await converse(t, [tokens(1, 10), tokens(2, 20), tokens(4, 40), tokens(8, 80)]);
  const child = conversation.child();
  const grandchild = child.child();
  const sibling = conversation.child();
  for (const each of [conversation, child, grandchild, sibling]) await each.send("x");
  const sums = [conversation, child, grandchild, sibling].map((each) => {
    const { input, output, responses, cost } = each.usage();
    return [input, output, responses, cost.known && cost.picodollars];
  });
  // 3 and 15 micro-dollars a token.
  assert.deepEqual(sums, [
    [15, 150, 4, 2_295_000_000n],
    [6, 60, 2, 918_000_000n],
    [4, 40, 1, 612_000_000n],
    [8, 80, 1, 1_224_000_000n],
  ]);
  assert.equal(conversation.lastUsage()?.input, 1, "the last answer of its own");
});

test("a cost that is not known is known to be so in every total above it", async (t) => {
  const { conversation } = await converse(t, [says("a"), says("b"), says("c")]);
  await conversation.send("x");
  const { server } = await converse(t, [says("b")]);
  const free = modelAt(server.url, { prices: { rates: { input: "0" } } });
  const child = conversation.child({ model: free });
  const { cost } = await child.send("y");
  assert.ok(!cost.known);
  assert.match(cost.why, /no price for output/);
  await conversation.send("z");
  const total = conversation.usage().cost;
  assert.ok(!total.known);
  assert.match(total.why, /no price for output/);
  // Two answers of 11 x 3 + 7 x 15 = 138 micro-dollars are known.
  assert.equal(total.atLeast, 276_000_000n);
  assert.equal(conversation.usage().responses, 3);
});
