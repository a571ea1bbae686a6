import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compacted, plan, summaryPrompt } from "../../src/conversation/compaction.ts";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import { ModelError } from "../../src/llm/errors.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { scripted, type ScriptedReply } from "../../src/testing/scripted.ts";
import { isSendable } from "../handoff/preconditions.ts";

const say = (text: string): Part => ({ type: "text", text });
const call = (id: string): Part => ({ type: "tool-call", id, name: "read", argumentsText: "{}", input: {} });
const result = (callId: string, length: number): Part => ({
  type: "tool-result",
  callId,
  name: "read",
  content: [{ type: "text", text: "x".repeat(length) }],
});

/** A conversation of turns, each with some calls, their results so long. */
const anyHistory: fc.Arbitrary<Message[]> = fc
  .array(fc.array(fc.nat(3000), { maxLength: 4 }), { minLength: 1, maxLength: 8 })
  .map((turns) => {
    let id = 0;
    return turns.flatMap((lengths): Message[] => [
      { role: "user", parts: [say("do something")] },
      ...lengths.flatMap((length): Message[] => {
        const callId = `c${id++}`;
        return [
          { role: "assistant", parts: [call(callId)] },
          { role: "user", parts: [result(callId, length)] },
        ];
      }),
      { role: "assistant", parts: [say("done")] },
    ]);
  });

test("whatever is compacted can be sent, keeps the newest as they were, and is shorter by a fifth or not made", () => {
  fc.assert(
    fc.property(
      anyHistory,
      fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      fc.nat(2000),
      (history, share, length) => {
        const messages = [...history, { role: "user" as const, parts: [say("and now?")] }];
        const cut = plan(messages, share);
        if (cut === undefined) return;
        assert.deepEqual([...cut.older, ...cut.kept], messages);
        const shorter = compacted(cut, "s".repeat(length));
        if (shorter === undefined) return;
        assert.ok(isSendable(shorter));
        assert.deepEqual(shorter.slice(-cut.kept.length), cut.kept);
        assert.ok(JSON.stringify(shorter).length < JSON.stringify(messages).length);
      },
    ),
    { numRuns: 2000 },
  );
});

test("what asks for a summary is bounded, whatever there is to sum up", () => {
  fc.assert(
    fc.property(anyHistory, fc.integer({ min: 1000, max: 20_000 }), (history, most) => {
      assert.ok(summaryPrompt(history, most).length < most + 1500);
    }),
  );
});

const read = defineTool({ name: "read", run: () => "y".repeat(2000) });

/** A model with a window of 1,000 tokens, which counts four characters as one. */
function talk(reply: (request: Request, index: number) => ReturnType<ScriptedReply>, more: object = {}) {
  const events: ConversationEvent[] = [];
  const sizes: number[] = [];
  const counting: ScriptedReply = async (request, index) => {
    const tokens = Math.ceil(JSON.stringify([...request.messages]).length / 4);
    sizes.push(tokens);
    if (tokens > 4000) throw new ModelError("too long", { kind: "context-overflow" });
    const answer = await reply(request, index);
    return {
      usage: { input: tokens, output: 10 },
      ...(typeof answer === "string" ? { text: answer } : answer),
    };
  };
  const model = scripted(counting, { info: { window: 4000 } });
  const conversation = createConversation({
    model,
    tools: [read],
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { conversation, model, events, sizes };
}

const isSummary = (request: Request): boolean =>
  JSON.stringify([...request.messages]).includes("<conversation>");

function assertSendable(conversation: Conversation): void {
  const more = { role: "user" as const, parts: [say("go on")] };
  assert.ok(isSendable([...conversation.history.toArray(), more]));
}

test("a turn compacts when the window fills, goes on, and never overflows", async () => {
  let steps = 0;
  const { conversation, events, sizes } = talk((request) =>
    isSummary(request)
      ? "The user wants a long read."
      : ++steps < 40
        ? { toolCalls: [{ name: "read" }] }
        : "done",
  );
  const outcome = await conversation.turn("read on", { loops: false });
  assert.deepEqual([outcome.end, outcome.text], ["done", "done"]);
  assert.ok(Math.max(...sizes) <= 4000);
  assert.ok(events.filter(({ type }) => type === "compaction").length > 3);
  assert.ok(JSON.stringify(conversation.history.toArray()[0]).includes("The user wants a long read."));
  assertSendable(conversation);
  // What summaries cost is the conversation's.
  assert.equal(conversation.usage().responses, sizes.length);
  assert.ok(events.some((event) => event.hidden === true));
});

test("a request that is too long is made again after compacting", async () => {
  const { conversation } = talk((request) => (isSummary(request) ? "Much was said." : "fine"), {
    messages: Array.from({ length: 30 }, (_, at): Message => ({
      role: at % 2 === 0 ? "user" : "assistant",
      parts: [say("z".repeat(1000))],
    })),
  });
  const outcome = await conversation.turn("and?");
  assert.deepEqual([outcome.end, outcome.text, outcome.error], ["done", "fine", undefined]);
});

for (const [what, reply] of [
  ["fails", () => Promise.reject(new ModelError("down", { kind: "server" }))],
  ["says nothing", () => " "],
  ["is too long to help", () => "w".repeat(40_000)],
  ["is cut", () => ({ text: "half a", stopReason: "max_tokens" as const })],
] as const) {
  test(`a summary that ${what} changes nothing, and the turn ends plainly when there is no more room`, async () => {
    const long = [
      { role: "user" as const, parts: [say("z".repeat(20_000))] },
      { role: "assistant" as const, parts: [say("ok")] },
    ];
    const { conversation, model } = talk((request) => (isSummary(request) ? reply() : "never"), {
      messages: long,
    });
    const before = conversation.history;
    const outcome = await conversation.turn("and?");
    assert.equal(outcome.end, "context-overflow");
    assert.ok(conversation.history.length === before.length + 1 && conversation.history.parent === before);
    assert.ok(model.requests.length < 8, `${model.requests.length} requests`);
  });
}

test("where there is room, a summary that fails does not end the turn", async () => {
  let steps = 0;
  const { conversation } = talk((request) => {
    if (isSummary(request)) throw new ModelError("down", { kind: "server" });
    return ++steps < 7 ? { toolCalls: [{ name: "read" }] } : "done";
  });
  assert.equal((await conversation.turn("go", { loops: false })).end, "done");
});

test("by hand, and never where it is not wanted", async () => {
  const messages = Array.from({ length: 10 }, (_, at): Message => ({
    role: at % 2 === 0 ? "user" : "assistant",
    parts: [say("z".repeat(500))],
  }));
  const { conversation } = talk(() => "Short.", { messages });
  assert.equal(await conversation.compact(), true);
  assert.ok(conversation.history.length < 10);
  const never = talk(() => "Short.", { messages, compaction: false });
  assert.equal(await never.conversation.compact(), false);
  assert.equal(never.conversation.history.length, 10);
  const short = talk(() => "Short.");
  assert.equal(await short.conversation.compact(), false);
});

test("a compaction that is cancelled changes nothing", async () => {
  const messages = Array.from({ length: 10 }, (_, at): Message => ({
    role: at % 2 === 0 ? "user" : "assistant",
    parts: [say("z".repeat(500))],
  }));
  const controller = new AbortController();
  const { conversation } = talk(
    () => {
      controller.abort(new Error("stop"));
      return "Short.";
    },
    { messages },
  );
  const before = conversation.history;
  await assert.rejects(conversation.compact({ signal: controller.signal }), /stop/);
  assert.equal(conversation.history, before);
});
