import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../../src/llm/errors.ts";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import type { Message, Part, ResultPart, TextPart } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { encode, type Target } from "../../../src/protocols/protocol.ts";
import { canonicalOpenaiChat } from "../../conformance/openai-chat-canonical.ts";
import { requestDifferences } from "../../conformance/same-request.ts";
import { bodyOf, plain } from "./support.ts";

function rebuilt(body: JsonObject, more: Partial<Target> = {}): unknown {
  const { model, stream, request } = openaiChat.readRequest(body, "/chat/completions");
  const target = { ...plain, ...more, model, stream, maxOutputTokens: request.maxOutputTokens ?? 0 };
  return JSON.parse(encode(openaiChat, request, target));
}

const user = { role: "user", content: "Hi" };
const called = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
const schema = { type: "object", properties: {} };

/** Bodies with what is odd about them; each must come back as it was. */
const bodies: Record<string, JsonObject> = {
  plain: { model: "m", messages: [user] },
  "no model": { messages: [user] },
  "stream without usage": { model: "m", messages: [user], stream: true },
  "stream with usage": {
    model: "m",
    messages: [user],
    stream: true,
    stream_options: { include_usage: true },
  },
  "options without a stream": {
    model: "m",
    messages: [user],
    stream: false,
    stream_options: { include_usage: true },
  },
  bounds: { model: "m", messages: [user], max_tokens: 5 },
  "the newer bound": {
    model: "m",
    messages: [user],
    max_completion_tokens: 5,
    stop: "x",
    temperature: 0,
    top_p: 1,
    n: 2,
  },
  "both bounds": { model: "m", messages: [user], max_completion_tokens: 5, max_tokens: 6 },
  "settings nobody knows": {
    model: "m",
    messages: [user],
    enable_thinking: false,
    seed: 42,
    reasoning_effort: "default",
    service_tier: "flex",
    logprobs: true,
  },
  thinking: {
    model: "m",
    messages: [user],
    reasoning_effort: "none",
    thinking: { type: "disabled" },
    reasoning: { effort: "low" },
  },
  choices: { model: "m", messages: [user], tool_choice: "any", parallel_tool_calls: true },
  "a choice without a type": { model: "m", messages: [user], tool_choice: { function: { name: "f" } } },
  "parallel calls alone": { model: "m", messages: [user], parallel_tool_calls: false },
  formats: { model: "m", messages: [user], response_format: { type: "json_object" } },
  "a schema": {
    model: "m",
    messages: [user],
    response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: false } },
  },
  "the older functions": {
    model: "m",
    messages: [
      user,
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "1" },
    ],
    functions: [{ name: "f" }],
    function_call: "auto",
  },
  tools: {
    model: "m",
    messages: [user],
    tools: [
      {
        type: "function",
        function: { name: "f", description: "d", parameters: schema, strict: true },
        cache_control: { type: "ephemeral" },
      },
      { function: { name: "g", description: "d", parameters: schema } },
      { type: "function", function: { name: "h", description: "d", arguments: schema } },
      { type: "function", function: { name: "i" } },
      { type: "openrouter:web_search", parameters: {} },
    ],
  },
  "several instructions": {
    model: "m",
    messages: [
      { role: "system", content: "a" },
      { role: "system", content: "b" },
      { role: "developer", content: "c" },
      user,
    ],
  },
  "instructions in pieces": {
    model: "m",
    messages: [
      {
        role: "system",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b", cache_control: { type: "ephemeral", ttl: "1h" } },
        ],
      },
      user,
    ],
  },
  "instructions with fields": {
    model: "m",
    messages: [{ role: "system", content: "a", cache_control: { type: "ephemeral" }, name: null }, user],
  },
  "instructions that are none": {
    model: "m",
    messages: [{ role: "system", content: [{ type: "image_url", image_url: { url: "u" } }] }, user],
  },
  "instructions without content": {
    model: "m",
    messages: [{ role: "system" }, { role: "system", content: [] }, { role: "system", content: "" }, user],
  },
  "calls of a kind that nobody knows": {
    model: "m",
    messages: [{ role: "assistant", content: "a", tool_calls: [{ id: "x", type: "news", news: {} }] }],
  },
  "instructions alone": { model: "m", messages: [{ role: "developer", content: "a" }] },
  "instructions in the middle": { model: "m", messages: [user, { role: "system", content: "a" }, user] },
  "empty messages": {
    model: "m",
    messages: [
      { role: "user", content: "" },
      { role: "user", content: [] },
      { role: "assistant", content: "" },
      { role: "assistant", content: [] },
      { role: "user" },
      { role: "assistant", content: null },
    ],
  },
  "contents that are none": {
    model: "m",
    messages: [
      { role: "user", content: { a: 1 } },
      { role: "user", content: ["a", 1] },
      { role: "assistant", content: { b: [] } },
    ],
  },
  pieces: {
    model: "m",
    messages: [
      {
        role: "user",
        name: "n",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "" },
          { type: "text", text: "b", prompt_cache_breakpoint: true },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
          { type: "image_url", image_url: "https://x/y.png" },
          { type: "image_url", image_url: { url: "https://x/y.png" } },
          { type: "input_audio", input_audio: { data: "AA", format: "mp3" } },
          { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
          { type: "input_audio", input_audio: { data: "https://x/y.wav", format: "wav" } },
          { type: "input_audio", input_audio: "AA" },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA" } },
          { type: "file", file: { filename: "a.pdf", file_data: "https://x/y.pdf" } },
          { type: "file", file: { file_id: "f" } },
          { type: "document_url", document_url: "https://x/y.pdf" },
          { type: "document_url", document_url: "data:application/pdf;base64,AA" },
          { type: "video_url", video_url: { url: "https://x/y.mp4", fps: 2 } },
          { type: "news", news: 1 },
          { text: "no type" },
        ],
      },
    ],
  },
  "calls and results": {
    model: "m",
    messages: [
      user,
      {
        role: "assistant",
        content: "",
        tool_calls: [called, { ...called, id: "b", index: 1, extra_content: { s: 1 } }],
      },
      { role: "tool", tool_call_id: "a", content: "1", name: "f" },
      {
        role: "tool",
        tool_call_id: "b",
        content: [
          { type: "text", text: "1" },
          { type: "text", text: "2" },
        ],
      },
      { role: "assistant", tool_calls: [{ ...called, function: { name: "f", arguments: "{broken" } }] },
      { role: "tool", tool_call_id: "a", content: [{ type: "image_url", image_url: { url: "u" } }] },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ ...called, function: { name: "f", arguments: "" } }],
      },
      { role: "tool", tool_call_id: "a", content: [] },
      { role: "tool", tool_call_id: "a" },
      { role: "assistant", content: "x", tool_calls: [] },
      {
        role: "assistant",
        content: [],
        prefix: false,
        tool_calls: [{ id: "c", type: "custom", custom: { name: "sql", input: "x" } }],
      },
    ],
  },
  reasoning: {
    model: "m",
    messages: [
      { role: "assistant", content: "a", reasoning: "x", reasoning_content: "x" },
      { role: "assistant", content: "a", reasoning: "x", reasoning_content: "" },
      {
        role: "assistant",
        content: "a",
        reasoning: "",
        reasoning_details: [{ type: "reasoning.summary", summary: "x" }],
      },
      {
        role: "assistant",
        content: null,
        reasoning_details: [{ type: "reasoning.encrypted", data: "d" }],
        tool_calls: [called],
      },
      { role: "assistant", content: null, reasoning_content: "x" },
      { role: "assistant", content: "a", reasoning: { odd: true } },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "x" }], closed: true },
          { type: "text", text: "a" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: [] },
          { type: "text", text: "a" },
        ],
      },
      { role: "assistant", content: "<think>x</think>a" },
    ],
  },
  "other things that a model says": {
    model: "m",
    messages: [
      { role: "assistant", content: "a", refusal: null, annotations: [], name: "n" },
      { role: "assistant", content: null, refusal: "no" },
      { role: "assistant", content: [{ type: "refusal", refusal: "no" }] },
      { role: "assistant", content: null, audio: { id: "au" } },
      { role: "assistant", content: "a", images: [{ type: "image_url", image_url: { url: "u" } }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      { role: "assistant", content: [{ type: "image_url", image_url: { url: "u" } }] },
      { role: "assistant", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral" } }] },
    ],
  },
};

for (const [what, body] of Object.entries(bodies)) {
  test(`openai-chat reader: ${what}`, () => {
    for (const thinking of ["none", "budget", "adaptive"] as const) {
      assert.deepEqual(requestDifferences(body, rebuilt(body, { thinking }), canonicalOpenaiChat), []);
    }
  });
}

test("openai-chat reader: neutral words for what there are neutral words for", () => {
  const { model, stream, request } = openaiChat.readRequest(
    {
      model: "m",
      stream: true,
      max_completion_tokens: 5,
      stop: "x",
      temperature: 0.5,
      reasoning_effort: "low",
      tool_choice: "required",
      response_format: { type: "json_schema", json_schema: { name: "n", schema } },
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: schema } }],
      messages: [
        { role: "system", content: "s" },
        user,
        {
          role: "assistant",
          reasoning_content: "x",
          content: "a",
          tool_calls: [called, { ...called, id: "b" }],
        },
        { role: "tool", tool_call_id: "a", content: "1" },
        { role: "tool", tool_call_id: "b", content: "2", name: "f" },
        { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] },
      ],
    },
    "/chat/completions",
  );
  assert.deepEqual([model, stream], ["m", true]);
  const vendor = { protocol: "openai-chat", fields: { in: ["reasoning_content"] } };
  const asked = { type: "tool-call", name: "f", argumentsText: "{}", input: {} };
  const expected: Request = {
    system: [{ type: "text", text: "s" }],
    messages: [
      { role: "user", parts: [{ type: "text", text: "Hi" }] },
      {
        role: "assistant",
        parts: [
          { type: "thinking", text: "x", protocol: "openai-chat", vendor },
          { type: "text", text: "a" },
          { ...asked, id: "a" } as Part,
          { ...asked, id: "b" } as Part,
        ],
      },
      {
        role: "user",
        parts: [
          { type: "tool-result", callId: "a", name: "f", content: [{ type: "text", text: "1" }] },
          {
            type: "tool-result",
            callId: "b",
            name: "f",
            content: [{ type: "text", text: "2" }],
            vendor: { protocol: "openai-chat", fields: { name: "f" } },
          },
        ],
      },
      {
        role: "user",
        parts: [{ type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA" } }],
      },
    ],
    tools: [{ name: "f", description: "d", inputSchema: schema }],
    toolChoice: { mode: "any" },
    maxOutputTokens: 5,
    temperature: 0.5,
    stopSequences: ["x"],
    thinking: "low",
    responseSchema: { schema, name: "n" },
    providerOptions: {
      max_completion_tokens: 5,
      stop: "x",
      reasoning_effort: "low",
      response_format: { type: "json_schema", json_schema: { name: "n", schema } },
      max_tokens: null,
      stream_options: null,
    },
  };
  assert.deepEqual(request, expected);
});

