import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../src/llm/json.ts";
import type { Message, Part } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import { anthropicMessages } from "../../src/protocols/anthropic-messages/index.ts";
import { encode, type Target } from "../../src/protocols/protocol.ts";

const cited = { type: "char_location", cited_text: "a" };

const target: Target = { model: "claude-test", stream: false, maxOutputTokens: 4096, thinking: "budget" };
const hi: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };
const protocol = "anthropic-messages";

interface Body extends Record<string, unknown> {
  messages: { role: string; content: Record<string, unknown>[] }[];
}

function body(request: Partial<Request>, at: Partial<Target> = {}): Body {
  return JSON.parse(encode(anthropicMessages, { messages: [hi], ...request }, { ...target, ...at })) as Body;
}

const vendor = { protocol, fields: { caller: { type: "direct" } } };
const foreign = { protocol: "openai-chat", fields: { x: 1 } };
const result = (content: Extract<Part, { type: "tool-result" }>["content"], isError = false): Part => ({
  type: "tool-result",
  callId: "a",
  content,
  isError,
});
const image = { kind: "base64", mediaType: "image/png", data: "AAAA" } as const;
const wireImage = { type: "base64", media_type: "image/png", data: "AAAA" };
const call = (argumentsText: string, input: Extract<Part, { type: "tool-call" }>["input"]): Part => ({
  type: "tool-call",
  id: "a",
  name: "b",
  argumentsText,
  input,
});

