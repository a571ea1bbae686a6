import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Part } from "../../../src/llm/message.ts";
import { answer, chunk, deltas, streamed, whole, type Outcome } from "./support.ts";

const protocol = "openai-chat";

function call(id: string, name: string, argumentsText: string, fields?: object): object {
  let input: unknown;
  try {
    input = JSON.parse(argumentsText);
  } catch {
    input = undefined;
  }
  const vendor = fields && { vendor: { protocol, fields } };
  return { type: "tool-call", id, name, argumentsText, input, ...vendor };
}

function thinking(text: string, fields: object): object {
  return { type: "thinking", text, protocol, vendor: { protocol, fields } };
}

function text(value: string): Part {
  return { type: "text", text: value };
}

function piece(index: number | undefined, fields: object): object {
  return { tool_calls: [{ ...(index !== undefined && { index }), ...fields }] };
}

const named = { id: "a", type: "function", function: { name: "f", arguments: "" } };

/** What is odd: the stream's deltas, and the parts that they make. */
const streams: Record<string, [object[], object[]]> = {
  "text in pieces": [
    [{ role: "assistant", content: "" }, { content: "a" }, { content: "b" }, { content: 'c"\\' }],
    [text('abc"\\')],
  ],
  "nulls everywhere": [
    [
      { role: null, content: null, tool_calls: null, reasoning_content: null, refusal: null },
      { content: "a", tool_calls: null },
    ],
    [text("a")],
  ],
  "nothing said": [[{ role: "assistant", content: "" }], []],
  "reasoning, then text": [
    [
      { reasoning_content: "x" },
      { reasoning_content: "y", content: "" },
      { reasoning_content: null, content: "a" },
    ],
    [thinking("xy", { in: ["reasoning_content"] }), text("a")],
  ],
  "text and reasoning in turns are one of each": [
    [{ reasoning: "x" }, { content: "a" }, { reasoning: "y" }, { content: "b" }],
    [thinking("xy", { in: ["reasoning"] }), text("ab")],
  ],
  "the same reasoning under two names": [
    [{ reasoning: "x", reasoning_content: "x" }],
    [thinking("x", { in: ["reasoning_content", "reasoning"] })],
  ],
  "details beside reasoning": [
    [
      { reasoning: "x", reasoning_details: [{ type: "reasoning.text", text: "x", index: 0, format: "f" }] },
      { reasoning: "y", reasoning_details: [{ type: "reasoning.text", text: "y", index: 0, format: "f" }] },
      { reasoning_details: [{ type: "reasoning.text", signature: "sig", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "d1", index: 0 }] },
      { reasoning_details: [{ type: "reasoning.encrypted", data: "d2", index: 0 }] },
      { content: "a" },
    ],
    [
      thinking("xy", {
        in: ["reasoning"],
        reasoning_details: [
          { type: "reasoning.text", text: "xy", index: 0, format: "f", signature: "sig" },
          { type: "reasoning.encrypted", data: "d1", index: 0 },
          { type: "reasoning.encrypted", data: "d2", index: 0 },
        ],
      }),
      text("a"),
    ],
  ],
  "details alone": [
    [{ reasoning_details: [{ type: "reasoning.text", text: "x", index: 0 }] }],
    [thinking("x", { in: [], reasoning_details: [{ type: "reasoning.text", text: "x", index: 0 }] })],
  ],
  "an empty list of details": [[{ content: "a", reasoning_details: [] }], [text("a")]],
  "a signature without reasoning": [
    [{ content: "a", extra_content: { google: { thought_signature: "s" } } }],
    [thinking("", { in: [], extra_content: { google: { thought_signature: "s" } } }), text("a")],
  ],
  "thinking as pieces of a list, then plain strings": [
    [
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "x" }] }] },
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "y" }], closed: true },
          { type: "text", text: "a" },
        ],
      },
      { content: "b" },
    ],
    [thinking("xy", { in: ["content"], closed: true }), text("ab")],
  ],
  "a piece that nobody knows": [
    [{ content: "a" }, { content: [{ type: "reference", reference_ids: [1] }] }, { content: "b" }],
    [text("a"), { type: "opaque", protocol, value: { type: "reference", reference_ids: [1] } }, text("b")],
  ],
  "a refusal": [
    [{ refusal: "I " }, { refusal: "will not" }],
    [{ ...text("I will not"), vendor: { protocol, fields: { in: "refusal" } } }],
  ],
  "sources, before the text and after": [
    [
      { annotations: [{ type: "url_citation", url: "1" }] },
      { content: "a" },
      { annotations: [{ type: "url_citation", url: "2" }] },
    ],
    [
      {
        ...text("a"),
        citations: [
          { type: "url_citation", url: "1" },
          { type: "url_citation", url: "2" },
        ],
      },
    ],
  ],
  sound: [
    [
      { audio: { id: "au", transcript: "He" } },
      { audio: { transcript: "y" } },
      { audio: { data: "AA" } },
      { audio: { data: "BB" } },
      { audio: { expires_at: 1 } },
    ],
    [
      {
        type: "opaque",
        protocol,
        value: { type: "audio", audio: { id: "au", transcript: "Hey", data: "AABB", expires_at: 1 } },
      },
    ],
  ],
  "a picture": [
    [{ images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] }],
    [
      {
        type: "image",
        source: { kind: "base64", mediaType: "image/png", data: "AAAA" },
        vendor: { protocol, fields: { in: "images" } },
      },
    ],
  ],
  "a call in pieces": [
    [
      piece(0, named),
      piece(0, { function: { arguments: '{"a"' } }),
      piece(0, { function: { arguments: ":1}" } }),
    ],
    [call("a", "f", '{"a":1}')],
  ],
  "a whole call beside text": [
    [{ content: "x", ...piece(0, { ...named, function: { name: "f", arguments: "{}" } }) }],
    [text("x"), call("a", "f", "{}")],
  ],
  "two calls mixed": [
    [
      piece(0, named),
      piece(1, { ...named, id: "b" }),
      piece(0, { function: { arguments: "[1]" } }),
      piece(1, { function: { arguments: "[2]" } }),
    ],
    [call("a", "f", "[1]"), call("b", "f", "[2]")],
  ],
  "ids empty, null or repeated in later pieces": [
    [
      piece(0, named),
      piece(0, { id: "", function: { arguments: "[" } }),
      piece(0, { id: null, type: null, function: { name: null, arguments: "1" } }),
      piece(0, { id: "a", function: { name: "f", arguments: "]" } }),
    ],
    [call("a", "f", "[1]")],
  ],
  "no numbers": [
    [
      piece(undefined, { ...named, function: { name: "f", arguments: "[1]" } }),
      piece(undefined, { ...named, id: "b" }),
      piece(undefined, { function: { arguments: "[2]" } }),
    ],
    [call("a", "f", "[1]"), call("b", "f", "[2]")],
  ],
  "one number for all calls": [
    [
      piece(0, { ...named, function: { name: "f", arguments: "[1]" } }),
      piece(0, { id: "b", function: { name: "g", arguments: "[2]" } }),
    ],
    [call("a", "f", "[1]"), call("b", "g", "[2]")],
  ],
  "no ids": [
    [
      piece(0, { function: { name: "f", arguments: "[1]" } }),
      piece(1, { id: "", function: { name: "f", arguments: "[2]" } }),
    ],
    [call("call_c1_0", "f", "[1]"), call("call_c1_1", "f", "[2]")],
  ],
  "one id for two calls": [
    [piece(0, named), piece(1, named)],
    [call("a", "f", "{}"), call("a_2", "f", "{}")],
  ],
  "arguments missing, null or a value": [
    [
      piece(0, { id: "a", function: { name: "f" } }),
      piece(1, { id: "b", function: { name: "f", arguments: null } }),
      piece(2, { id: "c", function: { name: "f", arguments: { x: 1 } } }),
    ],
    [call("a", "f", "{}"), call("b", "f", "{}"), call("c", "f", '{"x":1}')],
  ],
  "arguments that are no JSON": [
    [piece(0, { ...named, function: { name: "f", arguments: '{"a": </｜DSML｜parameter' } })],
    [call("a", "f", '{"a": </｜DSML｜parameter')],
  ],
  "a call's own fields, at once and late": [
    [
      piece(0, { ...named, extra_content: { google: { thought_signature: "s" } } }),
      piece(1, { ...named, id: "b" }),
      piece(1, { extra_content: { x: 1 } }),
    ],
    [
      call("a", "f", "{}", { extra_content: { google: { thought_signature: "s" } } }),
      call("b", "f", "{}", { extra_content: { x: 1 } }),
    ],
  ],
  "the older form of a call": [
    [{ function_call: { name: "f", arguments: "" } }, { function_call: { arguments: "{}" } }],
    [call("call_c1_0", "f", "{}")],
  ],
  "a call with free text": [
    [
      piece(0, { id: "a", type: "custom", custom: { name: "sql", input: "SEL" } }),
      piece(0, { custom: { input: "ECT" } }),
    ],
    [
      {
        type: "opaque",
        protocol,
        value: { id: "a", type: "custom", custom: { name: "sql", input: "SELECT" } },
      },
    ],
  ],
  "forms of what there is not": [
    [
      {
        content: "a",
        audio: { id: "", data: "", expires_at: 0, transcript: "" },
        function_call: { name: "", arguments: "" },
        refusal: "",
      },
    ],
    [text("a")],
  ],
};

