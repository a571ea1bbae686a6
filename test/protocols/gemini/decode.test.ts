import assert from "node:assert/strict";
import { test } from "node:test";
import { messageText, type Part } from "../../../src/llm/message.ts";
import { chunk, stream, whole, type Outcome } from "./support.ts";

function vendor(fields: object): object {
  return { vendor: { protocol: "gemini", fields } };
}

const table: Readonly<
  Record<string, { read: Outcome; parts: object[]; reason?: string; raw?: string | null }>
> = {
  "pieces of a text are one text": {
    read: stream(chunk([{ text: "He" }]), chunk([{ text: "llo" }]), chunk([{ text: "" }], "STOP")),
    parts: [{ type: "text", text: "Hello" }],
  },
  "a signature on an empty text is the text's": {
    read: stream(
      chunk([{ text: "He" }]),
      chunk([{ text: "llo" }]),
      chunk([{ text: "", thoughtSignature: "s" }], "STOP"),
    ),
    parts: [{ type: "text", text: "Hello", ...vendor({ thoughtSignature: "s" }) }],
  },
  "a signature ends a text": {
    read: stream(chunk([{ text: "One", thoughtSignature: "s" }]), chunk([{ text: "two" }], "STOP")),
    parts: [
      { type: "text", text: "One", ...vendor({ thoughtSignature: "s" }) },
      { type: "text", text: "two" },
    ],
  },
  "a signature alone after thinking is a part": {
    read: stream(
      chunk([{ text: "Hm", thought: true }]),
      chunk([{ text: "", thoughtSignature: "s" }], "MAX_TOKENS"),
    ),
    parts: [
      { type: "thinking", text: "Hm", protocol: "gemini" },
      { type: "text", text: "", ...vendor({ thoughtSignature: "s" }) },
    ],
    reason: "max_tokens",
    raw: "MAX_TOKENS",
  },
  "thinking keeps its signature": {
    read: stream(
      chunk([{ text: "H", thought: true }]),
      chunk([{ text: "m", thought: true, thoughtSignature: "s" }], "STOP"),
    ),
    parts: [{ type: "thinking", text: "Hm", protocol: "gemini", signature: "s" }],
  },
  "two texts of one answer stay two": {
    read: whole(chunk([{ text: "a" }, { text: "b", partMetadata: 1 }], "STOP")),
    parts: [
      { type: "text", text: "a" },
      { type: "text", text: "b", ...vendor({ partMetadata: 1 }) },
    ],
  },
  "calls without ids get some": {
    read: whole(
      chunk(
        [
          { functionCall: { name: "a", args: { x: 1 } }, thoughtSignature: "s" },
          { functionCall: { id: "", name: "a" } },
        ],
        "STOP",
      ),
    ),
    parts: [
      {
        type: "tool-call",
        id: "noid_resp-1_0",
        name: "a",
        argumentsText: '{"x":1}',
        input: { x: 1 },
        ...vendor({ thoughtSignature: "s" }),
      },
      { type: "tool-call", id: "noid_resp-1_1", name: "a", argumentsText: "{}", input: {} },
    ],
    reason: "tool_use",
  },
  "a call keeps its id": {
    read: stream(chunk([{ functionCall: { id: "i", name: "a", args: {} } }], 1)),
    parts: [{ type: "tool-call", id: "i", name: "a", argumentsText: "{}", input: {} }],
    reason: "tool_use",
    raw: "1",
  },
  "an id that is used again is made another": {
    read: whole(
      chunk(
        ["i", "i", "i_2", "i"].map((id) => ({ functionCall: { id, name: "a", args: {} } })),
        "STOP",
      ),
    ),
    parts: ["i", "i_2", "i_2_3", "i_4"].map((id) => ({
      type: "tool-call",
      id,
      name: "a",
      argumentsText: "{}",
      input: {},
    })),
    reason: "tool_use",
  },
  "arguments in pieces": {
    read: stream(
      chunk([{ functionCall: { name: "a", willContinue: true }, thoughtSignature: "s" }]),
      chunk([
        {
          functionCall: {
            partialArgs: [{ jsonPath: "$.x[0].y", stringValue: "b", willContinue: true }],
            willContinue: true,
          },
        },
      ]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: "$.x[0].y", stringValue: "c" }], willContinue: true } },
      ]),
      chunk([{ functionCall: { partialArgs: [{ jsonPath: "$['__proto__'][\"d e\"]", nullValue: null }] } }]),
      chunk([{ functionCall: {} }]),
      chunk([{ text: "" }], "STOP"),
    ),
    parts: [
      {
        type: "tool-call",
        id: "noid_resp-1_0",
        name: "a",
        argumentsText: '{"x":[{"y":"bc"}],"__proto__":{"d e":null}}',
        input: JSON.parse('{"x":[{"y":"bc"}],"__proto__":{"d e":null}}') as object,
        ...vendor({ thoughtSignature: "s" }),
      },
    ],
    reason: "tool_use",
  },
  "a call that was cut by a bound cannot be run": {
    read: stream(
      chunk([{ functionCall: { name: "a", willContinue: true } }]),
      chunk(
        [{ functionCall: { partialArgs: [{ jsonPath: "$.x", stringValue: "b" }], willContinue: true } }],
        "MAX_TOKENS",
      ),
    ),
    parts: [
      { type: "tool-call", id: "noid_resp-1_0", name: "a", argumentsText: '{"x":"b"', input: undefined },
    ],
    reason: "max_tokens",
    raw: "MAX_TOKENS",
  },
  "arguments at no place that can be cannot be run": {
    read: stream(
      chunk([{ functionCall: { name: "a", willContinue: true } }]),
      chunk([{ functionCall: { partialArgs: [{ jsonPath: "$.x[4294967294]", stringValue: "b" }] } }], "STOP"),
    ),
    parts: [
      { type: "tool-call", id: "noid_resp-1_0", name: "a", argumentsText: '{"x":[]', input: undefined },
    ],
    reason: "tool_use",
  },
  "images, sounds and what we do not know": {
    read: whole(
      chunk(
        [
          { inlineData: { mimeType: "image/png", data: "AAAA" }, thoughtSignature: "s" },
          { inlineData: { mimeType: "audio/L16;rate=24000", data: "BBBB" } },
          { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "t" },
          { news: 1 },
        ],
        "STOP",
      ),
    ),
    parts: [
      {
        type: "image",
        source: { kind: "base64", mediaType: "image/png", data: "AAAA" },
        ...vendor({ thoughtSignature: "s" }),
      },
      { type: "file", source: { kind: "base64", mediaType: "audio/L16;rate=24000", data: "BBBB" } },
      {
        type: "opaque",
        protocol: "gemini",
        value: { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "t" },
      },
      { type: "opaque", protocol: "gemini", value: { news: 1 } },
    ],
  },
  "a body as a list": {
    read: whole([chunk([{ text: "a" }]), chunk([{ text: "b" }], "STOP")]),
    parts: [{ type: "text", text: "ab" }],
  },
  "nothing said": {
    read: whole({ candidates: [{ content: { role: "model" }, finishReason: "MAX_TOKENS", index: 0 }] }),
    parts: [],
    reason: "max_tokens",
    raw: "MAX_TOKENS",
  },
  "no content": {
    read: stream({ candidates: [{ finishReason: "UNEXPECTED_TOOL_CALL" }], modelVersion: "m" }),
    parts: [],
    reason: "unknown",
    raw: "UNEXPECTED_TOOL_CALL",
  },
  "no finish reason in a body": {
    read: whole({ candidates: [{ content: { parts: [{ text: "a" }] } }] }),
    parts: [{ type: "text", text: "a" }],
    reason: "unknown",
    raw: null,
  },
  "a blocked prompt": {
    read: whole({
      promptFeedback: { blockReason: "MODEL_ARMOR" },
      usageMetadata: { trafficType: "ON_DEMAND" },
    }),
    parts: [],
    reason: "content_filter",
    raw: "MODEL_ARMOR",
  },
  "a blocked prompt in a stream": {
    read: stream({ promptFeedback: { blockReason: "SAFETY" } }),
    parts: [],
    reason: "content_filter",
    raw: "SAFETY",
  },
};

