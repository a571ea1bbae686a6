import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../../src/llm/errors.ts";
import type { DecodedEvent } from "../../../src/llm/event.ts";
import type { JsonObject } from "../../../src/llm/json.ts";
import type { Part } from "../../../src/llm/message.ts";
import { openaiResponses } from "../../../src/protocols/openai-responses/index.ts";
import { decoded, target } from "./support.ts";

const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 };
const created: JsonObject = {
  type: "response.created",
  response: { id: "resp_1", model: "m", status: "in_progress", output: [] },
};

function ends(output: JsonObject[], fields: JsonObject = {}): JsonObject {
  const response = { id: "resp_1", model: "m", status: "completed", output, usage, ...fields };
  return { type: `response.${response.status}`, response };
}

function added(output_index: number, item: JsonObject): JsonObject {
  return { type: "response.output_item.added", output_index, item };
}

function done(output_index: number, item: JsonObject): JsonObject {
  return { type: "response.output_item.done", output_index, item };
}

function textDelta(output_index: number, delta: string, content_index = 0): JsonObject {
  return { type: "response.output_text.delta", output_index, content_index, delta, obfuscation: "x" };
}

function message(id: string, ...texts: string[]): JsonObject {
  const content = texts.map((text) => ({ type: "output_text", text, annotations: [] }));
  return { type: "message", id, role: "assistant", status: "completed", content };
}

function call(fields: JsonObject): JsonObject {
  return {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "add",
    arguments: '{"a":1}',
    status: "completed",
    ...fields,
  };
}

function partsOf(events: readonly JsonObject[]): readonly Part[] {
  return decoded(events).folded.message.parts;
}

/** What a reader of deltas has seen of each part. */
function read(events: readonly DecodedEvent[]): string[] {
  const texts: string[] = [];
  for (const event of events) {
    if (event.type === "part-start") texts[event.index] = "";
    if (event.type === "part-delta" && "text" in event) texts[event.index] += event.text;
  }
  return texts;
}

function fails(events: readonly JsonObject[], kind: ModelError["kind"]): ModelError {
  try {
    decoded(events);
  } catch (error) {
    assert.ok(error instanceof ModelError);
    assert.equal(error.kind, kind);
    return error;
  }
  return assert.fail("it did not fail");
}

/** One answer, told in several ways that all mean the same. */
const said = message("msg_1", "Hello");
const tellings: Readonly<Record<string, JsonObject[]>> = {
  "in deltas": [
    created,
    added(0, { ...said, content: [] }),
    {
      type: "response.content_part.added",
      output_index: 0,
      content_index: 0,
      part: { type: "output_text", text: "" },
    },
    textDelta(0, "Hel"),
    textDelta(0, "lo"),
    { type: "response.output_text.done", output_index: 0, content_index: 0, text: "Hello" },
    done(0, said),
    ends([said]),
  ],
  "in the end of its text": [
    created,
    added(0, { ...said, content: [] }),
    { type: "response.output_text.done", output_index: 0, content_index: 0, text: "Hello" },
    done(0, said),
    ends([said]),
  ],
  "in the end of its item": [
    created,
    added(0, { ...said, content: [] }),
    textDelta(0, "Hel"),
    done(0, said),
    ends([said]),
  ],
  "in the end of the answer": [created, ends([said])],
  "without an announcement": [created, textDelta(0, "Hello"), done(0, said), ends([said])],
  "without a beginning": [textDelta(0, "Hello"), ends([said])],
  "with an end twice": [created, done(0, said), done(0, said), ends([said]), ends([said])],
  "with ids that change": [
    created,
    added(0, { ...said, id: "msg_2", content: [] }),
    { ...textDelta(0, "Hello"), item_id: "msg_3" },
    done(0, said),
    ends([{ ...said, id: "msg_4" }]),
  ],
};

