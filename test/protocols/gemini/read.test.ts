import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/llm/json.ts";
import type { Message, Part, ResultPart } from "../../../src/llm/message.ts";
import type { Request } from "../../../src/llm/request.ts";
import { gemini } from "../../../src/protocols/gemini/index.ts";
import { canonicalGemini } from "../../conformance/gemini-walk.ts";
import { requestDifferences } from "../../conformance/same-request.ts";
import { bodyOf, target } from "./support.ts";

const path = "/v1beta/models/gemini-x:generateContent";

function read(body: JsonObject): Request {
  return gemini.readRequest(body, path).request;
}

test("gemini reader: model and stream stand in the path", () => {
  const of = (url: string): object => {
    const { model, stream } = gemini.readRequest({ contents: [] }, url);
    return { model, stream };
  };
  assert.deepEqual(of(path), { model: "gemini-x", stream: false });
  assert.deepEqual(
    of("https://a.b/v1/projects/p/locations/l/publishers/google/models/g-1.5:streamGenerateContent?alt=sse"),
    {
      model: "g-1.5",
      stream: true,
    },
  );
  assert.deepEqual(of("/v1beta/tunedModels/t:generateContent"), { model: "tunedModels/t", stream: false });
});

test("gemini reader: calls and results without ids are paired by name and order", () => {
  const { messages } = read({
    contents: [
      {
        role: "model",
        parts: [
          { functionCall: { name: "a" } },
          { functionCall: { name: "b" } },
          { functionCall: { name: "a" } },
        ],
      },
      {
        parts: ["b", "a", "a", "c"].map((name) => ({
          function_response: { name, response: { result: name } },
        })),
      },
    ],
  });
  const ids = [...messages].map(({ parts }) =>
    parts.map((part) =>
      part.type === "tool-call" ? part.id : part.type === "tool-result" ? part.callId : "",
    ),
  );
  assert.deepEqual(ids, [
    ["noid_0", "noid_1", "noid_2"],
    ["noid_1", "noid_0", "noid_2", "noid_3"],
  ]);
});

test("gemini reader: results say their text, and whether they failed", () => {
  const results: readonly (readonly [JsonObject, string, boolean?])[] = [
    [{ output: "a" }, "a"],
    [{ error: "a" }, "a", true],
    [{ return_value: "a" }, "a"],
    [{ a: 1, b: "c" }, '{"a":1,"b":"c"}'],
    [{}, "{}"],
  ];
  for (const [response, said, isError] of results) {
    const { messages } = read({
      contents: [{ parts: [{ functionResponse: { id: "i", name: "n", response } }] }],
    });
    const [part] = [...messages][0]?.parts ?? [];
    assert.ok(part?.type === "tool-result");
    assert.deepEqual(part.content, [{ type: "text", text: said }]);
    assert.equal(part.isError, isError);
  }
});

test("gemini reader: schemas in the API's own language are JSON Schema to us", () => {
  const parameters = {
    type: "OBJECT",
    properties: { type: { type: "STRING" }, list: { type: 5, items: { anyOf: [{ type: "INTEGER" }] } } },
  };
  const { tools } = read({ contents: [], tools: { function_declarations: [{ name: "f", parameters }] } });
  const [tool] = tools ?? [];
  assert.deepEqual(tool?.type !== "vendor" && tool?.inputSchema, {
    type: "object",
    properties: {
      type: { type: "string" },
      list: { type: "array", items: { anyOf: [{ type: "integer" }] } },
    },
  });
});

/** Bodies that no recording shows. */
const bodies: Readonly<Record<string, JsonObject>> = {
  "snake case everywhere": {
    system_instruction: { role: "system", parts: [{ text: "s" }] },
    generation_config: {
      max_output_tokens: 4,
      top_p: 1,
      response_mime_type: "application/json",
      response_json_schema: { type: "object" },
    },
    tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["a"] } },
    tools: [{ function_declarations: [{ name: "a", parameters_json_schema: { type: "object" } }] }],
    contents: [{ role: "user", parts: [{ inline_data: { mime_type: "image/png", data: "-_8" } }] }],
  },
  "tools that stand together or apart": {
    tools: [
      { functionDeclarations: [{ name: "a" }] },
      {
        functionDeclarations: [
          { name: "b", parameters: { type: "OBJECT" }, parametersJsonSchema: { type: "object" } },
        ],
      },
      { functionDeclarations: [{ name: "c" }], googleSearch: {} },
      { functionDeclarations: [] },
      { functionDeclarations: [{ name: "d", description: "" }] },
    ],
    contents: [],
  },
  "no tools, no settings": {
    tools: [],
    generationConfig: {},
    toolConfig: {},
    systemInstruction: {},
    contents: [],
  },
  "both schemas": {
    generationConfig: {
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT" },
      responseJsonSchema: { type: "object" },
    },
    contents: [],
  },
  "a schema without its type": { generationConfig: { responseJsonSchema: { type: "object" } }, contents: [] },
  "odd contents": {
    contents: [
      {
        role: "function",
        parts: [{ functionResponse: { name: "a", response: { x: 1 }, willContinue: true } }],
      },
      { role: "model" },
      { role: "model", parts: [] },
      { parts: { text: "not a list" } },
      {
        role: "user",
        parts: [{}, { text: 1 }, { thought: true }, { functionCall: {} }, { text: "a", thought: false }],
        extra: 1,
      },
    ],
  },
  "odd results": {
    contents: [
      {
        role: "user",
        parts: [
          { functionResponse: { name: "a", response: "text" } },
          { functionResponse: { name: "a" } },
          {
            functionResponse: {
              id: "",
              name: "a",
              response: { output: 1 },
              parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }, { x: 1 }],
            },
          },
        ],
      },
    ],
  },
  "instructions that are no text": {
    systemInstruction: { parts: [{ fileData: { fileUri: "u" } }] },
    contents: [],
  },
  "instructions as a text": { systemInstruction: "s", contents: [] },
  thinking: {
    generationConfig: { thinkingConfig: { thinkingBudget: -1, include_thoughts: false } },
    contents: [],
  },
};