test("openai-chat reader: what is no request is said to be none", () => {
  const hostile: JsonValue[] = [
    {},
    { messages: null },
    { messages: [null] },
    { messages: [{}] },
    { messages: [user], tools: [1] },
    { messages: [{ role: "assistant", tool_calls: [1] }] },
  ];
  for (const body of hostile) {
    assert.throws(
      () => openaiChat.readRequest(body as JsonObject, ""),
      (error) => error instanceof ModelError && error.kind === "invalid-request",
    );
  }
});

const word = fc.string({ maxLength: 8 });
const source = fc.oneof(
  fc.record({
    kind: fc.constant("base64" as const),
    mediaType: fc.constantFrom("image/png", "application/pdf", "audio/mpeg", "audio/wav"),
    data: fc.base64String({ maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({ kind: fc.constant("file-id" as const), id: word }),
  fc.record({ kind: fc.constant("text" as const), mediaType: fc.constant("text/plain"), text: word }),
);
const vendor = fc.constantFrom(
  undefined,
  { protocol: "gemini", fields: { a: 1 } },
  { protocol: "anthropic-messages", fields: {} },
);
const withVendor = <Of extends object>(of: fc.Arbitrary<Of>): fc.Arbitrary<Of> =>
  fc.tuple(of, vendor).map(([part, fields]) => ({ ...part, ...(fields && { vendor: fields }) }));
const textPart: fc.Arbitrary<TextPart> = withVendor(
  fc.record({ type: fc.constant("text" as const), text: word }),
);
const media = withVendor(
  fc.oneof(
    fc.record({ type: fc.constant("image" as const), source }),
    fc.record({ type: fc.constant("file" as const), source }),
    fc.record({ type: fc.constant("file" as const), source, name: word }),
  ),
);
const opaque = fc.record({
  type: fc.constant("opaque" as const),
  protocol: fc.constantFrom("gemini", "openai-chat"),
  value: fc.constant({ type: "news", a: [1] }),
});
const resultPart: fc.Arbitrary<ResultPart> = fc.oneof(textPart, media, opaque);
const toolCall = withVendor(
  fc.record({
    type: fc.constant("tool-call" as const),
    id: word,
    name: word,
    input: fc.constantFrom({}, { a: "b" }, undefined),
    raw: fc.constantFrom("", "{", "{}"),
  }),
).map(({ raw, ...part }) => ({
  ...part,
  argumentsText: part.input === undefined ? raw : JSON.stringify(part.input),
  input: part.input as JsonValue | undefined,
}));
const thinking = fc.record({
  type: fc.constant("thinking" as const),
  text: word,
  protocol: fc.constantFrom("gemini", "openai-chat"),
  signature: word,
});
const toolResult = fc.record({
  type: fc.constant("tool-result" as const),
  callId: word,
  content: fc.array(resultPart, { maxLength: 3 }),
  isError: fc.boolean(),
});
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    role: fc.constant("user" as const),
    parts: fc.array(fc.oneof(textPart, media, opaque, toolResult), { maxLength: 4 }),
  }),
  fc.record({
    role: fc.constant("assistant" as const),
    parts: fc.array(fc.oneof(textPart, media, opaque, thinking, toolCall), { maxLength: 4 }),
  }),
);
const request: fc.Arbitrary<Request> = fc.record(
  {
    system: fc.array(textPart, { maxLength: 3 }),
    messages: fc.array(message, { maxLength: 5 }),
    tools: fc.array(fc.record({ name: word, description: word, inputSchema: fc.constant(schema) }), {
      maxLength: 2,
    }),
    toolChoice: fc.constantFrom(
      { mode: "auto" } as const,
      { mode: "any", parallel: false } as const,
      { mode: "none" } as const,
      { mode: "tool", name: "f" } as const,
    ),
    maxOutputTokens: fc.integer({ min: 1, max: 9 }),
    temperature: fc.constantFrom(0, 0.5),
    stopSequences: fc.array(word, { minLength: 1, maxLength: 2 }),
    thinking: fc.constantFrom("off" as const, "max" as const, { budgetTokens: 3000 }),
    responseSchema: fc.record({ schema: fc.constant(schema), name: word }, { requiredKeys: ["schema"] }),
    providerOptions: fc.constantFrom(
      { seed: 1 },
      { max_completion_tokens: 7 },
      { tool_choice: { type: "allowed_tools" } },
    ),
  },
  { requiredKeys: ["messages"] },
);

test("openai-chat reader: what is written, read and written again says the same", () => {
  fc.assert(
    fc.property(request, fc.boolean(), (asked, stream) => {
      const first = bodyOf(asked, { ...plain, stream });
      assert.deepEqual(requestDifferences(first, rebuilt(first as JsonObject), canonicalOpenaiChat), []);
    }),
    { numRuns: 2000 },
  );
});