for (const [how, events] of Object.entries(tellings)) {
  test(`openai-responses: a text told ${how}`, () => {
    const { events: out, folded } = decoded(events);
    const fields = { item: { id: "msg_1", status: "completed" } };
    const part = {
      type: "text",
      text: "Hello",
      citations: [],
      vendor: { protocol: "openai-responses", fields },
    };
    assert.deepEqual(folded.message.parts, [part]);
    assert.deepEqual(read(out), ["Hello"]);
    assert.deepEqual(folded.stop, { type: "stop", reason: "end_turn", raw: "completed" });
    assert.equal(folded.usage.input, 10);
  });
}

test("openai-responses: whole and streamed answers are the same parts", () => {
  const output = [
    {
      type: "reasoning",
      id: "rs_1",
      summary: [
        { type: "summary_text", text: "One." },
        { type: "summary_text", text: "Two." },
      ],
      encrypted_content: "eA==",
    },
    { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "x" } },
    message("msg_1", "a", "b"),
    message("msg_2", "c"),
    call({}),
  ];
  const whole = decoded(JSON.stringify(ends(output)["response"])).folded;
  assert.deepEqual(whole.message, decoded([created, ends(output)]).folded.message);
  assert.deepEqual(
    whole.message,
    decoded([created, ...output.flatMap((item, at) => [added(at, item), done(at, item)]), ends(output)])
      .folded.message,
  );
  assert.deepEqual(
    whole.message.parts.map(({ type }) => type),
    ["thinking", "opaque", "text", "text", "text", "tool-call"],
  );
  assert.equal(whole.stop.reason, "tool_use");
  const back = JSON.parse(`[${openaiResponses.message(whole.message, target())}]`) as unknown[];
  assert.deepEqual(back, output);
});

test("openai-responses: summaries are one thinking part with blank lines between", () => {
  const summary = ["One.", "Two."].map((text) => ({ type: "summary_text", text }));
  const item = { type: "reasoning", id: "rs_1", summary, encrypted_content: "bmV3" };
  const { events, folded } = decoded([
    created,
    added(0, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "b2xk" }),
    {
      type: "response.reasoning_summary_part.added",
      output_index: 0,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    },
    { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "One" },
    { type: "response.reasoning_summary_text.done", output_index: 0, summary_index: 0, text: "One." },
    { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 1, delta: "Two." },
    done(0, item),
    ends([{ ...item, encrypted_content: "YW5vdGhlcg==" }]),
  ]);
  const [part] = folded.message.parts;
  assert.ok(part?.type === "thinking");
  assert.equal(part.text, "One.\n\nTwo.");
  // The one of the item's own end: it is what its announcement said too early.
  assert.equal(part.encrypted, "bmV3");
  assert.deepEqual(read(events), ["One.\n\nTwo."]);
});

test("openai-responses: open reasoning, in content parts", () => {
  const item = {
    type: "reasoning",
    id: "r",
    summary: [],
    content: [{ type: "reasoning_text", text: "Hm." }],
    encrypted_content: null,
  };
  const [part] = partsOf([
    created,
    added(0, { type: "reasoning", id: "r", summary: [], content: [] }),
    {
      type: "response.content_part.added",
      output_index: 0,
      content_index: 0,
      part: { type: "reasoning_text", text: "" },
    },
    { type: "response.reasoning_text.delta", output_index: 0, content_index: 0, delta: "Hm" },
    { type: "response.reasoning_text.done", output_index: 0, content_index: 0, text: "Hm." },
    done(0, item),
    ends([item]),
  ]);
  assert.ok(part?.type === "thinking");
  assert.equal(part.text, "Hm.");
  const fields = {
    id: "r",
    encrypted_content: null,
    segments: [{ type: "reasoning_text", field: "content", length: 3 }],
  };
  assert.deepEqual(part.vendor?.fields, fields);
});

