import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { canonicalText, parseJson } from "../../src/httprr/json.ts";
import { comparable, compare, keyOf, nearest } from "../../src/httprr/match.ts";
import type { MatchMode } from "../../src/httprr/match.ts";
import type { TraceRequest } from "../../src/httprr/message.ts";

const CHAT = "https://api.test/v1/chat/completions";

function request(body: unknown, url: string = CHAT, method = "POST"): TraceRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { method, url, version: "HTTP/1.1", headers: [], body: Buffer.from(text) };
}
const matches = (mode: MatchMode, a: TraceRequest, b: TraceRequest): boolean =>
  keyOf(comparable(a, mode)) === keyOf(comparable(b, mode));
const user = (content: unknown): object => ({ role: "user", content });
const text = (value: string, more: object = {}): object => ({ type: "text", text: value, ...more });

test("JSON is read as JSON.parse reads it, and refused where that refuses it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t\r\n"), (value, indent) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown; // -0 is written 0
      const found = canonicalText(parseJson(JSON.stringify(value, null, indent)));
      assert.deepEqual(JSON.parse(found), plain);
    }),
  );
  const junk = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'[]{},:"\\u0019ae+-. \ntrueflsn'.split("")) }),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "]", '"', "0", "\\", "\u0001"))
      .map(
        ([json, at, put]) =>
          json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + 1),
      ),
  );
  const accepts = (read: (json: string) => unknown, json: string): boolean => {
    try {
      read(json);
      return true;
    } catch (error) {
      assert.ok(error instanceof SyntaxError);
      return false;
    }
  };
  fc.assert(
    fc.property(junk, (json) => {
      assert.equal(
        accepts(parseJson, json),
        accepts((it) => JSON.parse(it) as unknown, json),
      );
    }),
    { numRuns: 2_000 },
  );
});

test("value: equal JSON matches however it is written, and nothing else does", () => {
  const table: [name: string, same: boolean, a: string, b: string][] = [
    ["key order and space", true, '{"a":1,"b":[1,2]}', ' { "b" : [1, 2],\n"a":1 }'],
    ["escapes", true, '{"a":"<é/\\n😀"}', '{"\\u0061":"\\u003c\\u00e9\\/\\u000a\\ud83d\\ude00"}'],
    ["number forms", true, "[1.0,100,0.5,-0,0,1e400]", "[1,1e2,5E-1,0,-0.0e9,10e+399]"],
    ["last of two equal keys", true, '{"a":1,"a":2}', '{"a":2}'],
    ["list order", false, "[1,2]", "[2,1]"],
    ["long numbers", false, "12345678901234567890", "12345678901234567891"],
    ["numbers past a double", false, "1e400", "2e400"],
    ["sign", false, "[-1]", "[1]"],
    ["number and its text", false, "[1]", '["1"]'],
    ["null and nothing", false, '{"a":null}', "{}"],
    ["empty kinds", false, "[]", "{}"],
    ["__proto__ is a key", false, '{"__proto__":{"a":1}}', "{}"],
    ["__proto__ has a value", false, '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}'],
    ["lone surrogates", false, '"\\ud800"', '"\\ud801"'],
    ["text that is not JSON", false, "a=1&b=2", "b=2&a=1"],
    ["text and its JSON", false, "a=1", '"a=2"'],
  ];
  for (const [name, same, a, b] of table) {
    assert.equal(matches("value", request(a), request(b)), same, name);
    assert.ok(matches("value", request(a), request(a)), name);
  }
  assert.ok(!matches("value", request("{}"), request("{}", CHAT, "PUT")), "method");
  assert.ok(!matches("value", request("{}"), request("{}", `${CHAT}?beta=1`)), "query");
  assert.ok(!matches("value", request("{}"), request("{}", "http://localhost/v1/chat/completions")), "host");
  const binary = (byte: number): TraceRequest => ({ ...request(""), body: Uint8Array.of(0xff, byte) });
  assert.ok(matches("value", binary(1), binary(1)));
  assert.ok(!matches("value", binary(1), binary(2)));
});