for (const [what, [sent, parts]] of Object.entries(streams)) {
  test(`openai-chat decoder: ${what}`, () => {
    const { folded, error } = streamed(deltas(...sent));
    assert.equal(error, undefined);
    assert.deepEqual(folded.message.parts, parts);
    assert.equal(folded.stop.raw, "stop");
  });
}

/** The same message whole. */
const bodies: Record<string, [object, object[]]> = {
  "text and calls": [
    { content: "x", tool_calls: [named, { ...named, id: "b" }] },
    [text("x"), call("a", "f", "{}"), call("b", "f", "{}")],
  ],
  "calls without ids": [
    {
      content: null,
      tool_calls: [
        { function: { name: "f", arguments: "[1]" }, id: "" },
        { function: { name: "f", arguments: "[2]" } },
      ],
    },
    [call("call_c1_0", "f", "[1]"), call("call_c1_1", "f", "[2]")],
  ],
  "calls with one id": [{ tool_calls: [named, named] }, [call("a", "f", "{}"), call("a_2", "f", "{}")]],
  "pieces of a list": [
    {
      content: [
        { type: "thinking", thinking: [{ type: "text", text: "x" }] },
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    },
    [thinking("x", { in: ["content"] }), text("a"), text("b")],
  ],
  "different reasoning under two names": [
    { content: "a", reasoning: "x", reasoning_content: "y" },
    [thinking("y", { in: ["reasoning_content"] }), thinking("x", { in: ["reasoning"] }), text("a")],
  ],
};

for (const [what, [message, parts]] of Object.entries(bodies)) {
  test(`openai-chat decoder: whole, ${what}`, () => {
    const { folded, error } = whole(answer(message));
    assert.equal(error, undefined);
    assert.deepEqual(folded.message.parts, parts);
  });
}

test("openai-chat decoder: why the model stopped", () => {
  const calls = { tool_calls: [named] };
  const cases: [object, string | null, string][] = [
    [{ content: "a" }, "stop", "end_turn"],
    [{ content: "a" }, "eos", "end_turn"],
    [{ content: "a" }, "length", "max_tokens"],
    [{ content: "a" }, "content_filter", "content_filter"],
    [{ content: "a" }, "some_new_reason", "unknown"],
    [{ content: "a" }, "constructor", "unknown"],
    [{ content: "a" }, null, "unknown"],
    [{ content: "a" }, "tool_calls", "end_turn"],
    [{ refusal: "no" }, "stop", "refusal"],
    [calls, "stop", "tool_use"],
    [calls, "tool_calls", "tool_use"],
    [calls, "function_call", "tool_use"],
    [calls, "length", "max_tokens"],
    [calls, null, "unknown"],
  ];
  for (const [message, raw, reason] of cases) {
    assert.deepEqual(whole(answer(message, raw)).folded.stop, { type: "stop", reason, raw }, `${raw}`);
    const { folded } = streamed([chunk(message), chunk({}, raw), "[DONE]"]);
    assert.deepEqual([folded.stop.reason, folded.stop.raw], [reason, raw]);
  }
});

test("openai-chat decoder: a call that was cut before its arguments is none that could be run", () => {
  const { folded } = streamed([chunk(piece(0, named)), chunk({}, "length"), "[DONE]"]);
  assert.deepEqual(folded.message.parts, [call("a", "f", "")]);
});

function kindOf({ error }: Outcome): string | undefined {
  return error?.kind;
}

test("openai-chat decoder: how an answer ends", () => {
  const sometimes = { endMark: "sometimes" } as const;
  assert.equal(kindOf(streamed([chunk({ content: "a" }), chunk({}, "stop")])), "truncated");
  assert.equal(kindOf(streamed([chunk({ content: "a" }), chunk({}, "stop")], sometimes)), undefined);
  assert.equal(kindOf(streamed([chunk({ content: "a" }), "[DONE]"])), undefined);
  assert.equal(kindOf(streamed([chunk({ content: "a" })], sometimes)), "truncated");
  assert.equal(kindOf(streamed(["[DONE]"])), "truncated");
  assert.equal(kindOf(streamed([])), "truncated");
  assert.equal(kindOf(whole('{"choices":[{"message":{"content":"a')), "truncated");
  for (const body of ["[]", "null", "{}", '{"choices":[]}', '{"choices":null}', "nonsense"]) {
    assert.equal(kindOf(whole(body)), "malformed", body);
  }
  assert.equal(kindOf(streamed(["{"])), "malformed");
});

test("openai-chat decoder: nothing is finished by a cut", () => {
  const { folded, events } = streamed([chunk({ content: "a" }), chunk(piece(0, named))]);
  assert.deepEqual(folded.message.parts, []);
  assert.ok(events.every(({ type }) => type !== "part-end" && type !== "stop"));
});

test("openai-chat decoder: an error in the middle keeps what was said, and no call", () => {
  const failure = { error: { message: "Token limit reached", code: 400 } };
  for (const broken of [failure, { ...chunk({ content: "" }), ...failure }]) {
    const { folded, error } = streamed([chunk({ content: "a" }), chunk(piece(0, named)), broken, "[DONE]"]);
    assert.equal(error?.kind, "invalid-request");
    assert.match(error?.message ?? "", /Token limit reached/);
    assert.deepEqual(folded.message.parts, [text("a")]);
  }
});

test("openai-chat decoder: an error of the upstream inside a choice", () => {
  const body = answer({ content: "ab" }, null);
  const [choice] = (body as { choices: object[] }).choices;
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  const { folded, error } = whole({
    ...body,
    choices: [{ ...choice, error: { code: 502, message: "Upstream error" } }],
    usage,
  });
  assert.equal(error?.kind, "server");
  assert.deepEqual(folded.message.parts, [text("ab")]);
  assert.equal(folded.usage.output, 2);
});

test("openai-chat decoder: what stands round the message is kept", () => {
  const logprobs = (token: string): object => ({ content: [{ token, logprob: -1 }], refusal: null });
  const first = { id: "", model: "", object: "", choices: [], prompt_filter_results: [{ prompt_index: 0 }] };
  const base = {
    id: "c1",
    model: "m1",
    created: 7,
    provider: "P",
    system_fingerprint: null,
    obfuscation: "xyz",
  };
  const piece = (fields: object): object => ({ ...base, choices: [{ index: 0, ...fields }] });
  const { folded, events } = streamed([
    first,
    piece({ delta: { content: "a", channel: "final" }, logprobs: logprobs("a"), native_finish_reason: null }),
    piece({ delta: { content: "b" }, logprobs: logprobs("b") }),
    { ...base, choices: [{ index: 1, delta: { role: "assistant", content: "x" } }] },
    { ...base, choices: [{ index: 1, delta: { content: "y" } }] },
    { ...base, choices: [{ index: 1, delta: {}, finish_reason: "length" }] },
    {
      ...piece({ delta: {}, finish_reason: "stop", native_finish_reason: "STOP", stop_reason: "is" }),
      x_groq: { id: "r" },
    },
    {
      ...base,
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, queue_time: 0.5 },
      x_groq: { seed: 1 },
    },
    "[DONE]",
  ]);
  assert.deepEqual([folded.id, folded.model], ["c1", "m1"]);
  assert.equal(events[0]?.type, "start");
  assert.deepEqual(folded.message.parts, [text("ab")]);
  assert.equal(folded.stop.sequence, "is");
  assert.deepEqual(folded.vendor, {
    prompt_filter_results: [{ prompt_index: 0 }],
    created: 7,
    provider: "P",
    x_groq: { id: "r", seed: 1 },
    choice: { native_finish_reason: "STOP", stop_reason: "is" },
    message: { channel: "final" },
    logprobs: {
      content: [
        { token: "a", logprob: -1 },
        { token: "b", logprob: -1 },
      ],
    },
    usage: { queue_time: 0.5 },
    choices: [{ index: 1, message: { role: "assistant", content: "xy" }, finish_reason: "length" }],
  });
});