test("openai-responses: a summary said anew is what was said, and goes back as it ended", () => {
  const item = {
    type: "reasoning",
    id: "r",
    summary: [{ type: "summary_text", text: "New." }],
    encrypted_content: "eA==",
  };
  const events = [
    created,
    added(0, { type: "reasoning", id: "r", summary: [] }),
    { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "Old" },
    done(0, item),
    ends([item, message("msg_1", "x")]),
  ];
  const { folded } = decoded(events);
  const [part] = folded.message.parts;
  assert.ok(part?.type === "thinking");
  assert.equal(part.text, "Old");
  const back = JSON.parse(`[${openaiResponses.message(folded.message, target())}]`) as unknown[];
  assert.deepEqual(back[0], item);
});

test("openai-responses: calls", () => {
  const delta = (text: string): JsonObject => ({
    type: "response.function_call_arguments.delta",
    output_index: 0,
    delta: text,
  });
  const start = call({ arguments: "", status: "in_progress" });
  const pieces = [added(0, start), delta('{"a"'), delta(":1}")];
  const cases: [string, JsonObject[], unknown][] = [
    ["in pieces", [...pieces, done(0, call({}))], { a: 1 }],
    ["at once, without deltas", [added(0, start), done(0, call({}))], { a: 1 }],
    ["never announced", [], { a: 1 }],
    [
      "whole, though its item has no end",
      [...pieces, { type: "response.function_call_arguments.done", output_index: 0, arguments: '{"a":1}' }],
      { a: 1 },
    ],
    ["spelt otherwise at its end", [...pieces, done(0, call({ arguments: '{ "a": 1 }' }))], { a: 1 }],
  ];
  for (const [what, events, input] of cases) {
    const { folded } = decoded([created, ...events, ends(what.includes("no end") ? [] : [call({})])]);
    const [part] = folded.message.parts;
    assert.ok(part?.type === "tool-call", what);
    assert.deepEqual([part.id, part.name, part.input], ["call_1", "add", input], what);
    assert.equal(folded.stop.reason, "tool_use", what);
  }
});

test("openai-responses: arguments that are empty, an object or no JSON", () => {
  const table: [JsonObject, string, unknown][] = [
    [{ arguments: "" }, "{}", {}],
    [{ arguments: { a: 1 } }, '{"a":1}', { a: 1 }],
    [{ arguments: "{oops" }, "{oops", undefined],
  ];
  for (const [fields, text, input] of table) {
    const [part] = partsOf([created, ends([call(fields)])]);
    assert.ok(part?.type === "tool-call");
    assert.deepEqual([part.argumentsText, part.input], [text, input]);
  }
});

test("openai-responses: a call that was cut is never one to run", () => {
  const incomplete = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  for (const text of ["", "{}", '{"a":1', "1"]) {
    const { folded } = decoded([
      created,
      ends([call({ arguments: text, status: "incomplete" })], incomplete),
    ]);
    const [part] = folded.message.parts;
    assert.ok(part?.type === "tool-call");
    assert.deepEqual([part.argumentsText, part.input], [text, undefined]);
    assert.deepEqual([folded.stop.reason, folded.stop.raw], ["max_tokens", "max_output_tokens"]);
  }
  const delta = { type: "response.function_call_arguments.delta", output_index: 0, delta: '{"a":1}' };
  fails([created, added(0, call({ arguments: "" })), delta, ends([])], "malformed");
  fails(
    [created, added(0, call({ arguments: "" })), delta, done(0, call({ arguments: '{"a":2}' })), ends([])],
    "malformed",
  );
});

test("openai-responses: ids that are missing or used twice are made", () => {
  const calls = [call({ call_id: "" }), call({}), call({}), call({ call_id: null })];
  const ids = partsOf([created, ends(calls)]).map((part) => part.type === "tool-call" && part.id);
  assert.deepEqual(ids, ["call_resp_1_0", "call_1", "call_1_2", "call_resp_1_3"]);
});