test("a body nested fifty thousand deep is compared like any other", () => {
  const deep = (core: string, n = 50_000): string => '{"a":['.repeat(n) + core + "]}".repeat(n);
  for (const mode of ["value", "conversation"] as const) {
    const wrapped = (core: string): TraceRequest => request(`{"model":"m","messages":[${deep(core)}]}`);
    assert.ok(matches(mode, wrapped("1"), wrapped("1.0")));
    assert.ok(!matches(mode, wrapped("1"), wrapped("2")));
    const found = nearest(comparable(wrapped("1"), mode), [comparable(wrapped("2"), mode)]);
    assert.ok(found!.difference!.path.length < 400);
    assert.match(found!.difference!.path, /\.a\[0\]$/);
  }
});

test("conversation: model and messages with their meaning, and nothing else", () => {
  const said = { model: "m", messages: [user("Hi")] };
  const call = (json: string): object => ({
    id: "c1",
    type: "function",
    function: { name: "f", arguments: json },
  });
  const use = (input: object, more: object = {}): object => ({
    type: "tool_use",
    id: "t",
    name: "f",
    input,
    ...more,
  });
  const result = (content: unknown, more: object = {}): object => ({
    type: "tool_result",
    tool_use_id: "t",
    content,
    ...more,
  });
  const chat = (...messages: object[]): object => ({ model: "m", messages });
  const items = (input: unknown): object => ({ model: "m", input });
  const gemini = (...contents: object[]): object => ({ contents });
  const table: [name: string, same: boolean, a: unknown, b: unknown][] = [
    [
      "settings",
      true,
      said,
      { ...said, stream: true, max_tokens: 9, temperature: 0, tools: [{}], metadata: { user_id: "u" } },
    ],
    [
      "system prompt",
      true,
      said,
      { ...said, system: [text("be kind")], instructions: "x", tool_choice: { type: "auto" } },
    ],
    [
      "system message",
      true,
      said,
      chat({ role: "system", content: "be kind" }, { role: "developer", content: "x" }, user("Hi")),
    ],
    ["one text part", true, said, chat(user([text("Hi")]))],
    ["cache mark", true, said, chat(user([text("Hi", { cache_control: { type: "ephemeral" } })]))],
    ["empty text", true, said, chat(user([text(""), text("Hi")]))],
    [
      "tool arguments",
      true,
      chat({ role: "assistant", tool_calls: [call('{"a":1,"b":2}')] }),
      chat({ role: "assistant", content: null, tool_calls: [call('{"b":2, "a":1.0}')] }),
    ],
    [
      "tool result as text",
      true,
      chat(user([result("ok")])),
      chat(user([result([text("ok")], { is_error: false, cache_control: {} })])),
    ],
    [
      "responses: text",
      true,
      items("Hi"),
      items([
        {
          type: "message",
          id: "x",
          status: "completed",
          role: "user",
          content: [{ type: "input_text", text: "Hi" }],
        },
      ]),
    ],
    [
      "responses: call",
      true,
      items([
        { type: "function_call", id: "fc", status: "completed", call_id: "c", name: "f", arguments: "{}" },
      ]),
      items([{ type: "function_call", call_id: "c", name: "f", arguments: "{ }" }]),
    ],
    [
      "responses: output",
      true,
      items([{ type: "function_call_output", call_id: "c", output: "x" }]),
      items([{ type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "x" }] }]),
    ],
    [
      "gemini: spelling and role",
      true,
      gemini({ parts: [{ inline_data: { mime_type: "a/b", data: "AA" } }] }),
      {
        ...gemini({ role: "user", parts: [{ inlineData: { mimeType: "a/b", data: "AA" } }] }),
        generationConfig: {},
      },
    ],
    ["model", false, said, { ...said, model: "n" }],
    ["words", false, said, chat(user("Ho"))],
    ["role", false, said, chat({ role: "assistant", content: "Hi" })],
    ["one message more", false, said, chat(user("Hi"), user("Hi"))],
    ["cut text", false, chat(user("HiHo")), chat(user([text("Hi"), text("Ho")]))],
    ["tool error", false, chat(user([result("ok")])), chat(user([result("ok", { is_error: true })]))],
    ["a tool's own cache_control", false, chat(user([use({ cache_control: 1 })])), chat(user([use({})]))],
    ["a tool's own null", false, chat(user([use({ a: null })])), chat(user([use({})]))],
    [
      "tool arguments that differ",
      false,
      chat({ role: "assistant", tool_calls: [call('{"a":1}')] }),
      chat({ role: "assistant", tool_calls: [call('{"a":2}')] }),
    ],
    [
      "cut tool arguments",
      false,
      chat({ role: "assistant", tool_calls: [call('{"a":')] }),
      chat({ role: "assistant", tool_calls: [call("{}")] }),
    ],
    ["history on the server", false, items("Hi"), { ...items("Hi"), previous_response_id: "r" }],
    [
      "responses: reference",
      false,
      items([{ type: "item_reference", id: "a" }]),
      items([{ type: "item_reference", id: "b" }]),
    ],
    ["gemini: words", false, gemini({ parts: [{ text: "a" }] }), gemini({ parts: [{ text: "b" }] })],
    [
      "gemini: arguments' names",
      false,
      gemini({ parts: [{ functionCall: { name: "f", args: { a_b: 1 } } }] }),
      gemini({ parts: [{ functionCall: { name: "f", args: { aB: 1 } } }] }),
    ],
    ["no conversation: by value", false, { a: 1 }, { a: 2 }],
    ["no conversation: by value", true, { a: 1, b: 2 }, { b: 2, a: 1 }],
    ["odd shapes", true, { messages: null }, { messages: [] }],
    ["odd items", false, { messages: [1, null, [2]] }, { messages: [1, null, [3]] }],
  ];
  for (const [name, same, a, b] of table) {
    assert.equal(matches("conversation", request(a), request(b)), same, name);
    assert.equal(matches("conversation", request(b), request(a)), same, name);
  }
  assert.ok(
    matches("conversation", request(said), request(said, "http://localhost:1/v1/chat/completions?key=k")),
  );
  assert.ok(!matches("conversation", request(said), request(said, "https://api.test/v1/messages")), "path");
  assert.ok(!matches("conversation", request(said), request(said, CHAT, "PUT")), "method");
  const model = (name: string): string => `https://g.test/v1beta/models/${name}`;
  const turn = gemini({ parts: [{ text: "a" }] });
  assert.ok(
    matches(
      "conversation",
      request(turn, model("g:streamGenerateContent?alt=sse")),
      request(turn, model("g:generateContent")),
    ),
  );
  assert.ok(
    !matches(
      "conversation",
      request(turn, model("g:generateContent")),
      request(turn, model("h:generateContent")),
    ),
  );
});

