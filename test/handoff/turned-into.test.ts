import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../src/llm/json.ts";
import { text, userMessage, type Message, type Part, type ToolResultPart } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { encode, type Target } from "../../src/protocols/protocol.ts";
import { protocols } from "./wires.ts";

/*
 * What becomes of what a vendor does not take, one by one.
 */

type Json = Record<string, unknown>;

const plain: Target = { model: "m", stream: false, maxOutputTokens: 8192, thinking: "budget" };
const strict: Target = { ...plain, dialect: { strict: true } };

function body(to: keyof typeof protocols, request: Request, target: Target = plain): Json {
  return JSON.parse(encode(protocols[to], request, target)) as Json;
}

function calling(id: string, name = "f", argumentsText = "{}"): Part {
  return { type: "tool-call", id, name, argumentsText, input: parseJson(argumentsText) };
}

function result(callId: string, ...content: ToolResultPart["content"]): ToolResultPart {
  return { type: "tool-result", callId, name: "f", content };
}

function acted(id: string, ...said: Part[]): Message[] {
  return [
    userMessage("Hi"),
    { role: "assistant", parts: [...said, calling(id)] },
    userMessage([result(id, text("ok"))]),
  ];
}

/** The members of this name, wherever they are. */
function all(value: unknown, key: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => [
    ...(name === key ? [each] : []),
    ...all(each, key),
  ]);
}

test("turned into: an id that is refused becomes the same other one in the call and in its result", () => {
  const messages = acted("functions.f:0");
  const claude = body("anthropic-messages", { messages });
  assert.match(String(all(claude, "tool_use_id")[0]), /^call_[0-9a-f]{16}$/);
  assert.deepEqual(all(claude, "tool_use_id"), all(claude["messages"], "id"));
  const long = acted("x".repeat(41));
  const [call] = all(body("openai-chat", { messages: long }, strict), "tool_calls") as [{ id: string }[]];
  assert.deepEqual(all(body("openai-chat", { messages: long }, strict), "tool_call_id"), [call[0]?.id]);
  assert.equal(call[0]?.id.length, 21);
  // Others take up to 64 characters, and what is within stays.
  assert.deepEqual(all(body("openai-chat", { messages: long }), "tool_call_id"), ["x".repeat(41)]);
});

test("turned into: arguments that are no object stand in one", () => {
  for (const argumentsText of ["[1]", "{oops", "3"]) {
    const messages: Message[] = [
      userMessage("Hi"),
      { role: "assistant", parts: [calling("a", "f", argumentsText)] },
      userMessage([result("a")]),
    ];
    const wrapped = { invalid_json: argumentsText };
    assert.deepEqual(all(body("anthropic-messages", { messages }), "input"), [wrapped]);
    assert.deepEqual(all(body("openai-chat", { messages }), "arguments"), [JSON.stringify(wrapped)]);
    assert.deepEqual(all(body("openai-responses", { messages }), "arguments"), [JSON.stringify(wrapped)]);
    assert.deepEqual(all(body("gemini", { messages }), "args"), [wrapped]);
  }
});

test("turned into: Anthropic has results first, and no media in the assistant's turn", () => {
  const image: Part = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } };
  const csv: Part = { type: "file", source: { kind: "base64", mediaType: "text/csv", data: "YSxi" } };
  const messages: Message[] = [
    userMessage("Hi"),
    { role: "assistant", parts: [image, csv, calling("a")] },
    userMessage([text("By the way"), image, csv, result("a")]),
  ];
  const sent = body("anthropic-messages", { messages })["messages"] as { content: Json[] }[];
  const kinds = sent.map(({ content }) => content.map(({ type }) => type));
  assert.deepEqual(kinds.slice(1), [
    ["text", "text", "tool_use"],
    ["tool_result", "text", "image", "document"],
  ]);
  assert.equal(sent[1]?.content[0]?.["text"], "[image (image/png) omitted: this model cannot take it here]");
  assert.equal(sent[1]?.content[1]?.["text"], "a,b");
});

test("turned into: a block of another vendor in a result is told as text", () => {
  const value = { type: "search_result", content: "Paris" };
  const messages: Message[] = [
    ...acted("a").slice(0, 2),
    userMessage([result("a", { type: "opaque", protocol: "anthropic-messages", value })]),
  ];
  for (const to of ["openai-chat", "openai-responses", "gemini"] as const) {
    assert.ok(JSON.stringify(body(to, { messages })).includes("Paris"), to);
  }
});

