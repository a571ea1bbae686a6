import type { WireName } from "../support/validators/index.ts";

/*
 * The smallest bodies that break each rule, and some that break none.
 */

type Json = Record<string, unknown>;
const half = "\ud800";

// Anthropic's Messages.

const claude = (messages: unknown, more: Json = {}): Json => ({
  model: "m",
  max_tokens: 8192,
  messages,
  ...more,
});
const said = (...content: unknown[]): Json => ({ role: "user", content });
const answered = (...content: unknown[]): Json => ({ role: "assistant", content });
const text = (value: string, more: Json = {}): Json => ({ type: "text", text: value, ...more });
const use = (id: string, more: Json = {}): Json => ({ type: "tool_use", id, name: "t", input: {}, ...more });
const used = (id: string, more: Json = {}): Json => ({ type: "tool_result", tool_use_id: id, ...more });
const marked = { cache_control: { type: "ephemeral" } };
const image = (source: Json): Json => ({ type: "image", source });
const png = { type: "base64", media_type: "image/png", data: "AAAA" };
const tool = (name: string, more: Json = {}): Json => ({ name, input_schema: { type: "object" }, ...more });
const hi = said(text("hi"));
const enabled = { type: "enabled", budget_tokens: 1024 };

// OpenAI's chat completions.

const chat = (messages: unknown, more: Json = {}): Json => ({ model: "m", messages, ...more });
const user = (content: unknown, more: Json = {}): Json => ({ role: "user", content, ...more });
const call = (id: string, more: Json = {}): Json => ({
  id,
  type: "function",
  function: { name: "t", arguments: "{}", ...more },
});
const calling = (...tool_calls: Json[]): Json => ({ role: "assistant", content: null, tool_calls });
const result = (id: string): Json => ({ role: "tool", tool_call_id: id, content: "" });
const fn = (name: string): Json => ({ type: "function", function: { name, parameters: {} } });
const url = (at: string): Json => ({ type: "image_url", image_url: { url: at } });
const file = (value: Json): Json => ({ type: "file", file: value });

// OpenAI's Responses.

const items = (input: unknown, more: Json = {}): Json => ({ model: "m", input, ...more });
const calls = (call_id: string, more: Json = {}): Json => ({
  type: "function_call",
  call_id,
  name: "t",
  arguments: "{}",
  ...more,
});
const output = (call_id: string, more: Json = {}): Json => ({
  type: "function_call_output",
  call_id,
  output: "",
  ...more,
});
const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "x" };
const inputs = (...content: Json[]): Json => ({ role: "user", content });
const picture = (more: Json): Json => inputs({ type: "input_image", ...more });
const document = (more: Json): Json => inputs({ type: "input_file", ...more });
const declared = (name: string): Json => ({ type: "function", name, parameters: {}, strict: false });

// Gemini.

const contents = (...turns: unknown[]): Json => ({ contents: turns });
const asks = (...parts: unknown[]): Json => ({ role: "user", parts });
const model = (...parts: unknown[]): Json => ({ role: "model", parts });
const t = { text: "hi" };
const does = (name: string, more: Json = {}): Json => ({ functionCall: { name, args: {}, ...more } });
const did = (name: string, more: Json = {}): Json => ({ functionResponse: { name, response: {}, ...more } });
const functions = (...functionDeclarations: Json[]): Json => ({ tools: [{ functionDeclarations }] });

/** Bodies without a fault. */
export const sound: Readonly<Record<WireName, readonly unknown[]>> = {
  "anthropic-messages": [
    claude([{ role: "user", content: "hi" }]),
    claude([hi, said(image(png)), answered()]),
    claude([
      hi,
      answered(text("a"), use("1"), use("2")),
      said(used("2"), used("1", { content: "x" }), text("b")),
    ]),
    claude([hi, answered(use("1")), said(used("1"))], { thinking: { type: "adaptive" } }),
    claude([hi, answered({ type: "thinking", thinking: "", signature: "s" }, use("1")), said(used("1"))], {
      thinking: enabled,
    }),
    claude([hi, answered(use("1")), said(used("1")), answered(text("x")), hi], { thinking: enabled }),
  ],
  "openai-chat": [
    chat([user("hi"), calling(call("1"), call("2")), result("2"), result("1"), user([text("a")])]),
    chat([user("a"), { role: "assistant", content: "" }], { tools: [fn("t")] }),
  ],
  "openai-responses": [
    items("hi"),
    items([user("hi"), reasoning, calls("1"), calls("2"), output("1"), output("2", { output: [] })]),
    items([output("1")], { previous_response_id: "resp_1" }),
  ],
  gemini: [
    contents(
      asks(t),
      model(does("a"), does("b", { id: "1" })),
      asks(did("b", { id: "1" }), did("a")),
      asks(t),
    ),
    contents(asks(t), model({ text: "", thought: true }, { thoughtSignature: "AA==" }), asks(t)),
  ],
};

