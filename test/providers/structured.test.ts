import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ModelError } from "../../src/llm/errors.ts";
import type { StreamEvent } from "../../src/llm/event.ts";
import { own, type JsonObject, type JsonValue } from "../../src/llm/json.ts";
import { userMessage, type Part } from "../../src/llm/message.ts";
import type { Request } from "../../src/llm/request.ts";
import type { Response } from "../../src/llm/response.ts";
import type { ToolChoice } from "../../src/llm/tool.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import type { Endpoint } from "../../src/providers/open-model.ts";
import { answering } from "../support/answering.ts";
import { written } from "../support/written-answers.ts";

const protocols: readonly ProtocolId[] = ["anthropic-messages", "openai-chat", "openai-responses", "gemini"];
const schema = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer" } },
  required: ["city", "people"],
  additionalProperties: false,
};
const list = { type: "array", items: { type: "string" } };
const asked: Request = { messages: [userMessage("Where?")], responseSchema: { schema } };
const byTool = { structuredOutput: "tool" } as const;
const pieces = ['{"ci', 'ty":"Köln","peo', 'ple":1000000}'];
const text = pieces.join("");

interface Run {
  readonly events: readonly StreamEvent[];
  readonly response: Response;
  readonly request: JsonObject;
}

async function run(
  body: string,
  endpoint: Pick<Endpoint, "protocol"> & Partial<Endpoint>,
  request: Request = asked,
): Promise<Run> {
  const { model, requests } = answering([body], endpoint);
  const events: StreamEvent[] = [];
  const response = await model.complete(request, { onEvent: (event) => events.push(event) });
  assert.equal(requests.length, 1);
  return { events, response, request: requests[0] as JsonObject };
}

/** The text that the deltas of events add up to. */
const textOf = (events: readonly StreamEvent[]): string =>
  events
    .map((event) => {
      if (event.type === "part-start" && event.part.type === "text") return event.part.text;
      return event.type === "part-delta" && event.kind === "text" ? event.text : "";
    })
    .join("");

for (const protocol of protocols) {
  for (const streaming of [true, false]) {
    const how = streaming ? "a stream" : "a whole answer";

    test(`${protocol}: ${how} by tool is no other than one in text`, async () => {
      const native = await run(written({ protocol, as: "text", streaming, pieces }), { protocol, streaming });
      const tool = await run(written({ protocol, as: "call", streaming, pieces }), {
        protocol,
        streaming,
        dialect: byTool,
      });
      for (const { events, response } of [native, tool]) {
        assert.equal(response.text, text);
        assert.deepEqual(response.toolCalls, []);
        assert.deepEqual(
          response.message.parts.map((part) => part.type),
          ["text"],
        );
        assert.equal(response.stopReason, "end_turn");
        assert.equal(textOf(events), text);
        assert.deepEqual(events.at(-1), { type: "response", response });
        assert.equal(events.filter((event) => event.type === "stop")[0]?.reason, "end_turn");
        const ends = events.filter((event) => event.type === "part-end");
        assert.deepEqual(
          ends.map(({ part }) => part),
          response.message.parts,
        );
      }
      const types = (events: readonly StreamEvent[]): string[] =>
        [...new Set(events.map(({ type }) => type))].sort();
      assert.deepEqual(types(tool.events), types(native.events));
      assert.deepEqual(tool.response.usage, native.response.usage);
      assert.ok(!JSON.stringify(tool.request).includes("json_schema"));
      assert.match(JSON.stringify(tool.request), /"name":"answer"/);
      assert.ok(!JSON.stringify(native.request).includes("tool"));
    });

    test(`${protocol}: ${how} of something else than an object is taken out of one`, async () => {
      const wrapped = ['{"value":["a",', '"b"]}'];
      for (const as of ["text", "call"] as const) {
        const body = written({ protocol, as, streaming, pieces: wrapped });
        const dialect = as === "call" ? byTool : {};
        const request = { ...asked, responseSchema: { schema: list } };
        const {
          events,
          response,
          request: sent,
        } = await run(body, { protocol, streaming, dialect }, request);
        assert.equal(response.text, '["a","b"]');
        assert.equal(textOf(events), '["a","b"]');
        const json = JSON.stringify(sent);
        assert.match(json, /"properties":\{"value":\{"type":"array","items":\{"type":"string"\}\}\}/);
      }
    });

    test(`${protocol}: ${how} that may not be longer is told as that`, async () => {
      // Gemini and whole answers have no arguments that break off.
      const cut = streaming && protocol !== "gemini" ? pieces.slice(0, 2) : pieces;
      const { response } = await run(written({ protocol, as: "call", streaming, pieces: cut, full: true }), {
        protocol,
        streaming,
        dialect: byTool,
      });
      assert.equal(response.stopReason, "max_tokens");
      assert.equal(response.text, cut.join(""));
      assert.deepEqual(response.toolCalls, []);
    });
  }
}