for (const [what, { read, parts, reason = "end_turn", raw = "STOP" }] of Object.entries(table)) {
  test(`gemini decoder: ${what}`, () => {
    assert.equal(read.error, undefined);
    assert.deepEqual(read.folded.message.parts, parts);
    assert.deepEqual(read.folded.stop, { ...read.folded.stop, reason, raw });
    const last = read.events.at(-1);
    assert.equal(last?.type, "stop");
  });
}

const filters = [
  [
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MODEL_ARMOR",
    "IMAGE_SAFETY",
  ],
  [3, 4, 6, 7, 8],
].flat();
const unknowns = ["OTHER", "MALFORMED_FUNCTION_CALL", "TOO_MANY_TOOL_CALLS", "toString", 5, 9, 10, 0, 99];

test("gemini decoder: finish reasons", () => {
  const reasonOf = (word: unknown): string => whole(chunk([{ text: "a" }], word)).folded.stop.reason;
  for (const word of filters) assert.equal(reasonOf(word), "content_filter", String(word));
  for (const word of unknowns) assert.equal(reasonOf(word), "unknown", String(word));
  assert.equal(reasonOf(1), "end_turn");
  assert.equal(reasonOf(2), "max_tokens");
});

const grounding = {
  groundingChunks: [{ web: { uri: "u0" } }, { web: { uri: "u1" } }, { web: { uri: "u2" } }],
  groundingSupports: [{ segment: { endIndex: 2, text: "He" }, groundingChunkIndices: [1, 0] }],
  webSearchQueries: ["q", "", "r"],
};

