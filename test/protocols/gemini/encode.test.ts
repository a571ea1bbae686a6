import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Part } from "../../../src/llm/message.ts";
import { userMessage } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import type { Target } from "../../../src/protocols/protocol.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { bodyOf, target } from "./support.ts";

const messages: Message[] = [userMessage("Hi")];
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];

const heads: Readonly<
  Record<string, { request: Omit<Request, "messages">; to?: Partial<Target>; expected: object }>
> = {
  nothing: { request: {}, expected: {} },
  system: {
    request: { system: [{ type: "text", text: "Be brief." }] },
    expected: { systemInstruction: { parts: [{ text: "Be brief." }] } },
  },
  tools: {
    request: {
      tools: [
        { name: "a", description: "A", inputSchema: { type: "object" } },
        {
          name: "b",
          inputSchema: { type: "object" },
          vendor: { protocol: "gemini", fields: { parameters: { type: "OBJECT" } } },
        },
        { type: "vendor", protocol: "gemini", value: { googleSearch: {} } },
        { type: "vendor", protocol: "anthropic-messages", value: { type: "web_search" } },
      ],
      toolChoice: { mode: "any", parallel: false },
    },
    expected: {
      tools: [
        {
          functionDeclarations: [
            { name: "a", description: "A", parametersJsonSchema: { type: "object" } },
            { name: "b", parameters: { type: "OBJECT" } },
          ],
        },
        { googleSearch: {} },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    },
  },
  "one tool chosen": {
    request: { toolChoice: { mode: "tool", name: "a" } },
    expected: { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["a"] } } },
  },
  settings: {
    request: { maxOutputTokens: 9, temperature: 0, topP: 0.5, topK: 4, stopSequences: ["x"] },
    expected: {
      generationConfig: { maxOutputTokens: 9, temperature: 0, topP: 0.5, topK: 4, stopSequences: ["x"] },
    },
  },
  "a bound of the target's": {
    request: {},
    to: { maxOutputTokens: 7 },
    expected: { generationConfig: { maxOutputTokens: 7 } },
  },
  "a schema": {
    request: { responseSchema: { schema: { type: "object" }, name: "x" } },
    expected: {
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: { type: "object" } },
    },
  },
  "a schema in the API's own words": {
    request: {
      responseSchema: { schema: { type: "object" } },
      providerOptions: { generation_config: { response_schema: { type: "OBJECT" } } },
    },
    expected: {
      generationConfig: { responseMimeType: "application/json", responseSchema: { type: "OBJECT" } },
    },
  },
  "options in either case, setting by setting": {
    request: {
      temperature: 1,
      toolChoice: { mode: "auto" },
      providerOptions: {
        safety_settings: [],
        generation_config: { seed: 4, temperature: 0 },
        toolConfig: { functionCallingConfig: { mode: "VALIDATED" } },
        labels: { snake_case: "stays" },
      },
    },
    expected: {
      safetySettings: [],
      generationConfig: { seed: 4, temperature: 0 },
      toolConfig: { functionCallingConfig: { mode: "VALIDATED" } },
      labels: { snake_case: "stays" },
    },
  },
  "thinking by budget": {
    request: { thinking: "high" },
    expected: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 16_384 } } },
  },
  "thinking by level": {
    request: { thinking: "max" },
    to: { thinking: "adaptive" },
    expected: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: "high" } } },
  },
  "thinking by a budget given": {
    request: { thinking: { budgetTokens: 99 } },
    to: { thinking: "adaptive" },
    expected: { generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 99 } } },
  },
  "no thinking": {
    request: { thinking: "off" },
    expected: { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
  },
  "as little thinking as can be": {
    request: { thinking: "off" },
    to: { thinking: "adaptive", dialect: { leastThinking: "low" } },
    expected: { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
  },
  "a model that does not think": { request: { thinking: "high" }, to: { thinking: "none" }, expected: {} },
};

for (const [what, { request, to, expected }] of Object.entries(heads)) {
  test(`gemini encoder: ${what}`, () => {
    assert.deepEqual(bodyOf({ messages, ...request }, { ...target, ...to }), { ...expected, contents });
  });
}

const call: Part = { type: "tool-call", id: "toolu_1", name: "a", argumentsText: '{"x":1}', input: { x: 1 } };
const image: Part & { type: "image" } = {
  type: "image",
  source: { kind: "base64", mediaType: "image/png", data: "AAAA" },
};

const parts: Readonly<
  Record<string, { part: Part; expected: readonly object[]; dialect?: Target["dialect"] }>
> = {
  "empty text": { part: { type: "text", text: "" }, expected: [] },
  "empty text with a signature": {
    part: { type: "text", text: "", vendor: { protocol: "gemini", fields: { thoughtSignature: "s" } } },
    expected: [{ text: "", thoughtSignature: "s" }],
  },
  "fields of another protocol": {
    part: { type: "text", text: "a", vendor: { protocol: "openai-chat", fields: { x: 1 } } },
    expected: [{ text: "a" }],
  },
  thinking: {
    part: { type: "thinking", text: "Hm", protocol: "gemini", signature: "s" },
    expected: [{ text: "Hm", thought: true, thoughtSignature: "s" }],
  },
  "foreign thinking": {
    part: { type: "thinking", text: "Hm", protocol: "anthropic-messages", signature: "s" },
    expected: [],
  },
  "thinking written by hand": { part: { type: "thinking", text: "Hm" }, expected: [] },
  "a call": { part: call, expected: [{ functionCall: { id: "toolu_1", name: "a", args: { x: 1 } } }] },
  "a call with an id of our making": {
    part: { ...call, id: "noid_r_0" },
    expected: [{ functionCall: { name: "a", args: { x: 1 } } }],
  },
  "a foreign call, marked": {
    part: call,
    dialect: { markForeignCalls: true },
    expected: [
      {
        thoughtSignature: "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
        functionCall: { id: "toolu_1", name: "a", args: { x: 1 } },
      },
    ],
  },
  "a signed call, marked by its own": {
    part: { ...call, vendor: { protocol: "gemini", fields: { thoughtSignature: "s" } } },
    dialect: { markForeignCalls: true },
    expected: [{ thoughtSignature: "s", functionCall: { id: "toolu_1", name: "a", args: { x: 1 } } }],
  },
  "broken arguments": {
    part: { ...call, argumentsText: "{x", input: undefined },
    expected: [{ functionCall: { id: "toolu_1", name: "a", args: { invalid_json: "{x" } } }],
  },
  "a result": {
    part: { type: "tool-result", callId: "noid_r_0", name: "a", content: [{ type: "text", text: "7" }] },
    expected: [{ functionResponse: { name: "a", response: { output: "7" } } }],
  },
  "an error": {
    part: {
      type: "tool-result",
      callId: "i",
      name: "a",
      content: [{ type: "text", text: "no" }],
      isError: true,
    },
    expected: [{ functionResponse: { id: "i", name: "a", response: { error: "no" } } }],
  },
  "an image of a result, beside it": {
    part: { type: "tool-result", callId: "i", name: "a", content: [{ type: "text", text: "see" }, image] },
    expected: [
      { functionResponse: { id: "i", name: "a", response: { output: "see" } } },
      { inlineData: { mimeType: "image/png", data: "AAAA" } },
    ],
  },
  "an image of a result, in it": {
    part: { type: "tool-result", callId: "i", name: "a", content: [image] },
    dialect: { resultMedia: "inside" },
    expected: [
      {
        functionResponse: {
          id: "i",
          name: "a",
          response: { output: "" },
          parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }],
        },
      },
    ],
  },
  "a file with a name": {
    part: {
      type: "file",
      source: { kind: "base64", mediaType: "application/pdf", data: "AAAA" },
      name: "a.pdf",
    },
    expected: [{ inlineData: { mimeType: "application/pdf", data: "AAAA", displayName: "a.pdf" } }],
  },
  "an image by address": {
    part: { type: "image", source: { kind: "url", url: "https://a.b/c.PNG?d" } },
    expected: [{ fileData: { mimeType: "image/png", fileUri: "https://a.b/c.PNG?d" } }],
  },
  "an image by an address that says nothing": {
    part: { type: "image", source: { kind: "url", url: "https://a.b/c" } },
    expected: [{ fileData: { mimeType: "image/jpeg", fileUri: "https://a.b/c" } }],
  },
  "a file of the API's": {
    part: {
      type: "file",
      source: { kind: "file-id", id: "https://generativelanguage.googleapis.com/v1beta/files/x" },
    },
    expected: [{ fileData: { fileUri: "https://generativelanguage.googleapis.com/v1beta/files/x" } }],
  },
  "a file of text": {
    part: { type: "file", source: { kind: "text", mediaType: "text/plain", text: "words" }, name: "n" },
    expected: [{ text: "n:\n\nwords" }],
  },
  "a block of the vendor's": {
    part: { type: "opaque", protocol: "gemini", value: { executableCode: { code: "1" } } },
    expected: [{ executableCode: { code: "1" } }],
  },
  "a block of another vendor's": {
    part: { type: "opaque", protocol: "openai-chat", value: { a: 1 } },
    expected: [],
  },
};

