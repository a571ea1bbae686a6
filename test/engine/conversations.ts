import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import fc from "fast-check";
import { createConversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import type { Settings } from "../../src/conversation/options.ts";
import { defineTool } from "../../src/conversation/tool.ts";
import type { JsonObject } from "../../src/llm/json.ts";
import { parseJson } from "../../src/llm/json.ts";
import { text, userMessage } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { inputTokens } from "../../src/llm/usage.ts";
import { defineModel, type Model } from "../../src/providers/model.ts";
import { modelError, rejection } from "../support/failure.ts";
import { Heard } from "../support/gate.ts";
import { watch, assertWellFormed } from "../rehearsal/support.ts";

/** Tokens that the models of these tests hold. */
export const CONTEXT = 2048;

/** The same answer in each run: one thread, one seed. */
const settings: Settings = { temperature: 0.8, maxOutputTokens: 12, providerOptions: { seed: 7 } };

const look: JsonObject = {
  type: "object",
  properties: {
    tool: { enum: ["read", "write"] },
    path: { type: "string", maxLength: 12 },
    deep: { type: "array", items: { type: "boolean" }, maxItems: 3 },
  },
  required: ["tool", "path", "deep"],
};
const tools: NonNullable<Request["tools"]> = [{ name: "look", description: "Looks", inputSchema: look }];

/** A model that always asks for this besides. */
function asking(model: Model, more: Partial<Request>): Model {
  return defineModel(model.info, (request, options) => model.complete({ ...request, ...more }, options));
}

/** What holds for a model on a real engine, however it is reached. */
export function conversations(name: string, model: () => Model): void {
  test(`${name}: several turns stream, and their usage adds up`, async () => {
    const events: ConversationEvent[] = [];
    const conversation = createConversation({
      model: model(),
      system: "Be brief.",
      settings,
      onEvent: (event) => events.push(event),
    });
    let input = 0;
    let cached = 0;
    for (const [turn, said] of ["hello", "go on", "more"].entries()) {
      events.length = 0;
      const { usage, stopReason, message } = await conversation.send(said);
      const pieces = events.flatMap((event) =>
        event.type === "part-delta" && event.kind === "text" ? [event.text] : [],
      );
      assert.equal(
        pieces.join(""),
        message.parts.map((part) => (part.type === "text" ? part.text : "?")).join(""),
      );
      assert.ok(pieces.length > 1, "in pieces");
      assert.ok(stopReason === "max_tokens" || stopReason === "end_turn");
      assert.ok(usage.output > 0 && usage.output <= 12);
      if (turn > 0) {
        assert.ok(inputTokens(usage) > input, "the history grows");
        assert.ok(usage.cacheRead > 0, "and is not read again");
      }
      input = inputTokens(usage);
      cached += usage.cacheRead;
      assert.equal(usage.source, "reported");
    }
    const total = conversation.usage();
    assert.equal(total.responses, 3);
    assert.equal(total.unreported, 0);
    assert.equal(total.cacheRead, cached);
    assert.equal(total.cost.known && total.cost.picodollars, 0n);
  });

  test(`${name}: the count of tokens is the engine's own`, async () => {
    // A token is a byte here, or one mark: of the text's begin, of two turns' begins, of one turn's end.
    const prompt = 1 + 3 + "user\nhello".length + "\n".length + "assistant\n".length;
    const { usage } = await model().complete({
      messages: [userMessage("hello")],
      ...settings,
      maxOutputTokens: 5,
    });
    assert.equal(inputTokens(usage), prompt);
    assert.equal(usage.output, 5);
  });

  test(`${name}: events come in the order of all models, and the seed decides`, async () => {
    const request = { messages: [userMessage("hello")], ...settings };
    const [one, two] = [await watch(model(), request), await watch(model(), request)];
    assert.equal(one.error, undefined);
    assertWellFormed(one.events, false);
    const said = [one, two].map(({ events }) => {
      const last = events.at(-1);
      return last?.type === "response" ? last.response.text : undefined;
    });
    assert.equal(said[0], said[1]);
  });

  test(`${name}: a turn runs the calls that the grammar bound, and goes on with their results`, async () => {
    const inputs: unknown[] = [];
    const tool = defineTool({
      name: "look",
      description: "Looks",
      input: look,
      endsTurn: true,
      // The first call fails, so that there is a second step.
      run: (input) => ({ content: "seen", isError: inputs.push(input) === 1 }),
    });
    const conversation = createConversation({
      model: model(),
      tools: [tool],
      settings: { ...settings, maxOutputTokens: 300, toolChoice: { mode: "any" } },
    });
    const outcome = await conversation.turn("look around");
    assert.deepEqual([outcome.end, outcome.steps], ["tool", 2]);
    // What reached the tool had been checked against its schema.
    assert.equal(inputs.length, conversation.usage().toolUses["look"]);
    assert.equal(conversation.usage().responses, 2);
    assert.equal(conversation.history.last?.parts[0]?.type, "tool-result");
  });

  test(`${name}: leaving the loop ends the answer, and the engine goes on with the next`, async () => {
    const conversation = createConversation({
      model: model(),
      settings: { ...settings, maxOutputTokens: 1500 },
    });
    for await (const event of conversation.stream("hello")) if (event.type === "part-delta") break;
    assert.equal(conversation.history.last?.role, "user");
    const response = await conversation.fork({ settings }).send();
    assert.ok(response.text.length > 0);
  });

  test(`${name}: aborted in the middle, then sent again`, async () => {
    const conversation = createConversation({
      model: model(),
      settings: { ...settings, maxOutputTokens: 1500 },
    });
    const heard = new Heard<ConversationEvent>();
    const controller = new AbortController();
    const run = conversation.send("hello", { signal: controller.signal, onEvent: heard.onEvent });
    await heard.until("part-delta", 3);
    const reason = new Error("changed my mind");
    controller.abort(reason);
    assert.equal(await rejection(run), reason);
    assert.equal(conversation.history.length, 1);
    assert.equal(conversation.usage().unreported, 1);
    const again = conversation.fork({ settings });
    assert.ok((await again.send()).text.length > 0);
    assert.deepEqual(
      [...again.history].map(({ role }) => role),
      ["user", "assistant"],
    );
  });

  test(`${name}: calls are bound by the tools' schemas, whatever they are`, async () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
      fc.constant({ type: "boolean" }),
      fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
      fc.nat(8).map((maxLength) => ({ type: "string", maxLength })),
      fc.nat(3).map((maxItems) => ({ type: "array", items: { type: "boolean" }, maxItems })),
    );
    const object = (inner: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
      fc.dictionary(word, inner, { minKeys: 1, maxKeys: 3, noNullPrototype: true }).map((properties) => ({
        type: "object",
        properties,
        required: Object.keys(properties),
        additionalProperties: false,
      }));
    await fc.assert(
      fc.asyncProperty(object(fc.oneof(leaf, object(leaf))), fc.nat(), async (inputSchema, seed) => {
        const { toolCalls, stopReason } = await model().complete({
          messages: [userMessage("hello")],
          tools: [{ name: "act", inputSchema }],
          toolChoice: { mode: "any" },
          temperature: 1,
          providerOptions: { seed },
        });
        assert.equal(stopReason, "tool_use");
        assert.deepEqual(
          toolCalls.map((call) => call.name),
          ["act"],
        );
        const [call] = toolCalls;
        const check = new Ajv({ strict: false });
        assert.ok(check.validate(inputSchema, call?.input), `${call?.argumentsText}: ${check.errorsText()}`);
      }),
      { numRuns: 12 },
    );
  });

  test(`${name}: calls and results go through a conversation, each call with an id of its own`, async () => {
    const bound = asking(model(), { tools, toolChoice: { mode: "tool", name: "look" } });
    const conversation = createConversation({
      model: bound,
      settings: { ...settings, maxOutputTokens: 400 },
    });
    const check = new Ajv().compile(look);
    let { toolCalls, stopReason } = await conversation.send("look around");
    const ids: string[] = [];
    for (let step = 0; step < 3; step++) {
      assert.equal(stopReason, "tool_use");
      assert.equal(toolCalls.length, 1);
      for (const { id, input } of toolCalls) {
        assert.ok(check(input), JSON.stringify(input));
        ids.push(id);
      }
      ({ toolCalls, stopReason } = await conversation.send(
        toolCalls.map(({ id }) => ({ type: "tool-result", callId: id, content: [text("a file")] })),
      ));
    }
    assert.equal(new Set(ids).size, 3);
    const after = createConversation({
      model: model(),
      settings,
      messages: [...conversation.history].slice(0, 3),
    });
    assert.ok(
      (await after.send("and in words?")).text.length > 0,
      "the history of calls can be sent without tools",
    );
  });

  test(`${name}: an answer is bound by its schema`, async () => {
    const responseSchema = { name: "look", schema: look };
    const { text: said, stopReason } = await model().complete({
      messages: [userMessage("hello")],
      responseSchema,
      ...settings,
      maxOutputTokens: 400,
    });
    assert.equal(stopReason, "end_turn");
    assert.ok(new Ajv().validate(look, parseJson(said)), said);
  });

  test(`${name}: forks go their own ways, and children report to their parents`, async () => {
    const parent = createConversation({ model: model(), settings });
    const first = await parent.send("hello");
    const fork = parent.fork();
    const child = parent.child({ system: "You are a child." });
    const answers = [await parent.send("left"), await fork.send("right"), await child.send("hello")];
    assert.equal(parent.history.length, 4);
    assert.equal(child.history.length, 2);
    assert.deepEqual([...fork.history].map((message) => message.parts[0]).slice(0, 3), [
      text("hello"),
      text(first.text),
      text("right"),
    ]);
    const [left, , below] = answers;
    const output = first.usage.output + (left?.usage.output ?? 0) + (below?.usage.output ?? 0);
    assert.equal(parent.usage().output, output);
    assert.equal(fork.usage().responses, 1);
  });

  test(`${name}: two at once say what they say one after the other`, async () => {
    const requests = ["one", "two"].map((said) => ({ messages: [userMessage(said)], ...settings }));
    const alone = [];
    for (const request of requests) alone.push((await model().complete(request)).text);
    const together = await Promise.all(requests.map((request) => model().complete(request)));
    assert.deepEqual(
      together.map((response) => response.text),
      alone,
    );
  });

  test(`${name}: a sequence that was met ends the answer`, async () => {
    const request = { messages: [userMessage("hello")], ...settings };
    const { text: whole } = await model().complete(request);
    const [stop = "", at] = [whole[4], whole.indexOf(whole[4] ?? "")];
    const cut = await model().complete({ ...request, stopSequences: [stop] });
    assert.equal(cut.text, whole.slice(0, at));
    assert.ok(cut.stopReason === "stop_sequence" || cut.stopReason === "end_turn");
  });

  test(`${name}: more than the context holds is context-overflow, and the engine goes on`, async () => {
    const conversation = createConversation({ model: model(), settings });
    const error = await modelError(conversation.send("x".repeat(2 * CONTEXT)));
    assert.equal(error.kind, "context-overflow");
    assert.ok((await createConversation({ model: model(), settings }).send("hello")).text.length > 0);
  });
}
