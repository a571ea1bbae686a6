import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigurationError } from "../../../src/llm/errors.ts";
import { History } from "../../../src/llm/history.ts";
import type { JsonObject } from "../../../src/llm/json.ts";
import { text, userMessage, type Message, type Part, type ResultPart } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import { openaiChat } from "../../../src/protocols/openai-chat/index.ts";
import { answer, bodyOf, messagesOf, plain, whole } from "./support.ts";
import type { Dialect } from "../../../src/protocols/dialect.ts";

const hi = userMessage("Hi");
const schema: JsonObject = { type: "object", properties: { a: { type: "string" } } };

function settings(request: Partial<Request>, dialect: Dialect = {}, target: object = {}): JsonObject {
  const {
    model: _,
    messages: __,
    ...rest
  } = bodyOf({ messages: [hi], ...request }, { ...plain, dialect, ...target });
  return rest as JsonObject;
}

test("openai-chat encoder: settings", () => {
  assert.deepEqual(settings({}), {});
  assert.deepEqual(settings({}, {}, { maxOutputTokens: 9 }), { max_tokens: 9 });
  assert.deepEqual(settings({ maxOutputTokens: 8 }, { maxTokens: "max_completion_tokens" }), {
    max_completion_tokens: 8,
  });
  assert.deepEqual(settings({}, {}, { stream: true }), {
    stream: true,
    stream_options: { include_usage: true },
  });
  assert.deepEqual(settings({}, { usageOnRequest: false }, { stream: true }), { stream: true });
  assert.deepEqual(settings({ temperature: 0, topP: 0.5, topK: 3, stopSequences: ["x"] }), {
    temperature: 0,
    top_p: 0.5,
    top_k: 3,
    stop: ["x"],
  });
  assert.deepEqual(settings({ toolChoice: { mode: "any", parallel: false } }), {
    tool_choice: "required",
    parallel_tool_calls: false,
  });
  assert.deepEqual(settings({ toolChoice: { mode: "any" } }, { anyTool: "any" }), { tool_choice: "any" });
  assert.deepEqual(settings({ toolChoice: { mode: "none" } }), { tool_choice: "none" });
  assert.deepEqual(settings({ toolChoice: { mode: "tool", name: "f" } }), {
    tool_choice: { type: "function", function: { name: "f" } },
  });
  assert.deepEqual(settings({ responseSchema: { schema } }), {
    response_format: { type: "json_schema", json_schema: { name: "response", strict: false, schema } },
  });
  assert.deepEqual(
    settings({
      tools: [
        { name: "f", description: "d", inputSchema: schema },
        { type: "vendor", protocol: "openai-chat", value: { type: "web_search" } },
        { type: "vendor", protocol: "gemini", value: {} },
      ],
    }),
    {
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: schema } },
        { type: "web_search" },
      ],
    },
  );
  assert.deepEqual(settings({ maxOutputTokens: 5, providerOptions: { seed: 1, max_tokens: null } }), {
    seed: 1,
  });
  assert.throws(() => settings({ providerOptions: { messages: [] } }), ConfigurationError);
});

test("openai-chat encoder: thinking", () => {
  const budget = { thinking: { budgetTokens: 5000 } } as const;
  assert.deepEqual(settings({ thinking: "low" }), { reasoning_effort: "low" });
  assert.deepEqual(settings({ thinking: "off" }), { reasoning_effort: "none" });
  assert.deepEqual(settings({ thinking: "off" }, { leastThinking: "minimal" }), {
    reasoning_effort: "minimal",
  });
  assert.deepEqual(settings(budget), { reasoning_effort: "medium" });
  assert.deepEqual(settings({ thinking: "low" }, {}, { thinking: "none" }), {});
  assert.deepEqual(settings({ thinking: "low" }, { effort: "none" }), {});
  assert.deepEqual(settings({ thinking: "off" }, { effort: "enable_thinking" }), { enable_thinking: false });
  assert.deepEqual(settings(budget, { effort: "enable_thinking" }), {
    enable_thinking: true,
    thinking_budget: 5000,
  });
  assert.deepEqual(settings({ thinking: "high" }, { effort: "thinking_type" }), {
    thinking: { type: "enabled" },
  });
  assert.deepEqual(settings({ thinking: "high", providerOptions: { enable_thinking: true } }), {
    enable_thinking: true,
  });
});