test("openai-chat decoder: Perplexity repeats the message and its sources", () => {
  const choice = (so: string, content: string): object => ({
    index: 0,
    message: { role: "assistant", content: so },
    delta: { role: "assistant", content },
  });
  const citations = ["https://a.example"];
  const { folded } = streamed(
    [
      { id: "c1", model: "sonar", choices: [choice("a", "a")], citations },
      { id: "c1", model: "sonar", choices: [{ ...choice("ab", "b"), finish_reason: "stop" }], citations },
    ],
    { endMark: "sometimes" },
  );
  assert.deepEqual(folded.message.parts, [{ ...text("ab"), citations }]);
  assert.deepEqual(folded.vendor, { citations });
});

test("openai-chat decoder: content that comes after the finish reason is content", () => {
  const { folded } = streamed([
    chunk({ content: "a" }),
    chunk({}, "stop"),
    chunk({ content: "b" }),
    "[DONE]",
  ]);
  assert.deepEqual(folded.message.parts, [text("ab")]);
});

test("openai-chat decoder: the quick way says the same as the slow one", () => {
  const said = ["one", "two", "one", 'with "quotes"', "line\nbreak", "é€😀", "content", "", "end"];
  const sent = deltas(...said.map((content) => ({ content })));
  const padded = sent.map((event, at) =>
    typeof event === "object" ? { ...event, p: "x".repeat(at) } : event,
  );
  assert.deepEqual(streamed(padded).events, streamed(sent).events);
  const slow = sent.map((event, at) =>
    typeof event === "object" ? { ...event, obfuscation: "-".repeat(at) } : event,
  );
  assert.deepEqual(streamed(sent).events, streamed(slow).events);
  const thoughts = (event: unknown): unknown =>
    typeof event === "object"
      ? JSON.parse(JSON.stringify(event).replaceAll('"content":', '"reasoning":'))
      : event;
  assert.deepEqual(streamed(sent.map(thoughts)).events, streamed(slow.map(thoughts)).events);
});