for (const [what, body] of Object.entries(bodies)) {
  test(`gemini reader: ${what}`, () => {
    assert.deepEqual(requestDifferences(body, bodyOf(read(body)), canonicalGemini), []);
  });
}

const words = fc.string({ maxLength: 8 });
const name = fc.stringMatching(/^[a-z_]{1,6}$/);
const object = fc.dictionary(words, fc.jsonValue({ maxDepth: 2 })) as fc.Arbitrary<JsonObject>;
const base64 = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const mediaType = fc.constantFrom("image/png", "application/pdf", "audio/wav");

const source = fc.oneof(
  fc.record({ kind: fc.constant("base64" as const), mediaType, data: base64 }),
  fc.record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  fc.record({ kind: fc.constant("file-id" as const), id: words }),
  fc.record({ kind: fc.constant("text" as const), mediaType, text: words }),
);
const vendor = fc.record({
  protocol: fc.constantFrom("gemini", "openai-chat"),
  fields: fc.record({ thoughtSignature: words }),
});
const base = { vendor: fc.option(vendor, { nil: undefined }) };
const defined = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;

const text = fc.record({ type: fc.constant("text"), text: words, ...base });
const media = fc.record({ type: fc.constantFrom("image", "file"), source, ...base });
const opaque = fc.record({
  type: fc.constant("opaque"),
  protocol: fc.constantFrom("gemini", "x"),
  value: object,
});
const part = fc
  .oneof(
    text,
    media,
    opaque,
    fc.record({
      type: fc.constant("thinking"),
      text: words,
      protocol: fc.constantFrom("gemini", "x", undefined),
      signature: fc.option(words, { nil: undefined }),
    }),
    fc
      .record({
        id: fc.constantFrom("", "noid_1_0", "call_1"),
        name,
        input: fc.option(object, { nil: undefined }),
        ...base,
      })
      .map((call) => ({ type: "tool-call", argumentsText: JSON.stringify(call.input ?? {}), ...call })),
    fc.record({
      type: fc.constant("tool-result"),
      callId: fc.constantFrom("", "noid_1_0", "call_1"),
      name,
      content: fc.array(fc.oneof(text, media, opaque).map(defined), {
        maxLength: 3,
      }) as unknown as fc.Arbitrary<ResultPart[]>,
      isError: fc.boolean(),
    }),
  )
  .map((each) => defined(each) as unknown as Part);

const message = fc.record({
  role: fc.constantFrom("user" as const, "assistant" as const),
  parts: fc.array(part, { maxLength: 5 }),
}) as fc.Arbitrary<Message>;

const request = fc
  .record(
    {
      messages: fc.array(message, { maxLength: 4 }),
      system: fc.array(text.map(defined), { maxLength: 2 }),
      tools: fc.array(
        fc.oneof(
          fc.record({ name, description: words, inputSchema: object }),
          fc.record({ type: fc.constant("vendor"), protocol: fc.constant("gemini"), value: object }),
        ),
        { maxLength: 3 },
      ),
      toolChoice: fc.constantFrom(
        { mode: "auto" },
        { mode: "any" },
        { mode: "none" },
        { mode: "tool", name: "a" },
      ),
      maxOutputTokens: fc.nat(),
      temperature: fc.float({ noNaN: true, noDefaultInfinity: true }),
      stopSequences: fc.array(words, { maxLength: 2 }),
      thinking: fc.constantFrom("off", "low", "max", { budgetTokens: 77 }),
      responseSchema: fc.record({ schema: object }),
      providerOptions: fc.record({ cachedContent: words, generationConfig: object }, { requiredKeys: [] }),
    },
    { requiredKeys: ["messages"] },
  )
  .map((each) => each as unknown as Request);

test("gemini reader: what was written is written again", () => {
  fc.assert(
    fc.property(request, fc.constantFrom("budget", "adaptive", "none"), (sent, thinking) => {
      const to = { ...target, thinking } as typeof target;
      const first = bodyOf(sent, to);
      const again = bodyOf(gemini.readRequest(first as JsonObject, path).request, to);
      assert.deepEqual(
        requestDifferences(first, again, (body) => body),
        [],
      );
    }),
    { numRuns: 2000 },
  );
});

test("gemini reader: any body is written again as it was", () => {
  const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
  const body = fc.record(
    {
      contents: fc.array(
        fc.record(
          { role: fc.constantFrom("user", "model", "x"), parts: fc.array(object) },
          { requiredKeys: ["parts"] },
        ),
      ),
      tools: fc.oneof(fc.array(object), value),
      toolConfig: fc.oneof(object, fc.record({ functionCallingConfig: fc.oneof(object, value) })),
      generationConfig: fc.oneof(value, object),
      systemInstruction: fc.oneof(value, fc.record({ parts: fc.array(object) })),
    },
    { requiredKeys: ["contents"] },
  );
  fc.assert(
    fc.property(body, (made) => {
      // As it would come: JSON has no -0.
      const sent = JSON.parse(JSON.stringify(made)) as JsonObject;
      const again = bodyOf(read(sent));
      assert.deepEqual(requestDifferences(sent, again, canonicalGemini), []);
    }),
    { numRuns: 300 },
  );
});