test("gemini decoder: sources stand with the text, each with what it refers to, and whole beside the answer", () => {
  const { folded } = stream(
    chunk([{ text: "He" }], undefined, {
      groundingMetadata: {},
      citationMetadata: { citationSources: [{ uri: "c" }] },
    }),
    chunk([{ text: "llo" }], undefined, {
      citationMetadata: { citationSources: [{ uri: "c" }, { uri: "d" }] },
    }),
    chunk([{ text: "", thoughtSignature: "s" }], "STOP", { groundingMetadata: grounding, safetyRatings: [] }),
    { usageMetadata: { promptTokenCount: 1 } },
  );
  const [part] = folded.message.parts;
  assert.deepEqual(part?.type === "text" && part.citations, [
    {
      segment: { endIndex: 2, text: "He" },
      groundingChunks: [{ web: { uri: "u1" } }, { web: { uri: "u0" } }],
    },
    { groundingChunks: [{ web: { uri: "u2" } }] },
    { uri: "c" },
    { uri: "d" },
  ]);
  assert.deepEqual(folded.vendor, {
    groundingMetadata: grounding,
    citationMetadata: { citationSources: [{ uri: "c" }, { uri: "d" }] },
    safetyRatings: [],
  });
  assert.equal(folded.usage.webSearches, 2);
});

test("gemini decoder: what has no neutral name is kept", () => {
  const second = { index: 1, content: { parts: [{ text: "other" }] }, finishReason: "STOP" };
  const { folded } = whole({
    candidates: [
      { index: 0, content: { parts: [{ text: "a" }] }, finishReason: "STOP", finishMessage: "m" },
      second,
    ],
    createTime: "t",
    usageMetadata: { promptTokenCount: 1, serviceTier: "flex" },
  });
  assert.equal(messageText(folded.message), "a");
  assert.deepEqual(folded.vendor, {
    createTime: "t",
    finishMessage: "m",
    candidates: [second],
    usageMetadata: { serviceTier: "flex" },
  });
});

const said: Part = { type: "tool-call", id: "noid_resp-1_0", name: "a", argumentsText: "{}", input: {} };

const broken: Readonly<Record<string, { read: Outcome; kind: string; parts?: Part[] }>> = {
  "nothing at all": { read: stream(), kind: "truncated" },
  "no finish reason": {
    read: stream(chunk([{ functionCall: { name: "a" } }]), chunk([{ text: "Hi" }])),
    kind: "truncated",
    parts: [said],
  },
  "a call in pieces, cut": {
    read: stream(chunk([{ functionCall: { name: "a", willContinue: true } }])),
    kind: "truncated",
  },
  "a list without a finish reason": { read: whole([chunk([{ text: "a" }])]), kind: "truncated" },
  "a cut list": { read: whole('[{"candidates":[]},{"ca'), kind: "truncated" },
  "an error in a stream": {
    read: stream(chunk([{ functionCall: { name: "a" } }]), {
      error: { code: 503, message: "busy", status: "UNAVAILABLE" },
    }),
    kind: "overloaded",
    parts: [said],
  },
  "an error after a text, which ends it": {
    read: stream(chunk([{ text: "Hi" }]), { error: { code: 500, message: "no", status: "INTERNAL" } }),
    kind: "server",
    parts: [{ type: "text", text: "Hi" }],
  },
  "an error in the middle of a call": {
    read: stream(chunk([{ functionCall: { name: "a", willContinue: true } }]), { error: { code: 500 } }),
    kind: "server",
  },
  "an error in a list": {
    read: whole([{ error: { code: 400, message: "no", status: "INVALID_ARGUMENT" } }]),
    kind: "invalid-request",
  },
  "an error as a body": { read: whole({ error: { message: "no" } }), kind: "server" },
  "another protocol's answer": { read: whole({ choices: [] }), kind: "malformed" },
  "no JSON": { read: stream("hello"), kind: "malformed" },
  "no object": { read: whole("[1]"), kind: "malformed" },
  "parts that are none": { read: whole({ candidates: [{ content: { parts: [1] } }] }), kind: "malformed" },
};

for (const [what, { read, kind, parts = [] }] of Object.entries(broken)) {
  test(`gemini decoder: ${what}`, () => {
    assert.equal(read.error?.kind, kind);
    assert.deepEqual(read.folded.message.parts, parts);
    assert.ok(read.events.every(({ type }) => type !== "stop"));
  });
}

test("gemini decoder: answers without an id name their calls differently", () => {
  const call = (promptTokenCount: number): Outcome =>
    whole({
      candidates: [{ content: { parts: [{ functionCall: { name: "a" } }] } }],
      usageMetadata: { promptTokenCount },
    });
  const ids = [1, 2].map((count) => call(count).folded.message.parts[0]);
  assert.notDeepEqual(ids[0], ids[1]);
});
