import { toStandardJsonSchema } from "@valibot/to-json-schema";
import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { createConversation, type Conversation } from "../../src/conversation/conversation.ts";
import type { ConversationEvent } from "../../src/conversation/event.ts";
import { BudgetExceeded, ConfigurationError, OutputError } from "../../src/llm/errors.ts";
import type { JsonObject, JsonValue } from "../../src/llm/json.ts";
import { messageText } from "../../src/llm/message.ts";
import type { StopReason } from "../../src/llm/response.ts";
import type { Schema } from "../../src/schema/schema.ts";
import { rehearsal, scripted, type ScriptedStep } from "../../src/testing/index.ts";

const Place = z.object({ city: z.string(), people: z.int() });
const good = { city: "Köln", people: 1 };

interface Setting {
  readonly conversation: Conversation;
  readonly events: ConversationEvent[];
  readonly asked: () => readonly string[];
}

function converse(steps: readonly ScriptedStep[], responses = 10): Setting {
  const events: ConversationEvent[] = [];
  const model = scripted(steps);
  const conversation = createConversation({
    model,
    budget: { responses },
    onEvent: (event) => events.push(event),
  });
  const asked = (): readonly string[] =>
    model.requests.map((request) => messageText([...request.messages].at(-1)!));
  return { conversation, events, asked };
}

const roles = ({ history }: Conversation): string => [...history].map(({ role }) => role[0]).join("");

const types = (events: readonly ConversationEvent[]): readonly string[] => [
  ...new Set(events.map((event) => event.type)),
];

async function failure(promise: Promise<unknown>): Promise<OutputError> {
  const error = await promise.then(
    () => assert.fail("it was no failure"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof OutputError, String(error));
  return error;
}

const plain: JsonObject = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer" } },
  required: ["city", "people"],
};

const schemas: readonly (readonly [string, Schema])[] = [
  ["zod", Place],
  ["arktype", type({ city: "string", people: "number.integer" })],
  ["valibot", toStandardJsonSchema(v.object({ city: v.string(), people: v.pipe(v.number(), v.integer()) }))],
  ["JSON Schema", plain],
];

for (const [name, output] of schemas) {
  test(`${name}: an answer is a value, and one that is none is asked for again`, async () => {
    const { conversation, events } = converse([{ output: { city: 1 } }, { output: good }]);
    const response = await conversation.send("Where?", { output });
    assert.deepEqual(response.output, good);
    assert.equal(response.text, JSON.stringify(good));
    const retries = events.filter((event) => event.type === "output-retry");
    assert.equal(retries.length, 1);
    assert.equal(retries[0]?.attempt, 1);
    assert.equal(retries[0].error.reason, "invalid");
    const places = retries[0].error.issues.map(({ path }) => path[0] ?? "");
    assert.ok(places.includes("city"), JSON.stringify(retries[0].error.issues));
  });
}

test("the model is told what is wrong, and the history has all of it", async () => {
  const { conversation, asked, events } = converse([
    "Sure: it is Köln.",
    { output: { city: "Köln" } },
    { output: good },
  ]);
  const { output } = await conversation.send("Where?", { output: Place, outputRetries: 2 });
  assert.deepEqual(output, good);
  assert.equal(asked()[0], "Where?");
  assert.match(asked()[1] ?? "", /not JSON/);
  assert.match(asked()[2] ?? "", /people/);
  assert.equal(roles(conversation), "uauaua");
  assert.equal(conversation.usage().responses, 3);
  assert.deepEqual(
    events
      .filter((event) => event.type === "response" || event.type === "output-retry")
      .map(({ type }) => type),
    ["output-retry", "output-retry", "response"],
  );
  const last = events.at(-1);
  assert.ok(last?.type === "response");
  assert.deepEqual("output" in last.response && last.response.output, good);
});