test("openai-responses: citations come once, with their text", () => {
  const annotation = { type: "url_citation", url: "https://example.com", start_index: 0, end_index: 2 };
  const second = { ...annotation, start_index: 3 };
  const item = {
    ...message("msg_1"),
    content: [{ type: "output_text", text: "Hi yo", annotations: [annotation, second] }],
  };
  const { events, folded } = decoded([
    created,
    added(0, message("msg_1")),
    textDelta(0, "Hi yo"),
    {
      type: "response.output_text.annotation.added",
      output_index: 0,
      content_index: 0,
      annotation_index: 0,
      annotation,
    },
    done(0, item),
    ends([item]),
  ]);
  const [part] = folded.message.parts;
  assert.ok(part?.type === "text");
  assert.deepEqual(part.citations, [annotation, second]);
  const cited = events.flatMap((event) =>
    event.type === "part-delta" && event.kind === "citation" ? [event.data] : [],
  );
  assert.deepEqual(cited, [annotation, second]);
});

test("openai-responses: a refusal", () => {
  const item = { ...message("msg_1"), content: [{ type: "refusal", refusal: "No." }] };
  const { events, folded } = decoded([
    created,
    added(0, message("msg_1")),
    {
      type: "response.content_part.added",
      output_index: 0,
      content_index: 0,
      part: { type: "refusal", refusal: "" },
    },
    { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "N" },
    { type: "response.refusal.done", output_index: 0, content_index: 0, refusal: "No." },
    done(0, item),
    ends([item]),
  ]);
  const [part] = folded.message.parts;
  assert.ok(part?.type === "text");
  assert.equal(part.text, "No.");
  assert.equal(part.vendor?.fields["type"], "refusal");
  assert.deepEqual(read(events), ["No."]);
  assert.deepEqual([folded.stop.reason, folded.stop.raw], ["refusal", "completed"]);
});

test("openai-responses: other items and content are kept as received", () => {
  const item = { type: "image_generation_call", id: "ig_1", status: "completed", result: "aGk=" };
  const picture = { type: "output_picture", url: "https://example.com" };
  const told = { ...message("msg_1"), content: [picture, { type: "output_text", text: "x" }] };
  const { events, folded } = decoded([
    created,
    added(0, { type: "image_generation_call", id: "ig_1", status: "in_progress" }),
    { type: "response.image_generation_call.generating", output_index: 0 },
    done(0, item),
    ends([item, told]),
  ]);
  assert.deepEqual(folded.message.parts[0], { type: "opaque", protocol: "openai-responses", value: item });
  const [, kept] = folded.message.parts;
  assert.deepEqual(kept?.type === "opaque" && kept.value, picture);
  assert.equal(events.filter((event) => event.type === "part-delta" && event.kind === "vendor").length, 1);
});