/** A part, and the block that is sent for it: none where nothing may be. */
const parts: readonly [what: string, part: Part, block: JsonObject | undefined][] = [
  ["a text", { type: "text", text: "a" }, { type: "text", text: "a" }],
  ["an empty text, which the API refuses", { type: "text", text: "" }, undefined],
  ["a text of blanks, which it refuses as well", { type: "text", text: " \n" }, undefined],
  [
    "a text's sources",
    { type: "text", text: "a", citations: [cited] },
    { type: "text", text: "a", citations: [cited] },
  ],
  [
    "another vendor's sources",
    { type: "text", text: "a", citations: [{ type: "url_citation", url: "https://example.com" }] },
    { type: "text", text: "a" },
  ],
  ["no sources", { type: "text", text: "a", citations: [] }, { type: "text", text: "a" }],
  ["half a character", { type: "text", text: "a\ud83d" }, { type: "text", text: "a\ufffd" }],
  [
    "our vendor's fields",
    { type: "text", text: "a", vendor },
    { type: "text", text: "a", caller: { type: "direct" } },
  ],
  ["another vendor's fields", { type: "text", text: "a", vendor: foreign }, { type: "text", text: "a" }],
  [
    "a cache mark",
    { type: "text", text: "a", cache: {} },
    { type: "text", text: "a", cache_control: { type: "ephemeral" } },
  ],
  [
    "a cache mark for an hour",
    { type: "text", text: "a", cache: { ttl: "1h" } },
    { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
  ],
  [
    "signed thinking",
    { type: "thinking", text: "hm", signature: "s", protocol },
    { type: "thinking", thinking: "hm", signature: "s" },
  ],
  [
    "a signature without a text",
    { type: "thinking", text: "", signature: "s", protocol },
    { type: "thinking", thinking: "", signature: "s" },
  ],
  [
    "redacted thinking",
    { type: "thinking", text: "", encrypted: "e", protocol },
    { type: "redacted_thinking", data: "e" },
  ],
  ["thinking without a signature", { type: "thinking", text: "hm", protocol }, undefined],
  [
    "another protocol's thinking",
    { type: "thinking", text: "hm", signature: "s", protocol: "gemini" },
    undefined,
  ],
  ["thinking written by hand", { type: "thinking", text: "hm", signature: "s" }, undefined],
  ["an image", { type: "image", source: image }, { type: "image", source: wireImage }],
  [
    "an image by address",
    { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
    { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
  ],
  [
    "a file with a name",
    { type: "file", source: { kind: "text", mediaType: "text/plain", text: "a" }, name: "a.txt" },
    { type: "document", source: { type: "text", media_type: "text/plain", data: "a" }, title: "a.txt" },
  ],
  [
    "an uploaded file",
    { type: "file", source: { kind: "file-id", id: "file_1" } },
    { type: "document", source: { type: "file", file_id: "file_1" } },
  ],
  ["a call", call('{ "x": 1 }', { x: 1 }), { type: "tool_use", id: "a", name: "b", input: { x: 1 } }],
  ["a call of nothing", call("{}", {}), callOf({})],
  ["broken arguments, for the model to see", call('{"x":', undefined), callOf({ invalid_json: '{"x":' })],
  ["arguments that are no object", call("[1]", [1]), callOf({ invalid_json: "[1]" })],
  [
    "a result",
    result([{ type: "text", text: "ok" }]),
    { type: "tool_result", tool_use_id: "a", content: "ok" },
  ],
  ["a result without content", result([]), { type: "tool_result", tool_use_id: "a" }],
  ["an empty result", result([{ type: "text", text: "" }]), { type: "tool_result", tool_use_id: "a" }],
  [
    "an error",
    result([{ type: "text", text: "no" }], true),
    { type: "tool_result", tool_use_id: "a", content: "no", is_error: true },
  ],
  [
    "a result of several parts",
    result([
      { type: "text", text: "" },
      { type: "text", text: "a" },
      { type: "image", source: image },
    ]),
    {
      type: "tool_result",
      tool_use_id: "a",
      content: [
        { type: "text", text: "a" },
        { type: "image", source: wireImage },
      ],
    },
  ],
  [
    "the sources of a result",
    result([{ type: "text", text: "a", citations: [cited] }]),
    { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "a", citations: [cited] }] },
  ],
  [
    "our vendor's block",
    { type: "opaque", protocol, value: { type: "server_tool_use", id: "a", input: {} } },
    { type: "server_tool_use", id: "a", input: {} },
  ],
  ["another vendor's block", { type: "opaque", protocol: "gemini", value: { type: "x" } }, undefined],
];

function callOf(input: JsonObject): JsonObject {
  return { type: "tool_use", id: "a", name: "b", input };
}

for (const [what, part, block] of parts) {
  test(`anthropic encode: ${what}`, () => {
    // Between others, so that a part that is not sent leaves no hole.
    const role = part.type === "image" || part.type === "file" ? "user" : "assistant";
    const first: Message = { role, parts: [part, { type: "text", text: "end" }] };
    const { messages } = body({ messages: [first, hi] });
    const expected = [...(block === undefined ? [] : [block]), { type: "text", text: "end" }];
    assert.deepEqual(messages[0], { role, content: expected });
    // A message of which nothing can be sent is not sent.
    const alone = body({ messages: [hi, { role, parts: [part] }, hi] });
    assert.equal(alone.messages.length, block === undefined ? 2 : 3);
  });
}

const mark = { type: "ephemeral" };
const tool = { name: "b", description: "does b", inputSchema: { type: "object" } };

test("anthropic encode: cache marks stand after the system, the last tool and the last message", () => {
  const messages: Message[] = [hi, { role: "assistant", parts: [{ type: "text", text: "Hi" }] }, hi];
  const system = ["one", "two"].map((text) => ({ type: "text", text }) as const);
  const wire = body({ messages, system, tools: [tool, tool], cache: {} });
  const wireTool = { name: "b", description: "does b", input_schema: { type: "object" } };
  assert.deepEqual(wire["system"], [
    { type: "text", text: "one" },
    { type: "text", text: "two", cache_control: mark },
  ]);
  assert.deepEqual(wire["tools"], [wireTool, { ...wireTool, cache_control: mark }]);
  const [text] = [{ type: "text", text: "Hi" }];
  assert.deepEqual(
    wire.messages.map(({ content }) => content),
    [[text], [text], [{ ...text, cache_control: mark }]],
  );
  assert.deepEqual(messages[2], hi, "the message itself is as it was");
});

test("anthropic encode: a cache mark never stands on thinking, and a part's own wins", () => {
  const thinking: Part = { type: "thinking", text: "hm", signature: "s", protocol };
  const last = (parts: Part[]): unknown =>
    body({ messages: [{ role: "assistant", parts }], cache: {} }).messages[0]?.content;
  const wire = { type: "thinking", thinking: "hm", signature: "s" };
  assert.deepEqual(last([{ type: "text", text: "a" }, thinking]), [
    { type: "text", text: "a", cache_control: mark },
    wire,
  ]);
  assert.deepEqual(last([thinking]), [wire]);
  const own = { type: "text", text: "a", cache: { ttl: "1h" } } as const;
  assert.deepEqual(last([own]), [
    { type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } },
  ]);
});

test("anthropic encode: a cache mark is on what is sent, never on what is stored", () => {
  const value = { type: "container_upload", file_id: "a" };
  const stored: readonly Part[] = [
    { type: "text", text: "a" },
    { type: "opaque", protocol, value },
  ];
  const before = structuredClone(stored);
  const { content } = body({ messages: [{ role: "user", parts: stored }], cache: {} }).messages[0] ?? {};
  assert.deepEqual(content, [
    { type: "text", text: "a" },
    { ...value, cache_control: mark },
  ]);
  assert.deepEqual(stored, before);
});

type Asked = NonNullable<Request["thinking"]>;
const off = { type: "disabled" };
const budget = (budget_tokens: number): JsonObject => ({ type: "enabled", budget_tokens });
const adaptive = { type: "adaptive" };