test("openai-chat encoder: instructions stand first", () => {
  const request = (system: Request["system"], messages: Request["messages"] = [hi]): Request => ({
    ...(system && { system }),
    messages,
  });
  const messages = (each: Request): unknown => bodyOf(each)["messages"];
  const user = { role: "user", content: "Hi" };
  assert.deepEqual(messages(request([text("a")])), [{ role: "system", content: "a" }, user]);
  assert.deepEqual(messages(request([text("a"), text("b")])), [{ role: "system", content: "a\n\nb" }, user]);
  assert.deepEqual(messages(request([text("a")], History.of([hi]))), [
    { role: "system", content: "a" },
    user,
  ]);
  assert.deepEqual(messages(request([text("a")], [])), [{ role: "system", content: "a" }]);
  // Nothing of the message can be sent: no comma is left over.
  const foreign: Message = { role: "user", parts: [{ type: "opaque", protocol: "gemini", value: {} }] };
  assert.deepEqual(messages(request([text("a")], [foreign])), [{ role: "system", content: "a" }]);
  assert.deepEqual(messages(request([text("a")], [hi, foreign])), [{ role: "system", content: "a" }, user]);
  const developer = bodyOf(request([text("a")]), { ...plain, dialect: { systemRole: "developer" } });
  assert.deepEqual(developer["messages"], [{ role: "developer", content: "a" }, user]);
});

function asUser(...parts: Part[]): unknown {
  return (messagesOf([{ role: "user", parts }]) as { content: unknown }[])[0]?.content;
}