const choices: readonly (readonly [ProtocolId, string, JsonValue])[] = [
  ["anthropic-messages", "tool_choice", { type: "tool", name: "answer" }],
  ["openai-chat", "tool_choice", { type: "function", function: { name: "answer" } }],
  ["openai-responses", "tool_choice", { type: "function", name: "answer" }],
  ["gemini", "toolConfig", { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["answer"] } }],
];

for (const [protocol, field, choice] of choices) {
  test(`${protocol}: a model that has no other tool must call ours`, async () => {
    const body = written({ protocol, as: "call", streaming: true, pieces });
    const { request } = await run(body, { protocol, dialect: byTool });
    assert.deepEqual(own(request, field), choice);
  });
}

test("a model with tools of its own must call some tool, and a call of its own is left to be answered", async () => {
  const body = written({ protocol: "openai-chat", as: "call", streaming: true, pieces });
  const tools = [{ name: "answer", inputSchema: { type: "object" } }];
  const { request, response } = await run(
    body,
    { protocol: "openai-chat", dialect: byTool },
    { ...asked, tools },
  );
  assert.equal(request["tool_choice"], "required");
  assert.match(JSON.stringify(request["tools"]), /"name":"answer_"/);
  assert.equal(response.stopReason, "tool_use");
  assert.equal(response.toolCalls.length, 1);
  assert.equal(response.text, "");
});

test("what was said of calls holds for ours as well", async () => {
  const protocol = "openai-chat";
  const body = written({ protocol, as: "call", streaming: true, pieces });
  const tools = [{ name: "look", inputSchema: { type: "object" } }];
  const sent = async (toolChoice: ToolChoice, thinking: "off" | "high"): Promise<JsonValue[]> => {
    const endpoint = { protocol, dialect: byTool, thinking: "adaptive" } as const;
    const { request } = await run(body, endpoint, { ...asked, tools, toolChoice, thinking });
    return [request["tool_choice"] ?? null, request["parallel_tool_calls"] ?? null];
  };
  const ours = { type: "function", function: { name: "answer" } };
  const theirs = { type: "function", function: { name: "look" } };
  assert.deepEqual(await sent({ mode: "auto", parallel: false }, "off"), ["required", false]);
  assert.deepEqual(await sent({ mode: "any", parallel: false }, "high"), ["auto", false]);
  assert.deepEqual(await sent({ mode: "none" }, "off"), [ours, null]);
  assert.deepEqual(await sent({ mode: "none" }, "high"), ["auto", null]);
  assert.deepEqual(await sent({ mode: "tool", name: "look" }, "off"), [theirs, null]);
});

test("a model that thinks is told and not forced", async () => {
  const body = written({ protocol: "anthropic-messages", as: "call", streaming: true, pieces });
  const endpoint = { protocol: "anthropic-messages", dialect: byTool, thinking: "budget" } as const;
  const { request } = await run(body, endpoint, { ...asked, thinking: "low", maxOutputTokens: 9000 });
  assert.deepEqual(request["tool_choice"], { type: "auto" });
  assert.match(JSON.stringify(request["system"]), /by calling the tool `answer`/);
  const still = await run(body, endpoint, { ...asked, thinking: "off" });
  assert.deepEqual(still.request["tool_choice"], { type: "tool", name: "answer" });
});