test("turned into: Claude goes on without thinking where another model began the turn", () => {
  const thought: Part = { type: "thinking", text: "hm", signature: "s", protocol: "anthropic-messages" };
  const foreign: Part = { type: "thinking", text: "hm", protocol: "openai-chat" };
  const asked = (messages: readonly Message[]): unknown =>
    body("anthropic-messages", { messages, thinking: "high" })["thinking"];
  const on = { type: "enabled", budget_tokens: 8191 };
  assert.deepEqual(asked(acted("a", thought)), on);
  assert.equal(asked(acted("a")), undefined);
  assert.equal(asked(acted("a", foreign)), undefined);
  // One turn is two steps here, of which the first one thought: that is how Claude does it by itself.
  assert.deepEqual(asked([...acted("a", thought), ...acted("b").slice(1)]), on);
  assert.equal(asked([...acted("a"), ...acted("b", thought).slice(1)]), undefined);
  // The next turn is a new one.
  assert.deepEqual(
    asked([...acted("a"), { role: "assistant", parts: [text("Done.")] }, userMessage("More")]),
    on,
  );
});

test("turned into: OpenAI is sent no fields, pieces and reasoning of those who copied its language", () => {
  const thinking: Part = {
    type: "thinking",
    text: "hm",
    protocol: "openai-chat",
    vendor: { protocol: "openai-chat", fields: { in: ["reasoning_content"] } },
  };
  const inContent: Part = { ...thinking, vendor: { protocol: "openai-chat", fields: { in: ["content"] } } };
  const video: Part = {
    type: "opaque",
    protocol: "openai-chat",
    value: { type: "video_url", video_url: { url: "u" } },
  };
  const messages: Message[] = [
    userMessage([text("Look"), video]),
    {
      role: "assistant",
      parts: [thinking, inContent, text("I see")],
      vendor: { protocol: "openai-chat", fields: { prefix: true } },
    },
    userMessage("Go on."),
  ];
  assert.deepEqual(all(body("openai-chat", { messages }), "reasoning_content"), ["hm"]);
  assert.deepEqual(body("openai-chat", { messages }, strict)["messages"], [
    {
      role: "user",
      content: [
        { type: "text", text: "Look" },
        { type: "text", text: "[file u omitted: this model cannot take it here]" },
      ],
    },
    { role: "assistant", content: [{ type: "text", text: "I see" }] },
    { role: "user", content: "Go on." },
  ]);
  const foreign = { type: "thinking", text: "", encrypted: "x", protocol: "openai-responses" } as const;
  const at = (id: string): Part => ({ ...foreign, vendor: { protocol: "openai-responses", fields: { id } } });
  const items = (id: string, target: Target): unknown[] =>
    all(body("openai-responses", { messages: acted("a", at(id)) }, target), "encrypted_content");
  assert.deepEqual(items("rs_1", strict), ["x"]);
  assert.deepEqual(items("1e97d346", strict), []);
  assert.deepEqual(items("1e97d346", plain), ["x"]);
});

test("turned into: DeepSeek is given a blank where another model's answer has no thinking that it could read", () => {
  const target: Target = {
    ...plain,
    dialect: { thinkingBack: "reasoning_content", thinkingDemanded: true },
  };
  assert.deepEqual(all(body("openai-chat", { messages: acted("a") }, target), "reasoning_content"), [" "]);
});

test("turned into: where no tool is left to choose from, none is chosen", () => {
  const tools = [{ type: "vendor", protocol: "elsewhere", value: { type: "web_search" } }] as const;
  const request: Request = { messages: [userMessage("Hi")], tools, toolChoice: { mode: "any" } };
  for (const to of ["anthropic-messages", "openai-chat", "openai-responses"] as const) {
    const sent = body(to, request);
    assert.deepEqual([sent["tools"], sent["tool_choice"]], [undefined, undefined], to);
  }
});

test("turned into: Gemini is told a tool's name in each result that was read off another wire", () => {
  const messages = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "ok" }] },
  ];
  const { request } = protocols["anthropic-messages"].readRequest({ model: "m", messages }, "/v1/messages");
  assert.deepEqual(all(body("gemini", request), "name"), ["f", "f"]);
});