test("openai-chat encoder: pieces of a user's message", () => {
  const image = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA" } } as const;
  const sent = { type: "image_url", image_url: { url: "data:image/png;base64,AA" } };
  assert.deepEqual(asUser(text("a"), text(""), image), [{ type: "text", text: "a" }, sent]);
  assert.deepEqual(asUser(text("")), "");
  assert.deepEqual(asUser({ type: "image", source: { kind: "url", url: "https://x/y.png" } }), [
    { type: "image_url", image_url: { url: "https://x/y.png" } },
  ]);
  assert.deepEqual(
    asUser({ type: "image", source: { kind: "file-id", id: "f" } }),
    "[image omitted: this model cannot take it here]",
  );
  const file = (source: Extract<Part, { type: "file" }>["source"], name?: string): unknown =>
    asUser({ type: "file", source, ...(name !== undefined && { name }) });
  assert.deepEqual(file({ kind: "base64", mediaType: "application/pdf", data: "AA" }, "a.pdf"), [
    { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA" } },
  ]);
  assert.deepEqual(file({ kind: "base64", mediaType: "audio/mpeg", data: "AA" }), [
    { type: "input_audio", input_audio: { data: "AA", format: "mp3" } },
  ]);
  assert.deepEqual(file({ kind: "base64", mediaType: "audio/x-wav", data: "AA" }), [
    { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
  ]);
  assert.deepEqual(file({ kind: "file-id", id: "f" }), [{ type: "file", file: { file_id: "f" } }]);
  assert.deepEqual(file({ kind: "text", mediaType: "text/plain", text: "words" }, "a.txt"), "a.txt:\nwords");
  assert.deepEqual(file({ kind: "url", url: "https://x/y.pdf" }), "[file: https://x/y.pdf]");
});

function result(callId: string, content: readonly ResultPart[], more: object = {}): Part {
  return { type: "tool-result", callId, content, ...more };
}

test("openai-chat encoder: results of tools are messages of their own, before what else the user says", () => {
  const image = { type: "image", source: { kind: "url", url: "https://x/y.png" } } as const;
  const parts = [
    text("And now?"),
    result("a", [text("1")], { name: "f" }),
    result("b", [text("bad")], { isError: true }),
    result("c", []),
    result("d", [text("look"), image]),
    result("e", [], { isError: true }),
  ];
  assert.deepEqual(messagesOf([{ role: "user", parts }]), [
    { role: "tool", tool_call_id: "a", content: "1" },
    { role: "tool", tool_call_id: "b", content: "Error: bad" },
    { role: "tool", tool_call_id: "c", content: "" },
    {
      role: "tool",
      tool_call_id: "d",
      content: [
        { type: "text", text: "look" },
        { type: "text", text: "[image: see the next message]" },
      ],
    },
    { role: "tool", tool_call_id: "e", content: "Error: " },
    {
      role: "user",
      content: [
        { type: "text", text: "From the result of tool call d:" },
        { type: "image_url", image_url: { url: "https://x/y.png" } },
        { type: "text", text: "And now?" },
      ],
    },
  ]);
  assert.deepEqual(messagesOf([{ role: "user", parts: [result("d", [image])] }], { resultMedia: "inside" }), [
    {
      role: "tool",
      tool_call_id: "d",
      content: [{ type: "image_url", image_url: { url: "https://x/y.png" } }],
    },
  ]);
});

function asAssistant(parts: readonly Part[], dialect: Dialect = {}): unknown {
  const [message] = messagesOf([{ role: "assistant", parts }], dialect) as { role?: string }[];
  const { role, ...rest } = message ?? {};
  assert.equal(role, "assistant");
  return rest;
}

const call: Part = { type: "tool-call", id: "a", name: "f", argumentsText: '{"x": 1}', input: { x: 1 } };

test("openai-chat encoder: what the model said", () => {
  assert.deepEqual(asAssistant([text("a"), text("b")]), { content: "ab" });
  assert.deepEqual(asAssistant([]), { content: "" });
  const sent = { id: "a", type: "function", function: { name: "f", arguments: '{"x": 1}' } };
  assert.deepEqual(asAssistant([call]), { content: null, tool_calls: [sent] });
  assert.deepEqual(asAssistant([text("a"), call]), { content: "a", tool_calls: [sent] });
  const broken = (argumentsText: string): unknown =>
    asAssistant([{ ...call, argumentsText, input: undefined }]);
  assert.deepEqual(broken("{x"), {
    content: null,
    tool_calls: [{ ...sent, function: { name: "f", arguments: '{"invalid_json":"{x"}' } }],
  });
  assert.deepEqual(broken(""), {
    content: null,
    tool_calls: [{ ...sent, function: { name: "f", arguments: "{}" } }],
  });
});

test("openai-chat encoder: what another protocol's model said", () => {
  const foreign: Part[] = [
    { type: "thinking", text: "x", signature: "s", protocol: "anthropic-messages" },
    { type: "thinking", text: "y" },
    { type: "opaque", protocol: "gemini", value: { type: "x" } },
    {
      ...text("a"),
      vendor: { protocol: "gemini", fields: { thoughtSignature: "s" } },
      citations: [{ url: "u" }],
    },
    { type: "image", source: { kind: "url", url: "u" } },
    { ...call, id: "toolu_1", vendor: { protocol: "gemini", fields: { thoughtSignature: "s" } } },
  ];
  const sent = { id: "toolu_1", type: "function", function: { name: "f", arguments: '{"x": 1}' } };
  const content = "a[image u omitted: this model cannot take it here]";
  assert.deepEqual(asAssistant(foreign), { content, tool_calls: [sent] });
});

test("openai-chat encoder: thinking goes back where it came from, or where the provider wants it", () => {
  const details = [{ type: "reasoning.text", text: "x", index: 0 }];
  const parts = whole(answer({ content: "a", reasoning: "x", reasoning_details: details })).folded.message
    .parts;
  assert.deepEqual(asAssistant(parts), { content: "a", reasoning: "x", reasoning_details: details });
  assert.deepEqual(asAssistant(parts, { thinkingBack: "reasoning_content" }), {
    content: "a",
    reasoning_content: "x",
  });
  assert.deepEqual(asAssistant(parts, { thinkingBack: "reasoning_details" }), {
    content: "a",
    reasoning_details: details,
  });
  assert.deepEqual(asAssistant(parts, { thinkingKept: true }), { content: "a" });
  const plainThinking = whole(answer({ content: "a", reasoning_content: "x" })).folded.message.parts;
  assert.deepEqual(asAssistant(plainThinking, { thinkingBack: "reasoning_details" }), {
    content: "a",
    reasoning_details: [{ type: "reasoning.text", text: "x" }],
  });
  const list = [
    { type: "thinking", thinking: [{ type: "text", text: "x" }], closed: true },
    { type: "text", text: "a" },
  ];
  const mistral = whole(answer({ content: list })).folded.message.parts;
  assert.deepEqual(asAssistant(mistral), { content: list });
  assert.deepEqual(asAssistant(mistral, { thinkingBack: "reasoning" }), { content: "a", reasoning: "x" });
});

test("openai-chat encoder: sound goes back by its id, a refusal as one", () => {
  const audio = { id: "au", data: "AA", transcript: "Hey", expires_at: 1 };
  assert.deepEqual(asAssistant(whole(answer({ content: null, audio })).folded.message.parts), {
    content: null,
    audio: { id: "au" },
  });
  assert.deepEqual(asAssistant(whole(answer({ content: null, refusal: "no" })).folded.message.parts), {
    content: null,
    refusal: "no",
  });
});

test("openai-chat encoder: ids in the form that Mistral wants, the same for a call and its result", () => {
  const ids = ["toolu_01ABC", "call_1", "call_2", "abcDEF123", ""];
  const mapped = ids.map((id) => {
    const [said, told] = messagesOf(
      [
        { role: "assistant", parts: [{ ...call, id }] },
        { role: "user", parts: [result(id, [])] },
      ],
      { callIds: "nine" },
    ) as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
    assert.equal(said.tool_calls[0]?.id, told.tool_call_id);
    return told.tool_call_id;
  });
  for (const id of mapped) assert.match(id, /^[A-Za-z0-9]{9}$/);
  assert.equal(new Set(mapped).size, ids.length);
  assert.equal(mapped[3], "abcDEF123");
});

test("openai-chat encoder: cache marks only where the provider takes them", () => {
  const request: Request = {
    system: [text("s")],
    messages: [hi, { role: "user", parts: [result("a", [text("1")])] }],
    tools: [{ name: "f", inputSchema: schema }],
    cache: { ttl: "1h" },
  };
  assert.ok(!JSON.stringify(bodyOf(request)).includes("cache_control"));
  const body = bodyOf(request, { ...plain, dialect: { cacheMarks: "cache_control" } });
  const cache_control = { type: "ephemeral", ttl: "1h" };
  assert.deepEqual(body["messages"], [
    { role: "system", content: [{ type: "text", text: "s", cache_control }] },
    { role: "user", content: "Hi" },
    { role: "tool", tool_call_id: "a", content: [{ type: "text", text: "1", cache_control }] },
  ]);
  assert.equal(JSON.stringify(body["tools"]).includes("cache_control"), true);
});

test("openai-chat encoder: no message, no comma", () => {
  assert.equal(openaiChat.message({ role: "user", parts: [] }, plain), "");
  assert.deepEqual(bodyOf({ messages: [] }), { model: "m", messages: [] });
  assert.deepEqual(bodyOf({ messages: [] }, { ...plain, model: "" }), { messages: [] });
});