for (const [what, { part, expected, dialect }] of Object.entries(parts)) {
  test(`gemini encoder: ${what}`, () => {
    const to = { ...target, ...(dialect !== undefined && { dialect }) };
    const encoded = gemini.message({ role: "assistant", parts: [part] }, to);
    if (expected.length === 0) assert.equal(encoded, "");
    else assert.deepEqual(JSON.parse(encoded), { role: "model", parts: expected });
  });
}

test("gemini encoder: only a message's first call is marked", () => {
  const encoded = gemini.message(
    { role: "assistant", parts: [call, call] },
    { ...target, dialect: { markForeignCalls: true } },
  );
  const { parts } = JSON.parse(encoded) as { parts: { thoughtSignature?: string }[] };
  assert.deepEqual(
    parts.map(({ thoughtSignature }) => thoughtSignature !== undefined),
    [true, false],
  );
});

test("gemini encoder: contents are the request's own", () => {
  const request = { messages, providerOptions: { contents: [] } };
  assert.throws(() => gemini.head(request, target), { name: "ConfigurationError", code: "invalid-option" });
});

test("gemini encoder: paths", () => {
  const path = (model: string, stream: boolean): string => gemini.path({ ...target, model, stream });
  assert.equal(path("gemini-x", true), "/models/gemini-x:streamGenerateContent?alt=sse");
  assert.equal(path("gemini-x", false), "/models/gemini-x:generateContent");
  assert.equal(path("tunedModels/x", false), "/tunedModels/x:generateContent");
});