test("openai-chat decoder: whatever hides a length, the quick way says the same as the slow one", () => {
  const hidden = fc.oneof(
    fc.stringMatching(/^\w{0,12}$/),
    fc.constantFrom("-", '"', '","obfuscation":"', 'x"}', "é"),
  );
  const texts = fc.oneof(
    fc.string(),
    fc.constantFrom(',"obfuscation":"abc"}', "}]}", '"', "\\", "a", "p", "obfuscation"),
  );
  const members = fc.record(
    {
      obfuscation: hidden,
      p: hidden,
      service_tier: fc.constantFrom("default", "flex"),
      usage: fc.option(
        fc.integer({ min: 1, max: 9 }).map((n) => ({ prompt_tokens: 1, completion_tokens: n })),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, members), { maxLength: 12 }), (said) => {
      const content = said.map(([each]) => each);
      const sent = deltas(...content.map((each) => ({ content: each })));
      const padded = sent.map((event, at) =>
        typeof event === "object" ? { ...event, ...said[at]?.[1] } : event,
      );
      const { message, usage } = streamed(padded).folded;
      assert.deepEqual(message.parts, content.join("") === "" ? [] : [text(content.join(""))]);
      const reported = said.findLast(([, { usage: each }]) => each !== undefined && each !== null)?.[1].usage;
      if (reported !== undefined) assert.equal(usage.output, reported?.completion_tokens);
    }),
    { numRuns: 2000 },
  );
});