const thoughts: readonly [
  Asked,
  Target["thinking"],
  maxOutputTokens: number,
  thinking: unknown,
  effort: unknown,
][] = [
  ["off", "budget", 64_000, off, undefined],
  ["minimal", "budget", 64_000, budget(1024), undefined],
  ["low", "budget", 64_000, budget(2048), undefined],
  ["medium", "budget", 64_000, budget(8192), undefined],
  ["high", "budget", 64_000, budget(16_384), undefined],
  ["max", "budget", 64_000, budget(32_768), undefined],
  ["high", "budget", 4096, budget(4095), undefined],
  ["high", "budget", 1025, budget(1024), undefined],
  ["high", "budget", 1024, undefined, undefined],
  [{ budgetTokens: 3000 }, "budget", 64_000, budget(3000), undefined],
  [{ budgetTokens: 3000 }, "adaptive", 64_000, budget(3000), undefined],
  ["off", "adaptive", 64_000, off, undefined],
  ["minimal", "adaptive", 64_000, adaptive, "low"],
  ["low", "adaptive", 64_000, adaptive, "low"],
  ["medium", "adaptive", 64_000, adaptive, "medium"],
  ["high", "adaptive", 64_000, adaptive, "high"],
  ["max", "adaptive", 64_000, adaptive, "max"],
  ["high", "none", 64_000, undefined, undefined],
  ["off", "none", 64_000, undefined, undefined],
];

for (const [asked, ability, maxOutputTokens, thinking, effort] of thoughts) {
  test(`anthropic encode: thinking ${JSON.stringify(asked)} for ${ability}, ${maxOutputTokens} tokens at most`, () => {
    const wire = body({ thinking: asked, maxOutputTokens }, { thinking: ability });
    assert.deepEqual([wire["thinking"], wire["max_tokens"]], [thinking, maxOutputTokens]);
    assert.deepEqual(wire["output_config"], effort === undefined ? undefined : { effort });
    const schema = { type: "object" };
    const both = body(
      { thinking: asked, maxOutputTokens, responseSchema: { schema } },
      { thinking: ability },
    );
    const format = { type: "json_schema", schema };
    assert.deepEqual(both["output_config"], { format, ...(effort !== undefined && { effort }) });
  });
}

const choices: readonly [NonNullable<Request["toolChoice"]>, JsonObject][] = [
  [{ mode: "auto" }, { type: "auto" }],
  [
    { mode: "auto", parallel: true },
    { type: "auto", disable_parallel_tool_use: false },
  ],
  [{ mode: "any" }, { type: "any" }],
  [
    { mode: "any", parallel: false },
    { type: "any", disable_parallel_tool_use: true },
  ],
  [{ mode: "none" }, { type: "none" }],
  [
    { mode: "tool", name: "b" },
    { type: "tool", name: "b" },
  ],
  [
    { mode: "tool", name: "b", parallel: false },
    { type: "tool", name: "b", disable_parallel_tool_use: true },
  ],
];

for (const [toolChoice, expected] of choices) {
  test(`anthropic encode: tool choice ${JSON.stringify(toolChoice)}`, () => {
    assert.deepEqual(body({ tools: [tool], toolChoice })["tool_choice"], expected);
  });
}

test("anthropic encode: settings, and nothing that was not asked for", () => {
  assert.deepEqual(Object.keys(body({})), ["model", "max_tokens", "messages"]);
  assert.equal(body({})["max_tokens"], 4096);
  assert.equal(body({}, { stream: true })["stream"], true);
  const settings = { maxOutputTokens: 10, temperature: 0, topP: 0.5, topK: 3, stopSequences: ["x"] };
  const { messages: _, ...wire } = body(settings);
  const expected = { max_tokens: 10, temperature: 0, top_p: 0.5, top_k: 3, stop_sequences: ["x"] };
  assert.deepEqual(wire, { model: "claude-test", ...expected });
});

test("anthropic encode: what may be empty is left out", () => {
  const empty = body({
    system: [{ type: "text", text: "" }],
    tools: [{ type: "vendor", protocol: "gemini", value: {} }],
  });
  assert.deepEqual(Object.keys(empty), ["model", "max_tokens", "messages"]);
});

test("anthropic encode: the vendor's own tools go as they are, another's do not go", () => {
  const value = { type: "web_search_20250305", name: "web_search" };
  const tools = ["gemini", protocol].map((protocol) => ({ type: "vendor", protocol, value }) as const);
  assert.deepEqual(body({ tools })["tools"], [value]);
});

test("anthropic encode: provider options pass through and win, but messages are the request's", () => {
  const wire = body({ temperature: 1, providerOptions: { temperature: 0, metadata: { user_id: "u" } } });
  assert.deepEqual([wire["temperature"], wire["metadata"]], [0, { user_id: "u" }]);
  assert.throws(() => body({ providerOptions: { messages: [] } }), {
    name: "ConfigurationError",
    code: "invalid-option",
  });
});