test("any JSON body can be compared in both modes, and matches itself", () => {
  const name = fc.constantFrom(
    "messages",
    "contents",
    "input",
    "content",
    "parts",
    "role",
    "type",
    "tool_calls",
    "x",
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, "", "text", 0, "tool_result"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (body) => {
      for (const mode of ["value", "conversation"] as const) {
        const once = comparable(request({ messages: body }), mode);
        assert.equal(
          keyOf(once),
          keyOf(comparable(request(JSON.stringify({ messages: body }, null, 1)), mode)),
        );
        assert.deepEqual(compare(once.body, once.body), { likeness: 1, difference: undefined });
      }
    }),
  );
});

test("keys are equal exactly when no difference is found", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
      const [x, y] = [parseJson(JSON.stringify(a)), parseJson(JSON.stringify(b))];
      assert.equal(canonicalText(x) === canonicalText(y), compare(x, y).difference === undefined);
    }),
  );
});

test("the nearest recorded request is the one with most in common", () => {
  const list = ["Hi", "My name is Ann", "What is my name?"].map((_, index, all) =>
    comparable(request({ model: "m", messages: all.slice(0, index + 1).map(user) }), "value"),
  );
  const live = (...words: string[]): ReturnType<typeof nearest> =>
    nearest(comparable(request({ model: "m", messages: words.map(user) }), "value"), list);
  assert.deepEqual(live("Hi", "My name is Ann", "Who?"), {
    index: 2,
    difference: { path: "$.messages[2].content", live: '"Who?"', recorded: '"What is my name?"' },
  });
  assert.equal(live("Hello")!.index, 0);
  assert.deepEqual(live("Hi", "My name is Ann", "What is my name?", "And?")!.difference, {
    path: "$.messages[3]",
    live: '{"content":"And?","role":"user"}',
    recorded: "(nothing)",
  });
  assert.equal(nearest(list[0]!, []), undefined);
});

test("long values are shown where they part, and odd names in brackets", () => {
  const long = "word ".repeat(1_000);
  const { difference } = compare(
    parseJson(JSON.stringify({ "a b": long })),
    parseJson(JSON.stringify({ "a b": `${long}!${long}` })),
  );
  assert.equal(difference!.path, '$["a b"]');
  assert.ok(difference!.live.length < 100 && difference!.recorded.length < 100);
  assert.match(difference!.recorded, /^\.\.\..*!/);
});