test("openai-responses: stop reasons", () => {
  const table: [JsonObject, string, string | null][] = [
    [{}, "end_turn", "completed"],
    [
      { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
      "max_tokens",
      "max_output_tokens",
    ],
    [
      { status: "incomplete", incomplete_details: { reason: "content_filter" } },
      "content_filter",
      "content_filter",
    ],
    [{ status: "incomplete", incomplete_details: { reason: "news" } }, "unknown", "news"],
    [{ status: "incomplete", incomplete_details: null }, "unknown", "incomplete"],
    [{ status: "queued" }, "unknown", "queued"],
    [{ status: "cancelled" }, "unknown", "cancelled"],
    [{ status: null }, "unknown", null],
  ];
  for (const [fields, reason, raw] of table) {
    const { folded } = decoded(
      JSON.stringify({ id: "r", model: "m", output: [], status: "completed", ...fields }),
    );
    assert.deepEqual([folded.stop.reason, folded.stop.raw], [reason, raw]);
    assert.equal(folded.usage.source, "unknown");
  }
});

test("openai-responses: fields and events without a name here are kept", () => {
  const news = { type: "response.news", value: 1 };
  const last = { ...ends([], { service_tier: "flex" }), copilot_usage: 7 };
  const { folded } = decoded([created, news, last]);
  assert.deepEqual(folded.vendor, { service_tier: "flex", events: [news, { copilot_usage: 7 }] });
});

test("openai-responses: a keepalive says nothing, and is not kept", () => {
  const events = [created, { type: "keepalive", sequence_number: 3 }, ends([said])];
  assert.deepEqual(decoded(events).events, decoded([created, ends([said])]).events);
});

test("openai-responses: server_error is overloaded where the status or the words say so", () => {
  const error = { type: "server_error", code: null, param: null };
  const table: [number, string, string][] = [
    [503, "Slow down", "overloaded"],
    [500, "Our servers are currently overloaded.", "overloaded"],
    [500, "The server had an error", "server"],
  ];
  for (const [status, message, kind] of table) {
    const body = JSON.stringify({ error: { ...error, message } });
    assert.equal(openaiResponses.decodeError(status, {}, body).kind, kind, message);
  }
  const message = "Our servers are currently overloaded.";
  fails([created, { type: "error", code: "server_error", message, param: null }], "overloaded");
});

test("openai-responses: cut anywhere, a stream is truncated", () => {
  for (const [how, events] of Object.entries(tellings)) {
    const end = events.findIndex(({ type }) => type === "response.completed");
    for (let at = 0; at < end; at++) {
      assert.equal(fails(events.slice(0, at), "truncated").kind, "truncated", how);
      // Another server's end mark is not this one's.
      const decoder = openaiResponses.decoder(() => undefined, target());
      for (const event of events.slice(0, at)) decoder.push(JSON.stringify(event), "");
      decoder.push("[DONE]", "");
      assert.throws(() => decoder.end(), { kind: "truncated" });
    }
  }
  const whole = JSON.stringify(ends([said])["response"]);
  for (let at = 1; at < whole.length; at++)
    assert.throws(() => decoded(whole.slice(0, at)), { kind: "truncated" });
});

test("openai-responses: errors inside an answer", () => {
  const error = { type: "server_error", code: "rate_limit_exceeded", message: "Please try again in 1m2.5s." };
  const table: [JsonObject, string][] = [
    [{ type: "error", code: "server_error", message: "boom", param: null }, "server"],
    [
      {
        type: "error",
        error: { type: "invalid_request_error", code: "context_length_exceeded", message: "long" },
      },
      "context-overflow",
    ],
    [{ error: { message: "Provider returned error", code: 502 } }, "server"],
    [
      { type: "response.failed", response: { id: "r", status: "failed", error, output: [], usage } },
      "rate-limit",
    ],
    [ends([], { error }), "rate-limit"],
  ];
  for (const [event, kind] of table) {
    const failure = fails([created, added(0, said), textDelta(0, "Hel"), event], kind as ModelError["kind"]);
    if (kind === "rate-limit") assert.equal(failure.retryAfterMs, 62_500);
  }
  assert.throws(() => decoded(JSON.stringify({ error: { message: "no", code: 401 } })), {
    kind: "authentication",
  });
  assert.throws(() => decoded(JSON.stringify({ status: "failed", output: [], error })), {
    kind: "rate-limit",
  });
  const decoder = openaiResponses.decoder(() => undefined, target());
  assert.throws(() => decoder.push("boom", "error"), { kind: "server" });
});

test("openai-responses: what is not the protocol is malformed", () => {
  const table = [
    "null",
    "[]",
    '"x"',
    "{",
    '{"type":"response.output_item.added","output_index":-1,"item":{}}',
    '{"type":"response.output_item.done","output_index":0}',
    '{"type":"response.completed"}',
  ];
  for (const data of table) {
    assert.throws(
      () => openaiResponses.decoder(() => undefined, target()).push(data, ""),
      { kind: "malformed" },
      data,
    );
  }
  for (const body of ["[]", "{}", '{"output":7}'])
    assert.throws(() => decoded(body), { kind: "malformed" }, body);
});