/** Bodies that break one rule each, by its name. */
export const broken: Readonly<Record<WireName, Readonly<Record<string, readonly unknown[]>>>> = {
  "anthropic-messages": {
    shape: [1, claude([hi, said(1, text("x"))]), claude([hi], { system: 1 }), claude([hi], { tools: [1] })],
    "unknown-field": [
      claude([hi], { top_n: 1 }),
      claude([{ ...hi, name: "x" }]),
      claude([said(text("x", { id: "1" }))]),
      claude([hi], { tools: [tool("t", { parameters: {} })] }),
      claude([said(image({ ...png, name: "x" }))]),
    ],
    "half-character": [
      claude([said(text(half))]),
      claude([hi, answered(use("1", { input: { [half]: 1 } })), said(used("1"))]),
    ],
    "max-tokens": [{ model: "m", messages: [hi] }],
    role: [claude([hi, { role: "tool", content: "x" }])],
    "empty-content": [
      claude([hi, said()]),
      claude([{ role: "user", content: "" }]),
      claude([hi, answered(), hi]),
    ],
    "no-messages": [claude([])],
    "first-role": [claude([answered(text("x")), hi])],
    "trailing-blank": [claude([hi, answered(text("x "))])],
    "blank-text": [
      claude([said(text(""))]),
      claude([said(text(" \n"))]),
      claude([hi], { system: [text(" ")] }),
      claude([hi, answered(use("1")), said(used("1", { content: [text("")] }))]),
      claude([hi, answered(use("1")), said(used("1", { content: " " }))]),
      claude([said({ type: "document", source: { type: "text", media_type: "text/plain", data: "" } })]),
    ],
    "block-type": [claude([said({ type: "video" })])],
    "block-place": [
      claude([hi, answered(image(png)), hi]),
      claude([said({ type: "thinking", thinking: "", signature: "s" })]),
      claude([hi], { system: [image(png)] }),
      claude([
        hi,
        answered(use("1")),
        said(used("1", { content: [{ type: "container_upload", file_id: "f" }] })),
      ]),
    ],
    "thinking-signature": [claude([hi, answered({ type: "thinking", thinking: "x", signature: "" }), hi])],
    "call-id": [
      claude([hi, answered(use("a.b")), said(used("a.b"))]),
      claude([hi, answered(use("")), said(used(""))]),
      claude([hi, answered(use("x".repeat(65))), said(used("x".repeat(65)))]),
    ],
    "call-name": [claude([hi, answered(use("1", { name: "a.b" })), said(used("1"))])],
    "call-input": [claude([hi, answered(use("1", { input: [] })), said(used("1"))])],
    "call-id-repeated": [
      claude([hi, answered(use("1")), said(used("1")), answered(use("1")), said(used("1"))]),
    ],
    "call-unanswered": [
      claude([hi, answered(use("1"))]),
      claude([hi, answered(use("1")), hi]),
      claude([hi, answered(use("1"), use("2")), said(used("1"))]),
    ],
    "result-uncalled": [
      claude([said(used("1"))]),
      claude([hi, answered(use("1")), said(used("1"), used("2"))]),
    ],
    "result-repeated": [claude([hi, answered(use("1")), said(used("1"), used("1"))])],
    "results-first": [claude([hi, answered(use("1")), said(text("x"), used("1"))])],
    citation: [claude([hi, answered(text("x", { citations: [{ type: "url_citation" }] })), hi])],
    source: [claude([said(image({ type: "gcs" }))])],
    "media-type": [
      claude([said(image({ ...png, media_type: "image/heic" }))]),
      claude([said({ type: "document", source: { ...png, media_type: "text/csv" } })]),
      claude([said({ type: "document", source: { type: "text", media_type: "text/csv", data: "x" } })]),
    ],
    base64: [claude([said(image({ ...png, data: "" }))])],
    url: [claude([said(image({ type: "url", url: "gs://x" }))])],
    "file-id": [claude([said(image({ type: "file", file_id: "file-abc" }))])],
    "cache-mark": [claude([said(text("x", { cache_control: { type: "ephemeral", ttl: "2h" } }))])],
    "cache-marks": [claude([said(...Array.from({ length: 5 }, () => text("x", marked)))])],
    "cache-order": [
      claude([said(text("x", marked), text("x", { cache_control: { type: "ephemeral", ttl: "1h" } }))]),
    ],
    "tool-name": [claude([hi], { tools: [tool("a b")] }), claude([hi], { tools: [tool("x".repeat(129))] })],
    "tool-name-repeated": [claude([hi], { tools: [tool("a"), tool("a")] })],
    "tool-schema": [claude([hi], { tools: [{ name: "a", input_schema: {} }] })],
    "tool-choice": [claude([hi], { thinking: enabled, tool_choice: { type: "required" } })],
    thinking: [claude([hi], { thinking: { type: "on" } })],
    "thinking-budget": [
      claude([hi], { thinking: { type: "enabled", budget_tokens: 1000 } }),
      claude([hi], { thinking: { type: "enabled", budget_tokens: 8192 } }),
    ],
    "thinking-forced": [claude([hi], { thinking: enabled, tool_choice: { type: "any" } })],
    "thinking-first": [
      claude([hi, answered(use("1")), said(used("1"))], { thinking: enabled }),
      claude([hi, answered(text("x"), use("1")), said(used("1")), answered(use("2")), said(used("2"))], {
        thinking: enabled,
      }),
    ],
  },
  "openai-chat": {
    shape: [1, chat([user(1)]), chat([user([{ type: "text" }])])],
    "unknown-field": [
      chat([user("x")], { top_k: 1 }),
      chat([user("x", { cache_control: {} })]),
      chat([{ role: "assistant", content: "x", reasoning_content: "y" }]),
      chat([user([{ ...url("https://x"), id: 1 }])]),
      chat([calling({ ...call("1"), index: 0 }), result("1")]),
    ],
    "half-character": [
      chat([user(half)]),
      chat([calling(call("1", { arguments: '{"a":"\\ud800"}' })), result("1")]),
    ],
    role: [chat([{ role: "model", content: "x" }])],
    "no-messages": [chat([])],
    "empty-content": [chat([user([])]), chat([user(null)]), chat([{ role: "assistant", content: null }])],
    "empty-list": [
      chat([user("x")], { tools: [] }),
      chat([{ role: "assistant", content: "x", tool_calls: [] }]),
    ],
    name: [chat([user("x", { name: "a b" })])],
    "piece-place": [
      chat([user([{ type: "video_url", video_url: {} }])]),
      chat([{ role: "assistant", content: [url("https://x")] }]),
      chat([calling(call("1")), { ...result("1"), content: [url("https://x")] }]),
    ],
    url: [chat([user([url("gs://x")])])],
    "media-type": [
      chat([user([url("data:image/heic;base64,AAAA")])]),
      chat([user([{ type: "input_audio", input_audio: { data: "AAAA", format: "ogg" } }])]),
      chat([user([file({ filename: "a", file_data: "data:text/csv;base64,AAAA" })])]),
    ],
    file: [chat([user([file({ filename: "a" })])])],
    "file-id": [chat([user([file({ file_id: "file_011abc" })])])],
    "tool-type": [chat([user("x")], { tools: [{ type: "web_search" }] })],
    "tool-name": [
      chat([user("x")], { tools: [fn("a.b")] }),
      chat([user("x")], { tools: [fn("x".repeat(65))] }),
    ],
    "tool-name-repeated": [chat([user("x")], { tools: [fn("a"), fn("a")] })],
    "call-type": [chat([calling({ ...call("1"), type: "tool" }), result("1")])],
    "call-name": [chat([calling(call("1", { name: "" })), result("1")])],
    "call-arguments": [
      chat([calling(call("1", { arguments: "" })), result("1")]),
      chat([calling(call("1", { arguments: "[]" })), result("1")]),
      chat([calling(call("1", { arguments: {} })), result("1")]),
    ],
    "call-id": [
      chat([calling(call("")), result("")]),
      chat([calling(call("x".repeat(41))), result("x".repeat(41))]),
    ],
    "call-id-repeated": [chat([calling(call("1"), call("1")), result("1")])],
    "call-unanswered": [
      chat([calling(call("1"))]),
      chat([calling(call("1")), user("x")]),
      chat([calling(call("1"), call("2")), result("2"), user("x")]),
    ],
    "result-uncalled": [
      chat([result("1")]),
      chat([calling(call("1")), result("1"), result("1")]),
      chat([calling(call("1")), result("1"), user("x"), result("1")]),
    ],
  },
  "openai-responses": {
    shape: [1, items([1]), items([inputs({ type: "input_text" })]), items([user(1)])],
    "unknown-field": [
      items("x", { top_k: 1 }),
      items([user("x", { name: "y" })]),
      items([inputs({ type: "input_text", text: "x", cache_control: {} })]),
      items([calls("1", { index: 0 }), output("1")]),
    ],
    "half-character": [items(half), items([calls("1", { arguments: '{"a":"\\ud800"}' }), output("1")])],
    role: [items([{ role: "tool", content: "x" }])],
    "no-messages": [items([])],
    "item-type": [items([{ type: "tool_use" }])],
    "item-id": [items([calls("1", { id: "call_1" }), output("1")])],
    "piece-place": [
      items([{ role: "assistant", content: [{ type: "input_text", text: "x" }] }]),
      items([inputs({ type: "output_text", text: "x" })]),
      items([{ role: "assistant", content: [{ type: "input_image", image_url: "https://x" }] }]),
    ],
    "call-id": [items([calls("x".repeat(65)), output("x".repeat(65))]), items([calls(""), output("")])],
    "call-name": [items([calls("1", { name: "a.b" }), output("1")])],
    "call-arguments": [
      items([calls("1", { arguments: "{" }), output("1")]),
      items([calls("1", { arguments: "3" }), output("1")]),
    ],
    "call-id-repeated": [items([calls("1"), output("1"), calls("1"), output("1")])],
    "call-unanswered": [items([calls("1")]), items([output("1"), calls("2")], { conversation: "c" })],
    "result-uncalled": [items([output("1")])],
    "result-repeated": [items([calls("1"), output("1"), output("1")])],
    "reasoning-alone": [
      items([reasoning]),
      items([reasoning, user("x")]),
      items([calls("1"), reasoning, output("1")]),
    ],
    source: [items([picture({})]), items([document({ file_url: "https://x", file_id: "file-a" })])],
    url: [items([picture({ image_url: "gs://x" })]), items([document({ file_url: "x" })])],
    "media-type": [
      items([picture({ image_url: "data:image/heic;base64,AAAA" })]),
      items([document({ filename: "a", file_data: "data:audio/wav;base64,AAAA" })]),
    ],
    "file-name": [items([document({ file_data: "data:application/pdf;base64,AAAA" })])],
    "file-id": [items([picture({ file_id: "file_011abc" })])],
    "tool-type": [items("x", { tools: [{ type: "google_search" }] })],
    "tool-name": [items("x", { tools: [declared("a.b")] })],
    "tool-name-repeated": [items("x", { tools: [declared("a"), declared("a")] })],
  },
  gemini: {
    shape: [1, contents(asks(1)), contents(asks({ text: 1 }))],
    "unknown-field": [
      { ...contents(asks(t)), messages: [] },
      contents({ ...asks(t), name: "x" }),
      contents(asks({ text: "x", type: "text" })),
      contents(asks(t), model(does("a", { arguments: "{}" })), asks(did("a"))),
      { ...contents(asks(t)), ...functions({ name: "a", strict: true }) },
    ],
    "half-character": [contents(asks({ text: half }))],
    role: [contents(asks(t), { role: "assistant", parts: [t] }, asks(t))],
    "no-messages": [contents()],
    "empty-content": [contents(asks())],
    "first-role": [contents(model(t), asks(t))],
    "last-role": [contents(asks(t), model(t))],
    "one-of": [
      contents(asks({})),
      contents(asks(t), model({ thought: true }), asks(t)),
      contents(asks({ text: "x", inlineData: { mimeType: "image/png", data: "AAAA" } })),
      contents(asks(t), model(does("a")), asks(did("a", { parts: [{}] }))),
    ],
    "part-place": [
      contents(asks(t), asks({ text: "x", thought: true })),
      {
        ...contents(asks(t)),
        systemInstruction: { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] },
      },
    ],
    signature: [contents(asks(t), model({ text: "x", thoughtSignature: "!" }), asks(t))],
    "media-type": [contents(asks({ inlineData: { mimeType: "application/zip", data: "AAAA" } }))],
    base64: [contents(asks({ inlineData: { mimeType: "image/png", data: "" } }))],
    url: [contents(asks({ fileData: { mimeType: "image/png", fileUri: "file-abc" } }))],
    "call-name": [contents(asks(t), model(does("a b")), asks(did("a b")))],
    "call-arguments": [contents(asks(t), model(does("a", { args: [] })), asks(did("a")))],
    response: [contents(asks(t), model(does("a")), asks(did("a", { response: "x" })))],
    "call-count": [contents(asks(t), model(does("a")), asks(t)), contents(asks(did("a")))],
    "call-name-pairs": [contents(asks(t), model(does("a")), asks(did("b")))],
    "result-uncalled": [contents(asks(t), model(does("a", { id: "1" })), asks(did("a", { id: "2" })))],
    "result-repeated": [
      contents(
        asks(t),
        model(does("a", { id: "1" }), does("a", { id: "2" })),
        asks(did("a", { id: "1" }), did("a", { id: "1" })),
      ),
    ],
    "tool-name": [
      { ...contents(asks(t)), ...functions({ name: "1a" }) },
      { ...contents(asks(t)), ...functions({ name: "x".repeat(65) }) },
    ],
    "tool-name-repeated": [{ ...contents(asks(t)), ...functions({ name: "a" }, { name: "a" }) }],
    "tool-schema": [
      { ...contents(asks(t)), ...functions({ name: "a", parameters: {}, parametersJsonSchema: {} }) },
    ],
  },
};