test("when the tries are used up, the last answer is told with all that is wrong", async () => {
  const { conversation, events } = converse(["no", { output: { city: "x", people: 0.5 } }, "go on"]);
  const error = await failure(conversation.send("Where?", { output: Place }));
  assert.equal(error.reason, "invalid");
  assert.equal(error.text, '{"city":"x","people":0.5}');
  assert.equal(error.response.text, error.text);
  assert.deepEqual(
    error.issues.map(({ path }) => path),
    [["people"]],
  );
  assert.match(error.message, /people/);
  assert.deepEqual(events.at(-1)?.type, "error");
  assert.equal(roles(conversation), "uaua");
  assert.equal((await conversation.send("Never mind.")).text, "go on");
  assert.ok(!JSON.stringify(error).includes("0.5"), "a log has nothing of the conversation");
});

test("no tries: one answer, and no event of another", async () => {
  const { conversation, events } = converse(["no", "never asked"]);
  const error = await failure(conversation.send("Where?", { output: Place, outputRetries: 0 }));
  assert.equal(error.reason, "not-json");
  assert.deepEqual(error.issues, []);
  assert.ok(!types(events).includes("output-retry"));
  assert.equal(conversation.usage().responses, 1);
});

const unfinished: readonly (readonly [StopReason, OutputError["reason"]])[] = [
  ["refusal", "refused"],
  ["content_filter", "refused"],
  ["max_tokens", "cut"],
  ["context_overflow", "cut"],
  ["pause", "cut"],
];

for (const [stopReason, reason] of unfinished) {
  test(`${stopReason}: no value, even if it reads as one, and no second try`, async () => {
    const { conversation, events } = converse([{ output: 12, stopReason }]);
    const error = await failure(conversation.send("How many?", { output: z.number(), outputRetries: 5 }));
    assert.equal(error.reason, reason);
    assert.equal(error.response.stopReason, stopReason);
    assert.ok(!types(events).includes("output-retry"));
    assert.equal(conversation.usage().responses, 1);
  });
}

test("each try is an answer of the budget", async () => {
  const { conversation, events } = converse(["no", "no", "never asked"], 2);
  await assert.rejects(conversation.send("Where?", { output: Place, outputRetries: 5 }), BudgetExceeded);
  assert.equal(conversation.usage().responses, 2);
  assert.equal(events.filter((event) => event.type === "output-retry").length, 2);
});

test("a try is cancelled like any other send, with the signal's own reason", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const { conversation } = converse([
    "no",
    () => {
      controller.abort(reason);
      return { output: good };
    },
  ]);
  await assert.rejects(
    conversation.send("Where?", { output: Place, signal: controller.signal }),
    (error) => error === reason,
  );
  assert.equal(roles(conversation), "uau");
});

test("a signal is heard while a value is checked", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const slow = z.string().refine(async () => {
    controller.abort(reason);
    return Promise.resolve(true);
  });
  const { conversation } = converse([{ output: "yes" }]);
  await assert.rejects(
    conversation.send("Well?", { output: slow, signal: controller.signal }),
    (error) => error === reason,
  );
});

const texts: readonly (readonly [what: string, text: string, value: JsonValue | undefined])[] = [
  ["plain", '{"a":1}', { a: 1 }],
  ["with blanks around it", " \n[1]\n ", [1]],
  ["in a fence", '```json\n{"a":1}\n```', { a: 1 }],
  ["in a fence without a name", '```\r\n{"a":1}\r\n```', { a: 1 }],
  ["in a fence of another language", "```ts\n{}\n```", undefined],
  ["in a fence that stays open", '```json\n{"a":1}', undefined],
  ["after a sentence", 'Here it is: {"a":1}', undefined],
  ["before a sentence", '{"a":1} is what I found', undefined],
  ["twice", '{"a":1}{"a":2}', undefined],
  ["nothing", "", undefined],
  ["blanks, which JSON mode may give", "    ", undefined],
  ["too deep", "[".repeat(5000) + "]".repeat(5000), undefined],
];

for (const [what, text, value] of texts) {
  test(`JSON ${what} is ${value === undefined ? "no value" : "a value"}`, async () => {
    const { conversation } = converse([text]);
    const sent = conversation.send("x", { output: {}, outputRetries: 0 });
    if (value === undefined) assert.equal((await failure(sent)).reason, "not-json");
    else assert.deepEqual((await sent).output, value);
  });
}