const modes: readonly (readonly [ProtocolId, RegExp])[] = [
  ["anthropic-messages", /^(?!.*output_config)/],
  ["openai-chat", /"response_format":\{"type":"json_object"\}/],
  ["openai-responses", /"text":\{"format":\{"type":"json_object"\}\}/],
  ["gemini", /"responseMimeType":"application\/json"(?!.*responseJsonSchema)/],
];

for (const [protocol, form] of modes) {
  test(`${protocol}: JSON mode has the schema among the instructions`, async () => {
    const body = written({ protocol, as: "text", streaming: true, pieces });
    const { request, response } = await run(body, { protocol, dialect: { structuredOutput: "json-object" } });
    const json = JSON.stringify(request);
    assert.match(json, form);
    assert.ok(json.includes(JSON.stringify(JSON.stringify(schema)).slice(1, -1)));
    assert.match(json, /JSON Schema/);
    assert.equal(response.text, text);
  });
}

test("a request without a schema is nobody's business here", async () => {
  const body = written({ protocol: "openai-chat", as: "call", streaming: true, pieces });
  const { response, request } = await run(
    body,
    { protocol: "openai-chat", dialect: byTool },
    { messages: asked.messages },
  );
  assert.equal(response.stopReason, "tool_use");
  assert.equal(response.toolCalls[0]?.argumentsText, text);
  assert.ok(!Object.hasOwn(request, "tools"));
});

test("Anthropic is asked with a tool for what it cannot be told as a schema", async () => {
  const protocol = "anthropic-messages";
  const free = { type: "object", additionalProperties: { type: "number" } };
  const body = written({ protocol, as: "call", streaming: true, pieces: ['{"a":1}'] });
  const { request, response } = await run(body, { protocol }, { ...asked, responseSchema: { schema: free } });
  assert.equal(request["output_config"], undefined);
  assert.deepEqual(request["tool_choice"], { type: "tool", name: "answer" });
  assert.equal(response.text, '{"a":1}');
});

test("what is known of an answer that failed is text as well", async () => {
  const protocol = "anthropic-messages";
  const body = written({ protocol, as: "call", streaming: true, pieces });
  const at = body.indexOf("event: message_delta");
  const { model } = answering([body.slice(0, at)], { protocol, dialect: byTool });
  await assert.rejects(model.complete(asked), (error) => {
    assert.ok(error instanceof ModelError);
    assert.equal(error.kind, "truncated");
    assert.deepEqual(error.partial?.parts, [{ type: "text", text }]);
    return true;
  });
});

const cutInto = (text: string, places: readonly number[]): string[] => {
  const at = [...places.map((place) => place % (text.length + 1)), text.length].sort((a, b) => a - b);
  return at.map((end, i) => text.slice(at[i - 1] ?? 0, end));
};

test("whatever is said, in whatever pieces: by tool and in text, it is the same", async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value));
  const protocol = fc.constantFrom<ProtocolId>("anthropic-messages", "openai-chat", "openai-responses");
  await fc.assert(
    fc.asyncProperty(
      protocol,
      object,
      fc.array(fc.nat(), { maxLength: 4 }),
      async (protocol, said, places) => {
        const pieces = cutInto(said, places);
        const [native, tool] = await Promise.all([
          run(written({ protocol, as: "text", streaming: true, pieces }), { protocol }),
          run(written({ protocol, as: "call", streaming: true, pieces }), { protocol, dialect: byTool }),
        ]);
        assert.equal(tool.response.text, said);
        assert.equal(textOf(tool.events), said);
        assert.deepEqual(tool.response.message.parts, native.response.message.parts.map(bare));
      },
    ),
    { numRuns: 100 },
  );
});

/** A text part without what its vendor says of it. */
function bare(part: Part): Part {
  assert.ok(part.type === "text");
  return { type: "text", text: part.text };
}