test("a call of a tool is no answer, and nothing is sent after it", async () => {
  const { conversation } = converse([{ toolCalls: [{ name: "look" }] }, "never asked"]);
  const error = await failure(conversation.send("Where?", { output: Place }));
  assert.equal(error.reason, "not-json");
  assert.match(error.message, /called a tool/);
});

test("a schema or a number of tries that cannot be used is told before anything is stored", async () => {
  const { conversation, events } = converse(["never asked"]);
  const wrong: JsonObject = { type: "object", properties: { a: { $ref: "#/nowhere" } } };
  for (const options of [
    { output: wrong },
    { output: v.object({}) },
    { output: Place, outputRetries: -1 },
    { output: Place, outputRetries: 1.5 },
  ]) {
    await assert.rejects(conversation.send("Where?", options as { output: Schema }), ConfigurationError);
  }
  assert.equal(conversation.history.length, 0);
  assert.deepEqual(types(events), ["error"]);
});

test("what a schema throws is thrown", async () => {
  const mistake = new TypeError("a mistake in a refinement");
  const output = z.string().refine(() => {
    throw mistake;
  });
  const { conversation } = converse([{ output: "x" }]);
  await assert.rejects(conversation.send("Well?", { output }), (error) => error === mistake);
});

test("a stream has one response, the last event, with the output", async () => {
  const { conversation } = converse(["no", { output: good }]);
  const seen: string[] = [];
  for await (const event of conversation.stream("Where?", { output: Place })) {
    seen.push(event.type);
    if (event.type === "response") {
      const city: string = event.response.output.city;
      assert.equal(city, "Köln");
    }
  }
  assert.equal(seen.filter((each) => each === "response").length, 1);
  assert.equal(seen.filter((each) => each === "output-retry").length, 1);
  assert.equal(seen.at(-1), "response");
});

test("the model is asked with the schema, and only while it is wanted", async () => {
  const model = scripted([{ output: good }, "free"]);
  const conversation = createConversation({ model });
  await conversation.send("Where?", { output: plain });
  await conversation.send("And now?");
  assert.deepEqual(model.requests[0]?.responseSchema, { schema: plain });
  assert.equal(model.requests[1]?.responseSchema, undefined);
});

test("a message that is there already is answered with an output", async () => {
  const { conversation } = converse([{ text: "", error: new Error("off") }, { output: good }]);
  await assert.rejects(conversation.send("Where?"), /off/);
  assert.deepEqual((await conversation.send(undefined, { output: Place })).output, good);
});

test("the rehearsal model answers by schema, offline", async () => {
  const conversation = createConversation({ model: rehearsal() });
  const { output } = await conversation.send("Where were you born?", { output: Place });
  assert.deepEqual(output, { city: "rehearsal", people: 1 });
  const again = await conversation.send("echo: not this", { output: Place });
  assert.deepEqual(again.output, output);
});

/** Two types that mean the same; `any` means none. */
type Same<A, B> = 0 extends 1 & A ? false : [A] extends [B] ? ([B] extends [A] ? true : false) : false;

test("types: the output is what the schema makes of it", async () => {
  const { conversation } = converse([{ output: good }, { output: "2026-11-21" }, { output: [1] }, "text"]);
  const zod = await conversation.send("x", { output: Place });
  const is1: Same<typeof zod.output, { city: string; people: number }> = true;
  const made = await conversation.send("x", { output: z.string().transform((text) => new Date(text)) });
  const is2: Same<typeof made.output, Date> = true;
  assert.ok(made.output instanceof Date);
  const json = await conversation.send("x", { output: { type: "array", items: { type: "number" } } });
  const is3: Same<typeof json.output, JsonValue> = true;
  assert.ok(is1 && is2 && is3);
  const text = await conversation.send("x");
  // @ts-expect-error: no output was asked for
  assert.equal(text.output, undefined);
  // @ts-expect-error: tries without an output mean nothing
  await assert.rejects(conversation.send("x", { outputRetries: 1 }));
});
